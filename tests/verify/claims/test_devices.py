"""What a claim simulates is simulated on the device that was asked for."""

import pytest
import torch

import verify
from verify.engine.run import Run, grouped
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations.said import spoken

NOTHING_TO_PUT_THERE = {
    # Algebra, and quadrature: nothing is drawn.
    "furusho2020/assumption-error-terms",
    "furusho2020/evaluation-excess",
    "furusho2020/growth-bn",
    "furusho2020/theorem-algebra",
    "luo2018/eigenvalues",
    "luo2018/turning-points",
    "susanna2024/decay-depths",
    "susanna2024/rate-terms",
    "zhang2022/backward-limit",
    "zhang2022/converse-gaussian",
    "zhang2022/converse-terms",
    "zhang2022/width-arithmetic",
    # Paths of weights, drawn or trained one unit a layer, and searches of a few units.
    "susanna2024/alternating-weights",
    "susanna2024/assumptions-on-runs",
    "susanna2024/augmented-biases",
    "susanna2024/c10k-floor",
    "susanna2024/decaying-gradients",
    "susanna2024/faster-rates",
    "susanna2024/decay-on-c10k",
    "susanna2024/first-step",
    "susanna2024/gradient-descent",
    "susanna2024/gradient-decay",
    "susanna2024/gradient-factor",
    "susanna2024/grid-steps",
    "susanna2024/gronwall",
    "susanna2024/hidden-bounds",
    "susanna2024/hoelder-layers",
    "susanna2024/image-start",
    "susanna2024/increments",
    "susanna2024/initial-variation",
    "susanna2024/jacobian-bounds",
    "susanna2024/kullback-leibler",
    "susanna2024/linear-limit",
    "susanna2024/linear-rate",
    "susanna2024/lipschitz-field",
    "susanna2024/loss-gradients",
    "susanna2024/mean-squares",
    "susanna2024/moved-loss",
    "susanna2024/moved-weights",
    "susanna2024/movement-bound",
    "susanna2024/ode-limit",
    "susanna2024/ode-rate",
    "susanna2024/norms-of-paths",
    "susanna2024/one-variation",
    "susanna2024/p-variation",
    "susanna2024/proof-of-gradients",
    "susanna2024/proof-of-increments",
    "susanna2024/proof-of-jacobians",
    "susanna2024/quotient-at-any-nu",
    "susanna2024/rough-paths",
    "susanna2024/rounding",
    "susanna2024/separated-data",
    "susanna2024/start-assumption",
    "susanna2024/tensor-norms",
    "susanna2024/normalisation",
    "susanna2024/threshold-depths",
    "susanna2024/trained-layers",
    "susanna2024/variation-of-a-step",
    "susanna2024/variation-rate",
    "susanna2024/variation-tables",
    "susanna2024/young-integral",
    "susanna2024/young-limit",
    # Searches of a few units, whose linear pieces are sorted.
    "furusho2020/fourier-decay",
    "furusho2020/fourier-directions",
    "furusho2020/fourier-exponent",
    "furusho2020/fourier-pair",
    "furusho2020/fourier-support",
    "furusho2020/linear-regions",
    "furusho2020/path-norm-spectrum",
    "furusho2020/proof-of-path-bound",
    "furusho2020/steepest-gradient",
    # Descent in two numbers, and one step of it.
    "furusho2020/fastest-learning-rate",
    # Norms of small matrices, regions of small networks, and searches of a few units.
    "furusho2020/bounds-at-init",
    "furusho2020/gradient-at-init",
    "furusho2020/lipschitz-exact",
    "furusho2020/lipschitz-norms",
    "furusho2020/lipschitz-path",
    "furusho2020/norm-at-init",
    "furusho2020/path-norm-pass",
    "furusho2020/products-at-init",
    "furusho2020/rademacher-bound",
    "furusho2020/uniform-deviation",
    "furusho2020/worst-gradient",
    "luo2018/update-rules",
    # Vectors of chi variables, of which matrices have the norm.
    "zhang2022/gaussian-spectral-norm",
    # Trajectories of a few coordinates.
    "chen2020/fastest-rate",
    "chen2020/heavy-ball",
    "chen2020/heavy-ball-limit",
    "chen2020/not-a-rate",
    "chen2020/proof-needs",
    "chen2020/quadratic",
    "chen2020/quadratic-spectrum",
    "chen2020/regularity-parameter",
    "chen2020/regularity-rate",
    "chen2020/straightness",
    "chen2020/walk-steps",
    "chen2020/walks",
    # Markov chains of three numbers, and what one step does to them.
    "luo2018/fixed-points",
    "luo2018/i1-i2-i3",
    "luo2018/max-effective-lr",
    "luo2018/order-parameters",
}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("claim", verify.claims.values(), ids=lambda claim: claim.id)
def test_a_device_that_is_not_there_is_missed(claim):
    budget = BUDGETS["quick"]
    asked = (spoken(claim.says, [point]) for point in points(claim, budget))
    (first,) = grouped(next(one for one in asked if one[0].said))
    run = Run(claim, first, budget, 0, "cpu", Ledger())
    values, measure = run.values, run.experiment.measure
    terms = {"seed": 0, "first_network": 0, "networks": 1, "device": "cuda"}
    if claim.id in NOTHING_TO_PUT_THERE:
        measure(values, **terms)
        return
    with pytest.raises(ValueError, match=r"^device = 'cuda': must be 'cpu' or 'auto' here"):
        measure(values, **terms)
