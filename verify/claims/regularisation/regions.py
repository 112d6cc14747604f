"""Claims on the number of linear regions (Furusho 2020, sections 1.2 and 2.3)."""

from __future__ import annotations

from theory import regularisation as forms
from theory.domains import Integers
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Equal, Exactly


def _start(label: str, biases: str, quantity: str, most: int) -> Experiment:
    return Experiment(
        label,
        OfNumerics("numerics.regularisation:measure_regions_at_start", quantities=(quantity,)),
        over={"hidden": Integers(2, most), "width": Integers(2, most)},
        setting={"biases": biases},
        meets={
            "normal weights, and biases of the first layer alone": "drawn so, weights by He's rule"
        },
    )


at_start = _start("networks at the start", "first layer", "regions", 6)
without_biases = _start("networks without biases", "none", "without biases", 6)
folding = Experiment(
    "networks that fold an interval",
    OfNumerics("numerics.regularisation:measure_folded_regions", quantities=("folded",)),
    over={"hidden": Integers(1, 8)},
)

linear_regions = Claim(
    "furusho2020/linear-regions",
    "Folding layers double the number of linear regions, which so grows exponentially with the "
    "depth. At random weights it does not: it is 1 + 2^D (p^H - q^H), one more for each unit at "
    "most, and 2 without biases, as the paper's networks of one input have none.",
    says=(
        Equal("regions", forms.regions_at_start_printed, by=(at_start,)),
        Equal("regions", forms.regions_at_start, by=(at_start,)),
        AlwaysAtMost("without biases", forms.regions_without_biases, by=(without_biases,)),
        Exactly("folded", forms.folded_regions, by=(folding,)),
    ),
    where="sections 1.2 and 2.3",
    by=(at_start, without_biases, folding),
    axis="hidden",
    notes=(
        "Of networks of one input on the whole line. p = 1 - 2^-D is the chance that a layer has an"
        " active unit, q = 1 - (D + 1) 2^-D that it has two. As D grows the sum tends to D H; at a "
        "fixed width it falls again with the depth, to 1, as whole layers die.",
        "Section 2.3 has the number of regions grow with the depth, due to the rectifier: of eq 4, "
        "which has no biases, and one input it does not.",
        "Biases of variance 1 in every layer make more regions in narrow networks, and about as "
        "many in wide ones: means of networks are 3.8 of six layers of two units, where those "
        "of the first layer alone make 1.7, 10 of six of three against 4.5, 25 of twelve of four "
        "against 8.2, 34 of six of six against 27, and 97 of six of 16 against 97. No formula "
        "here says how many.",
    ),
)

CLAIMS = (linear_regions,)
