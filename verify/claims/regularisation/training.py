"""Claims on what regularised networks learn in training (Furusho 2020, section 3.3)."""

from __future__ import annotations

from verify.claims.regularisation.norms import measured
from verify.model import Claim, Experiment, Value
from verify.relations import Ranking

WIDTH = 24
FEWER = 16
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
    "without grows. In few units each also learns less of the target after as many updates.",
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
        "coefficients of 0.07 to other frequencies, 0.0945 at the worst phases, and has those of "
        "the noise off 0.4 by 0.02, at worst by 0.0485.",
        "Judged are 24 units and 64 inputs in 400 updates at a learning rate of 0.01, with the "
        "paper's coefficients but for that of path norms, which grow with the square of the width. "
        "A third of the networks end under weight decay as constants, which learn nothing.",
        "At the paper's size, rate and coefficients some ten networks learnt 0.38 to 0.51 of the "
        "noise in 2,200 to 3,000 updates without a regulariser, 0.25 to 0.34 under path "
        "regularisation and 0.1 under weight decay and L1. Of the target they learnt less under "
        "weight decay and L1, and under path regularisation as much as without. From biases of 0, "
        "as of He's own initialisation, path regularisation held back nothing of the noise, though "
        "the path norm was 18 times smaller.",
    ),
)

digits = Experiment(
    "zeros and ones, 65 % of the labels random",
    measured("noisy_orders"),
    setting={"images": "digits", "learning_rate": 0.004, "epochs": 150},
)

digits_noise = Claim(
    "furusho2020/digits-noise",
    "On digits 0 and 1 with 65 % of the labels random a network fits fewer of the wrong labels "
    "under weight decay, L1 and path regularisation than without, and tells more of the digits "
    "that it was not trained on. Along the latent path of an autoencoder less of its spectrum lies "
    "at high frequencies.",
    says=(
        Ranking("wrong labels under weight decay and none"),
        Ranking("wrong labels under L1 and none"),
        Ranking("wrong labels under path and none"),
        Ranking("test accuracy under none and weight decay"),
        Ranking("test accuracy under none and L1"),
        Ranking("test accuracy under none and path"),
        Ranking("high frequencies under weight decay and none"),
        Ranking("high frequencies under L1 and none"),
        Ranking("high frequencies under path and none"),
    ),
    by=digits,
    where="Section 3.3.2, Figs 11 to 13",
    within=0.2,
    notes=(
        "Networks and coefficients are the paper's, but for biases, which eq 4 lacks: here they "
        "start uniform as in furusho2020/fourier-toy, and are trained and not penalised. Without "
        "them, in 24 networks, the means have the same orders: 0.54, 0.52 and 0.45 of the wrong "
        "labels are fitted under weight decay, L1 and path regularisation, 0.63 without; with "
        "them, as judged, 0.54, 0.54 and 0.48, and 0.61.",
        "Not stated are how long it trains, how many images, and how pixels are scaled: here 180 "
        "images to train on and as many to test on, of pixels up to 16 as in the files, and 150 "
        "epochs at four times the paper's rate.",
        "Of pixels up to 1 and at the paper's rate nothing is over-fitted in 600 epochs, with or "
        "without a regulariser: networks fit a tenth of the wrong labels and tell 0.92 of the "
        "digits tested, where of pixels up to 16 they tell 0.74. Up to there those under a "
        "regulariser tell no more of them than those without. The paper over-fits after a few "
        "epochs.",
        "The latent path is 100 images at equal steps of [-2, 2] by an autoencoder of 32 units, "
        "one for all networks; high are frequencies of 5 and more. The path goes from a one to a "
        "zero, whose jump over the ends is in every spectrum. Shares leave out the mean, which a "
        "network has more of where its outputs vary less. Theorems 3 to 5 bound no spectrum of "
        "outputs behind the logistic function and the decoder, and Fig 12 normalises away what a "
        "Lipschitz constant would scale.",
        "Of pixels up to 16 the effect is one of when training stops. After 2,000 epochs all of "
        "the wrong labels are fitted without a regulariser and under weight decay and path "
        "regularisation, 0.9 under L1, and as many digits are told, 0.63 to 0.68. Of pixels up to "
        "1 it is there then: 0.7 to 0.8 of the wrong labels are fitted without, a tenth and less "
        "under L1 and path regularisation, 0.1 to 0.3 under weight decay, and 0.7 to 0.75 of the "
        "digits are told without and above 0.9 under L1 and path regularisation.",
    ),
)

weak = Experiment(
    "zeros and ones, all labels random",
    measured("random_labels"),
    setting={"images": "digits", "weight_decay": 0.001},
)
strong = weak.given("zeros and ones, all labels random, the paper's coefficient", weight_decay=0.1)
bright = weak.given(
    "the same of pixels up to 16, at the paper's rate",
    weight_decay=0.1, brightest=16.0, updates=1000, learning_rate=0.001,
)  # fmt: skip

