"""Claims on norms of weights at He's initialisation, and on the path norm by one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from theory import regularisation as forms
from theory.domains import Integers, OneOf
from theory.regularisation.norms import HE, hidden_widths
from verify.claims.regularisation import start_moments as moments
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import AtMost, Equal, Exactly, Ranking

MEETS = {HE: "drawn so"}


CLOSELY: Mapping[str, float] = {"standard": 0.01}
"""Within what closed forms at the start are judged, from a budget on."""

GROUP = 64
"""Networks of a draw, whose generator costs as much as dozens of small ones; an eighth at quick."""


def measured(name: str, *quantities: str) -> OfNumerics:
    """A measurement of the subject, by its name, and by its quantity where it has but one."""
    function = f"numerics.regularisation:measure_{name}"
    return OfNumerics(function, quantities=quantities) if quantities else OfNumerics(function)


def in_groups(at: Parameters, within: float) -> dict[str, Value]:
    """Networks are drawn in groups, the larger ones where errors are to be small."""
    return {"group": GROUP if within <= max(CLOSELY.values()) else GROUP // 8}


def _sizes(values: Parameters) -> list[int]:
    """The inputs, the hidden widths and 1."""
    last = values.get("last_width", values["width"])
    return [values["inputs"], *hidden_widths(values["depth"], values["width"], last), 1]


def path_norm_variance(values: Parameters) -> float:
    """Relative variance of the path norm."""
    mean, square, _ = moments.path_norm_moments(_sizes(values))
    return (square / mean**2 - 1) / values["group"]


def squared_path_norm_variance(values: Parameters) -> float:
    """Relative variance of its square."""
    _, square, fourth = moments.path_norm_moments(_sizes(values))
    return (fourth / square**2 - 1) / values["group"]


def frobenius_variance(values: Parameters) -> float:
    """Relative variance of the product of norms of Frobenius."""
    return moments.frobenius_variance(_sizes(values)) / float(values["group"])


def entrywise_variance(values: Parameters) -> float:
    """Relative variance of the product of sums of absolute entries."""
    return moments.entrywise_variance(_sizes(values)) / float(values["group"])


def gradient_variance(values: Parameters) -> float:
    """Relative variance of the squared gradient."""
    depth, width, inputs = (values[name] for name in ("depth", "width", "inputs"))
    return moments.gradient_variance(depth, width, inputs) / float(values["group"])


path_norms = Experiment(
    "path norms at the start",
    measured("path_norms"),
    over={"depth": Integers(1, 4), "width": Integers(2, 24), "inputs": Integers(1, 8)},
    sizes=in_groups,
    variance={
        "path norm": path_norm_variance,
        "squared path norm": squared_path_norm_variance,
    },
    meets=MEETS,
)
of_widths = replace(
    path_norms,
    label="path norms of unequal widths",
    over={**path_norms.over, "depth": Integers(2, 4), "last_width": Integers(2, 24)},
)
products = Experiment(
    "products of norms at the start",
    measured("norm_products"),
    over={"depth": Integers(2, 3), "width": Integers(2, 24), "inputs": Integers(1, 8)},
    sizes=in_groups,
    variance={
        "frobenius product": frobenius_variance,
        "entrywise product": entrywise_variance,
    },
    meets=MEETS,
)
spectral = Experiment(
    "products of singular values at the start",
    measured("spectral_product", "spectral product"),
    over=products.over,
    meets=MEETS,
)
gradients = Experiment(
    "gradients at the start",
    measured("squared_gradient", "squared gradient"),
    over=products.over,
    sizes=in_groups,
    variance={"squared gradient": gradient_variance},
    meets=MEETS,
)


def _wide_enough(at: Parameters, within: float) -> dict[str, Value]:
    return {"width": 256 if within <= max(CLOSELY.values()) else 128}


wide = Experiment(
    "two inputs, exact in law",
    measured("wide_constant", "lipschitz constant"),
    over={"depth": Integers(1, 5)},
    sizes=_wide_enough,
    doubled=("width",),
    meets=MEETS,
)

norm_at_init = Claim(
    "furusho2020/norm-at-init",
    "At He's initialisation the path norm has this mean, and its square those of equal hidden "
    "widths and of any.",
    says=(
        Equal("path norm", forms.mean_path_norm, by=(path_norms,)),
        Equal("squared path norm", forms.mean_square_path_norm, by=(path_norms,)),
        Equal("squared path norm", forms.mean_square_path_norm_of_widths, by=(of_widths,)),
    ),
    by=(path_norms, of_widths),
    within={"quick": 0.03, **CLOSELY},
    axis="depth",
    notes=(
        "How many networks the square takes is known beforehand, as its relative variance follows "
        "from fourth moments: of one input and four matrices it is 2.5 with four hidden units a "
        "layer, 11 with two and 80 with one; of eight matrices 5.2, 84 and 6560. It grows "
        "exponentially with the depth: 1 % takes some 2 million networks times the relative "
        "variance, so 10^8 where that is 50.",
    ),
)

products_at_init = Claim(
    "furusho2020/products-at-init",
    "At He's initialisation products of norms over the layers have these means; that of spectral "
    "norms is bounded by Gordon's inequality.",
    says=(
        Equal("frobenius product", forms.mean_frobenius_product, by=(products,)),
        Equal("entrywise product", forms.mean_entrywise_product, by=(products,)),
        AtMost("spectral product", forms.mean_spectral_product_bound, by=(spectral,)),
    ),
    by=(products, spectral),
    within={"quick": 0.03, **CLOSELY},
    axis="depth",
)

gradient_at_init = Claim(
    "furusho2020/gradient-at-init",
    "At He's initialisation the mean square gradient by the input is 2 at any depth and width, and "
    "the mean Lipschitz constant of a wide network of one input between 1.13 and 1.6.",
    says=(
        Equal("squared gradient", forms.mean_square_gradient, by=(gradients,)),
        Equal("lipschitz constant", forms.mean_lipschitz_constant, by=(wide,)),
    ),
    by=(gradients, wide),
    within=CLOSELY,
    axis="depth",
    notes=("Every bound of Theorems 4 and 5 grows with the depth and the width.",),
)

deep = Experiment(
    "networks of three matrices and more",
    measured("start_bounds"),
    over={"depth": Integers(3, 5), "width": Integers(24, 96)},
    setting={"inputs": 1},
)
narrow = replace(
    deep,
    label="narrow networks of three matrices and more",
    over={"depth": Integers(3, 5), "width": Integers(2, 4)},
)
shallow = Experiment(
    "networks of two matrices",
    measured("start_bounds"),
    over={"depth": OneOf(2), "width": Integers(4, 96)},
    setting={"inputs": 1},
)

bounds_at_init = Claim(
    "furusho2020/bounds-at-init",
    "At He's initialisation the path norm is the tightest of the bounds of Theorems 4 and 5 on the "
    "Lipschitz constant of a network of one input and two weight matrices, or three to five of two "
    "to four hidden units. Of three to five matrices and 24 units or more the product of spectral "
    "norms is.",
    says=(
        Ranking("spectral first", by=(deep,)),
        Ranking("paths first", by=(shallow, narrow)),
    ),
    where="Theorems 4 and 5, at He's initialisation of section 3.3.1",
    by=(deep, shallow, narrow),
    axis="width",
    notes=(
        "Spectral first: constant < spectral norms < path norm < norms of Frobenius < sums of "
        "absolute entries. Paths first: constant < path norm < spectral norms, which of two "
        "matrices are those of Frobenius.",
        "In between the path norm is the smaller one in half of the networks at about 11 units of "
        "three matrices, 6 to 7 of four and 5 to 6 of five; of four units it is up to some 17 "
        "matrices, and of three the deeper the more. From 24 units on the product of spectral "
        "norms is smaller by a factor that grows: in the median 1.4, 1.8 and 2.6 at 24, 48 and 96 "
        "units of three matrices, 2.8, 5 and 10 of four.",
        "Mean path norm over the bound on the mean of spectral norms at one input: (2/√π)^L "
        "D^((L-1)/2) over 2^(3L/2-2) (1 + √D), below 2/π at L = 2; at L = 5, D = 100, as in "
        "section 3.3.1 but for its biases, 18 293 over 498.",
    ),
)

inputs_to_outputs = Experiment(
    "paths counted out",
    measured("path_sums"),
    over={"depth": Integers(1, 5), "width": Integers(1, 6), "inputs": Integers(1, 4)},
)

path_norm_pass = Claim(
    "furusho2020/path-norm-pass",
    "The path norm of eq 7 is one forward pass of the absolute weights from an input of ones.",
    says=Exactly("pass over paths", 1),
    where="eq 7",
    by=inputs_to_outputs,
    axis="depth",
)

CLAIMS = (path_norm_pass, norm_at_init, products_at_init, gradient_at_init, bounds_at_init)
