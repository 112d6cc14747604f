"""Claims on the regularity of descent on quadratics, closed forms of ours (Chen et al. 2020)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from theory import trajectories as forms
from theory.domains import Integers, Reals
from theory.form import Form
from theory.trajectories.quadratic import TWO_STEPS
from verify.claims.terms import ROUNDING, Law, Parameters, rounding, value
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtLeast, AlwaysAtMost, Exactly

_LOST = 36.0  # of modes that are to be below rounding, exp(-36)
_LONGEST = 2000  # steps that are cheap


def _rounding_of(form: Form) -> Law:
    """Rounding of gamma as a share of the form's value, which may be 0 or far below.

    It is absolute where gamma is small, and grows by the root of a large one, which comes of a
    coordinate as much smaller than its neighbours.
    """

    def law(values: Parameters) -> float:
        size = abs(value(form, values))
        return ROUNDING * (1 + math.sqrt(size)) / (min(size, 1) or 1)

    return law


def _long(at: Parameters, within: float) -> Mapping[str, int] | None:
    """Steps after which one direction of three is left; None where that takes too long."""
    low, high = at["least_rate"], at["greatest_rate"]
    slow, *others = sorted((abs(1 - one) for one in (low, high, (low + high) / 2)), reverse=True)
    if slow in (0, 1) or slow == others[0]:
        return None
    steps = 2 + math.ceil(_LOST / math.log(slow / others[0])) if others[0] else 3
    return {"steps": steps} if steps <= _LONGEST else None


def _long_of_roots(at: Parameters, within: float) -> Mapping[str, int] | None:
    """Steps after which one root is left, and theta is where it ends."""
    slowest = max(abs(at["root"]), at["root_ratio"])  # the end counts in the first step, at z < 0
    steps = 3 + math.ceil(_LOST / -math.log(slowest)) if slowest else 3
    return {"steps": steps} if steps <= _LONGEST else None


_GAMMA = ("gamma",)

one_direction = Experiment(
    "gradient descent in one dimension",
    OfNumerics("numerics.trajectories:measure_descent", quantities=_GAMMA),
    over={"scaled_rate": Reals(1e-3, 1.999)},
    meets={TWO_STEPS: "2 to 40 steps"},
)
fastest = Experiment(
    "gradient descent in two dimensions, fastest rate",
    OfNumerics("numerics.trajectories:measure_fastest_descent", quantities=_GAMMA),
    over={"contraction": Reals(0.01, 0.99), "balance": Reals(-1, 1)},
    meets={TWO_STEPS: "2 to 40 steps"},
)
searched = Experiment(
    "searched gradient descent in up to six dimensions",
    OfNumerics("numerics.trajectories:measure_searched_descent"),
    over={"least_rate": Reals(0.01, 1.45), "greatest_rate": Reals("least_rate", 1.45)},
)
long = Experiment(
    "long gradient descent in three dimensions",
    OfNumerics("numerics.trajectories:measure_long_descent", quantities=_GAMMA),
    over={"least_rate": Reals(0.02, 0.9), "greatest_rate": Reals(1.05, 1.95)},
    sizes=_long,
    meets={forms.quadratic_limit.assumptions[0]: "points where it is so, and starts of all three"},
)
heavy_ball = Experiment(
    "the heavy ball in one dimension",
    OfNumerics("numerics.trajectories:measure_descent", quantities=_GAMMA),
    over={
        "scaled_rate": Reals(0.01, 1.99),
        "momentum": Reals(0, 0.95),
        "steps": Integers(1, 40),
    },
)
long_heavy_ball = Experiment(
    "the long heavy ball in one dimension",
    OfNumerics("numerics.trajectories:measure_heavy_ball", quantities=_GAMMA),
    over={"root": Reals(-0.95, 0.95), "root_ratio": Reals(0, 0.9)},
    sizes=_long_of_roots,
)

quadratic = Claim(
    "chen2020/quadratic",
    "γ of gradient descent on a quadratic of one dimension: η h up to η h = 1, where the last step "
    "binds, and η h (3 - 2 η h) beyond, where the last but one does: negative from 3/2 on, though "
    "descent converges up to 2.",
    says=Exactly(
        "gamma", forms.quadratic_regularity, remainder=_rounding_of(forms.quadratic_regularity)
    ),
    by=one_direction,
    notes=("It does not depend on T, from the second step on.",),
)

spectrum = Claim(
    "chen2020/quadratic-spectrum",
    "γ of gradient descent on a quadratic of any dimension: the ends of the spectrum bound it from "
    "below, the steepest end from above, and in the end the direction that shrinks slowest has it.",
    says=(
        Exactly(
            "gamma",
            forms.quadratic_limit,
            remainder=_rounding_of(forms.quadratic_limit),
            by=(long,),
        ),
        AlwaysAtLeast("least", forms.quadratic_lower_bound, remainder=rounding, by=(searched,)),
        AlwaysAtMost("greatest", forms.smooth_upper_bound, remainder=rounding, by=(searched,)),
    ),
    by=(long, searched),
    axis="greatest_rate",
    notes=(
        "The bound from above holds for gradient descent on any loss whose gradient is Lipschitz "
        "with h: the last step alone has γ <= η h.",
        "Searches keep to where the lower bound is positive; beyond, the tests hold it in exact "
        "numbers.",
    ),
)

fastest_rate = Claim(
    "chen2020/fastest-rate",
    "γ of gradient descent at its fastest rate, 2/(h_1 + h_2), on a quadratic of two dimensions: "
    "from equal coordinates 1 - 3 ρ², below 0 at any condition number above 2 + sqrt(3).",
    says=Exactly(
        "gamma",
        forms.fastest_rate_regularity,
        remainder=_rounding_of(forms.fastest_rate_regularity),
    ),
    by=fastest,
)

heavy_ball_claim = Claim(
    "chen2020/heavy-ball",
    "γ of the heavy ball on a quadratic of one dimension. With complex roots, η h > (1 - √β)², "
    "θ turns about its end, and γ falls below every bound as T grows, but for rational shares of a "
    "turn.",
    says=Exactly(
        "gamma", forms.heavy_ball_regularity, remainder=_rounding_of(forms.heavy_ball_regularity)
    ),
    by=heavy_ball,
    axis="momentum",
    notes=(
        "With the momentum 1/2 of section IV roots are complex from η h = 0.086 on. One direction "
        "of more curvature breaks the principle by itself, first where T is about π/φ, cos φ = "
        "(3/2 - η h)/√2: at 77 steps for η h = 0.087, at 23 for 0.1, and within 18 from 0.11 on. "
        "A longer run need not break it: at η h = 1.55 three steps do and four do not.",
    ),
)

heavy_ball_limit = Claim(
    "chen2020/heavy-ball-limit",
    "γ of the heavy ball with real roots z and w, |w| < |z|, of one sign, as T grows: "
    "(1 - z)/(1 - w) where they are positive, as the last step has it.",
    says=Exactly("gamma", forms.heavy_ball_limit, remainder=_rounding_of(forms.heavy_ball_limit)),
    by=long_heavy_ball,
)

CLAIMS = (quadratic, spectrum, fastest_rate, heavy_ball_claim, heavy_ball_limit)