random_labels = Claim(
    "furusho2020/random-labels",
    "A network fits random labels despite weight decay, which makes its norms smaller and leaves "
    "the bound of Theorems 1 and 2 far above any gap between risks. At the coefficient of section "
    "3.3.2 it does so where pixels go up to 16, and does not where they go up to 1.",
    says=(
        Ranking("norms under weight decay and none", by=(weak,)),
        Ranking("share that counts as fitted and share fitted", by=(weak, bright)),
        Ranking("greatest gap and its bound", by=(weak,)),
        Ranking("share fitted and share that counts as fitted", by=(strong,)),
    ),
    by=(weak, strong, bright),
    where="Sections 2.3 and 3.4",
    within=0.2,
    notes=(
        "Networks of 64 units and three matrices, and 180 images, of which 99 % count as a fit. At "
        "a coefficient of 0.001 the bound is about 450, 330 to 560 in 32 networks, where no gap "
        "exceeds 1. Pixels go up to 1 but where it is said.",
        "Eq 10 carries 2^(L - 1/2): as |f(x)| is at most the product of the norms times |x|, twice "
        "the complexity over any margin that a network has is 2^(L + 1/2)/√N at least, which is "
        "above 1 for N < 2^(2L + 1) whatever the labels and the weights. For the five matrices of "
        "section 3.3.1 and its 200 inputs it is 3.2.",
        "That random labels are fitted under weight decay says nothing against the bound, whose "
        "norms they need: it says that a coefficient was small beside the pixels, of which the "
        "paper does not say how they are scaled.",
    ),
)

few_units = Experiment(
    "sines with noise, exact constants",
    measured("trained_constants"),
    setting={
        **SMALL,
        "width": FEWER,
        "updates": 300,
        "weight_decay": 0.01,
        "path": 0.00001 * (PAPERS_WIDTH / FEWER) ** 2,
    },
)

trained_constants = Claim(
    "furusho2020/trained-constants",
    "Weight decay, L1 and path regularisation end training at a smaller Lipschitz constant than "
    "none, as Remark 1 says; under none it grows. Training tightens the bounds of Theorems 4 and "
    "5, and regularisers further; of 16 units the path norm is the tightest under its own "
    "regulariser, the product of spectral norms under none.",
    says=(
        Ranking("constant at the start and in the end"),
        Ranking("constant under weight decay and none"),
        Ranking("constant under L1 and none"),
        Ranking("constant under path and none"),
        Ranking("bounds in the end"),
        Ranking("bounds under path"),
        Ranking("spectral looseness in the end and at the start"),
        Ranking("path looseness in the end and at the start"),
        Ranking("spectral looseness under L1 and none"),
        Ranking("path looseness under path and none"),
    ),
    by=few_units,
    where="Remark 1; Theorems 4 and 5",
    within=0.4,
    notes=(
        "Bounds in the end: constant < spectral norms < path norm < norms of Frobenius < sums of "
        "absolute entries. Constants are exact, over all linear regions.",
        "At the paper's size, 100 units and 200 inputs, the path norm was the tightest under L1 in "
        "eight networks of eight, and under path regularisation the product of spectral norms: the "
        "wider, the less the path norm gains by its own regulariser.",
        "A third of the paper's coefficient of weight decay: at the whole of it half of the "
        "networks of 16 units end as constants.",
        "Theorems 3 to 5 do not imply Remark 1: a bound that falls says nothing of what it bounds. "
        "One step along the gradient of the L1 or of the path regulariser alone can raise the "
        "constant, where paths cancel whose weights are of unlike sizes: W^1 = (1, 10), W^2 = (1, "
        "-1/10) has f = 0, and a step of 0.01 leaves slopes of 0.08 and 0.98.",
        "A step s of weight decay multiplies each matrix by 1 - s/|W|, as eq 6 adds up norms and "
        "not their squares. Without biases, and with norms of Frobenius, it raises no constant "
        "while s is at most the least of them; a longer one passes 0, and f = 0.001 x becomes "
        "-0.009 x at s = 0.01. With biases it can, as a unit may stay active past a kink that "
        "moves: of W^1 = (1, 1), b^1 = (0, -1), W^2 = (-1, -9), b^2 = 1 and W^3 = 1 a step of 0.01 "
        "takes it from 1 to 9.8. With spectral norms, whose gradient is along the top singular "
        "vectors alone, a step of any size can raise it: W^1 = (1, -1), W^2 = ((0, -1), (3, 3)), "
        "W^3 = (100, 0) has f = 0, and one of 0.01 leaves a slope of 0.12.",
    ),
)

CLAIMS = (fourier_toy, digits_noise, random_labels, trained_constants)
