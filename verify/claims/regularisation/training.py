"""Claims on what regularised networks learn in training (Furusho 2020, section 3.3)."""

from __future__ import annotations

from verify.claims.regularisation.norms import measured
from verify.model import Claim, Experiment, Value
from verify.relations import Ranking

WIDTH = 24
PAPERS_WIDTH = 100

SMALL: dict[str, Value] = {
    "width": WIDTH, "samples": 64, "updates": 400, "learning_rate": 0.01,
    "path": 0.00001 * (PAPERS_WIDTH / WIDTH) ** 2,
}  # fmt: skip
"""Mean path norms of five matrices at the start grow with the square of the width: C takes that
back, and is of the paper's size beside the loss."""

toy = Experiment("sines with noise, few units", measured("toy_orders"), setting=SMALL)

fourier_toy = Claim(
    "furusho2020/fourier-toy",
    "Of sines with noise at higher frequencies a network learns less of the noise under weight "
    "decay, L1 and path regularisation than without, and each keeps its own norm smaller, which "
    "without grows. Each also learns less of the target after as many updates.",
    says=(
        Ranking("path norm at the start and in the end"),
        Ranking("norms under weight decay and none"),
        Ranking("norms under L1 and none"),
        Ranking("norms under path and none"),
        Ranking("noise under weight decay and none"),
        Ranking("noise under L1 and none"),
        Ranking("noise under path and none"),
        Ranking("target under weight decay and none"),
        Ranking("target under L1 and none"),
        Ranking("target under path and none"),
    ),
    by=toy,
    where="Section 3.3.1, eq 25, Figs 8 to 10",
    within=0.2,
    notes=(
        "Not stated are how long the paper trains, where biases start and whether its grid holds "
        "both ends of [0, 1]. Eq 4 has no biases, without which a network of one input is linear "
        "there. Here they start uniform, up to one over the root of the units below, and are not "
        "penalised; the grid is open at 1. One that holds both ends has a period of 200/199, leaks "
        "coefficients of 0.07 to other frequencies, and has those of the noise off 0.4 by up to "
        "0.04.",
        "Judged are 24 units in 400 updates at a learning rate of 0.01, with the paper's "
        "coefficients but for that of path norms, which grow with the square of the width.",
    ),
)

CLAIMS = (fourier_toy,)
