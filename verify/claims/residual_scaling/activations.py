"""Claims on norms and activations after perturbations, and on sparse vectors (Lemmas 3-5, 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from theory import residual_scaling as forms
from theory.domains import Domain, Integers, OneOf, Reals
from verify.claims.residual_scaling import experiments as networks
from verify.claims.residual_scaling.tails import certain
from verify.claims.terms import Parameters, rounding
from verify.model import Claim, Experiment
from verify.relations import AlwaysAtLeast, AlwaysAtMost, AtMost, Equal

LAYERS: dict[str, Domain] = {"tau": Reals(0.05, 1), "layer": Integers(1, 16)}

# Lemmas 3 and 8 -------------------------------------------------------------------------------

PERTURBED = networks.measured("perturbation")


def measure_perturbed(values: Parameters, **run: Any) -> dict[str, Any]:
    """|h_l|^2 with perturbed weights, and the extreme entries of D + D'', each plus 1."""
    found = PERTURBED(values, **run)
    extremes = {f"{name} plus 1": 1 + found[name] for name in ("least factor", "greatest factor")}
    return {"perturbed energy": found["energy"], **extremes}


perturbed = Experiment(
    "perturbed weights",
    measure_perturbed,
    over={**LAYERS, "size": Reals(0.05, 1)},
    setting={"start": networks.OWN, "width": 64},
    sizes=networks.to_its_layer,
    meets=networks.MEETS,
)
in_directions = tuple(
    perturbed.given(direction=direction) for direction in ("radial", "signs", "gaussian")
)

perturbed_norms = Claim(
    "zhang2022/perturbed-norms",
    "Lemma 3: perturbations |W'_l| <= τ ω leave norms bounded where τ² L is. In the mean |h_l|² is "
    "at most ((1 + τ² ω)² + τ²)^l, for ω up to 1; and of one activation a change makes a factor "
    "between 0 and 1 (Lemma 8).",
    says=(
        AtMost("perturbed energy", forms.perturbed_energy_bound),
        AlwaysAtMost("greatest factor plus 1", 2, remainder=rounding),
        AlwaysAtLeast("least factor plus 1", 1, remainder=rounding),
    ),
    where="Lemmas 3 and 8",
    by=in_directions,
    axis="layer",
    notes=(
        "Of perturbations that do not look at the weights of their layer nor of later ones; those "
        "of training do. The lemma is about every vector at once, with constants that the claims "
        "zhang2022/product-spectral and zhang2022/norm-constants judge.",
    ),
)

# Lemma 4 --------------------------------------------------------------------------------------

SWITCHABLE = networks.measured("switchable_share", "switchable share")
SWITCHED = networks.measured("perturbation", direction="gaussian", layer=1)


def measure_greatest_share(values: Parameters, **run: Any) -> Mapping[str, Any]:
    """The greatest share of activations of the first residual layer that a change can switch."""
    return SWITCHABLE({**values, "layer": 1}, **run)


any_layer = Experiment(
    "changes of a layer",
    SWITCHABLE,
    over={**LAYERS, "change": Reals(0.1, 0.5), "start": OneOf("own", "dense", "one_hot")},
    setting={"width": 64},
    sizes=networks.to_its_layer,
    meets=networks.MEETS,
)
first_layer = networks.networks(
    "changes of the first residual layer",
    measure_greatest_share,
    {"tau": Reals(0.05, 1), "change": Reals(0.1, 0.5)},
    setting={"width": 64, "depth": 2},
)
of_normal_entries = networks.networks(
    "perturbations of normal entries",
    SWITCHED,
    {"tau": Reals(0.3, 1), "size": Reals(0.5, 1)},
    setting={"width": 1024, "depth": 2},
)

switched = Claim(
    "zhang2022/switched-activations",
    "Lemma 4: a change of preactivations by ε τ |h| switches O(m ε^(2/3)) activations. It switches "
    "at most m (6 ε²/π)^(1/3) in the mean, at every width, and no larger exponent would do.",
    says=(
        AtMost("switchable share", forms.switched_share_bound, by=(any_layer,), largest=certain),
        Equal("switchable share", forms.greatest_switched_share, by=(first_layer,)),
    ),
    where="Lemma 4",
    by=(any_layer, first_layer),
    axis="change",
    notes=(
        "The change has any direction and may look at the preactivations. With ε = O(τ L ω), which "
        "zhang2022/perturbation judges, it is the lemma's m (ω τ L)^(2/3).",
    ),
)

switched_by_normal_entries = Claim(
    "zhang2022/switched-by-normal-entries",
    "Perturbations of independent normal entries switch a share of activations that is "
    "proportional to small ω, far below the ω^(2/3) of Lemma 4.",
    says=Equal("changed share", forms.switched_share),
    where="Lemma 4",
    by=of_normal_entries,
    axis="size",
)

# Lemma 5 --------------------------------------------------------------------------------------

SPARSE = networks.measured("sparse_gradient")


def _sparse(values: Parameters, **run: Any) -> Any:
    """The greatest squared derivative of a unit readout along s entries of a layer."""
    at = {**values, "sparsity": round(values["share"] * values["width"])}
    (norm,) = SPARSE(at, **run).values()
    return norm**2


def measure_last_gradient(values: Parameters, **run: Any) -> dict[str, Any]:
    """That of the layer below the last."""
    return {"sparse gradient": _sparse({**values, "layer": values["depth"] - 1}, **run)}


def measure_first_gradient(values: Parameters, **run: Any) -> dict[str, Any]:
    """That of the start, below all residual layers."""
    return {"sparse gradient": _sparse({**values, "layer": 0}, **run)}


SHARES = OneOf(1 / 16, 1 / 8, 1 / 4, 1 / 2)
at_the_last = networks.networks(
    "gradients below the last layer",
    measure_last_gradient,
    {"share": SHARES},
    setting={"width": 64, "depth": 2, "tau": 0.5},
)
at_the_start = replace(
    networks.networks(
        "gradients at the start",
        measure_first_gradient,
        {"share": SHARES, "tau": Reals(0.05, 0.5), "residuals": Integers(1, 16)},
        setting={"width": 256},
        sizes=networks.through_residuals,
    ),
    doubled=(),
    meets={**networks.MEETS, "width m -> oo": "256 units, at which there is less in the greatest"},
)

sparse_vectors = Claim(
    "zhang2022/sparse-vectors",
    "Lemma 5: readouts of s-sparse vectors are O(√(s log(m)/d)). In the mean their square is at "
    "most (s/d) (1 + 2 log(m/s)) (1 + τ²)^D as m -> ∞, D residual layers, for the worst u of a "
    "readout.",
    says=(
        AtMost("sparse gradient", forms.sparse_gradient_bound, by=(at_the_start,)),
        Equal("sparse gradient", forms.sparse_gradient_share, by=(at_the_last,)),
    ),
    where="Lemma 5",
    by=(at_the_start, at_the_last),
    axis="share",
    notes=(
        "Of one v; B^T v has the squared norm |v|² m/d in the mean, by which all is divided. The "
        "lemma's union over all v of R^d needs its s >= Ω(d/log m).",
        "So log m may be 1 + 2 log(m/s): near the output the share is exact.",
    ),
)

CLAIMS = (perturbed_norms, switched, switched_by_normal_entries, sparse_vectors)
