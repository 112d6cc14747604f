"""Claims on norms of weights at He's initialisation, and on the path norm by one pass."""

from __future__ import annotations

from dataclasses import replace

from theory import regularisation as forms
from theory.domains import Integers, OneOf
from theory.regularisation.norms import HE
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AtMost, Equal, Exactly, Ranking

MEETS = {HE: "drawn so"}


def measured(name: str) -> OfNumerics:
    """A measurement of the subject, by its name."""
    return OfNumerics(f"numerics.regularisation:measure_{name}")


# Of deep networks of two or three units the square varies by more than any budget's draws tell.
path_norms = Experiment(
    "path norms at the start",
    measured("path_norms"),
    over={"depth": Integers(1, 4), "width": Integers(4, 24), "inputs": Integers(1, 8)},
    meets=MEETS,
)
of_widths = replace(
    path_norms,
    label="path norms of unequal widths",
    over={**path_norms.over, "depth": Integers(2, 4), "last_width": Integers(4, 24)},
)
products = Experiment(
    "products of norms at the start",
    measured("norm_products"),
    over={"depth": Integers(2, 3), "width": Integers(4, 24), "inputs": Integers(1, 8)},
    meets=MEETS,
)
wide = Experiment(
    "two inputs, exact in law",
    OfNumerics("numerics.regularisation:measure_wide_constant", quantities=("lipschitz constant",)),
    over={"depth": Integers(1, 5)},
    setting={"width": 128},
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
    axis="depth",
)

products_at_init = Claim(
    "furusho2020/products-at-init",
    "At He's initialisation products of norms over the layers have these means; that of spectral "
    "norms is bounded by Gordon's inequality.",
    says=(
        Equal("frobenius product", forms.mean_frobenius_product),
        Equal("entrywise product", forms.mean_entrywise_product),
        AtMost("spectral product", forms.mean_spectral_product_bound),
    ),
    by=products,
    axis="depth",
)

gradient_at_init = Claim(
    "furusho2020/gradient-at-init",
    "At He's initialisation the mean square gradient by the input is 2 at any depth and width, and "
    "the mean Lipschitz constant of a wide network of one input between 1.13 and 1.6.",
    says=(
        Equal("squared gradient", forms.mean_square_gradient, by=(products,)),
        Equal("lipschitz constant", forms.mean_lipschitz_constant, by=(wide,)),
    ),
    by=(products, wide),
    axis="depth",
    notes=("Every bound of Theorems 4 and 5 grows with the depth and the width.",),
)

deep = Experiment(
    "networks of three matrices and more",
    measured("start_bounds"),
    over={"depth": Integers(3, 5), "width": Integers(48, 96)},
    setting={"inputs": 1},
)
shallow = Experiment(
    "networks of two matrices",
    measured("start_bounds"),
    over={"depth": OneOf(2), "width": Integers(4, 96)},
    setting={"inputs": 1},
)

bounds_at_init = Claim(
    "furusho2020/bounds-at-init",
    "At He's initialisation the path norm is the tightest bound on the Lipschitz constant of a "
    "network of one input only while there are two weight matrices; of three and more the product "
    "of spectral norms is, by a factor that grows with the width and the depth.",
    says=(
        Ranking("deep", by=(deep,)),
        Ranking("shallow", by=(shallow,)),
    ),
    where="Theorems 4 and 5, at He's initialisation of section 3.3.1",
    by=(deep, shallow),
    axis="width",
    notes=(
        "Deep: constant < spectral norms < path norm < norms of Frobenius < sums of absolute "
        "entries. Shallow: constant < path norm < spectral norms, which are those of Frobenius.",
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
