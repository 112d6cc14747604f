"""Trace and top eigenvalue of the Fisher information against the libraries that find them too.

All contenders get the weights and inputs of the same networks and must agree to 1e-8 before any
is timed. Ours draws its networks within the time measured; the peers get theirs for nothing.
Where a peer has no exact trace it is asked for the top eigenvalue alone. Goals are printed beside
what is reached: how many times faster than NNGeometry, and the share of the rate of the machine's
own matrix products, with every product counted in full although ours skips half of a symmetric one.
"""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import eigsh

from numerics import fisher
from numerics.fisher import lanczos
from numerics.fisher.networks import Ensemble, draw

curvlinops = pytest.importorskip("curvlinops")
gram = pytest.importorskip("nngeometry.gram")

# curvlinops and torch.func use parts of torch that warn of their removal.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SEED = 20
TITLE = "spectrum of the Fisher information: milliseconds a network, float64, one thread"


@dataclass(frozen=True)
class Case:
    name: str
    depth: int
    width: int
    samples: int
    networks: int
    goal: float  # times the speed of NNGeometry
    share: float | None = None  # of the rate of the machine's matrix products

    @property
    def sizes(self):
        return {"depth": self.depth, "width": self.width, "samples": self.samples}


CASES = [
    Case("Y1", depth=20, width=50, samples=200, networks=1, goal=2.3, share=0.65),
    Case("Y2", depth=50, width=20, samples=100, networks=128, goal=4),
    Case("Y3", depth=10, width=20, samples=1000, networks=1, goal=5),
]


class Network(torch.nn.Module):
    """The plain residual network as a torch user would write it."""

    def __init__(self, weights):
        super().__init__()
        _, width, _ = weights.shape
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(width, width, bias=False, dtype=weights.dtype) for _ in weights
        )
        for layer, weight in zip(self.layers, weights, strict=True):
            layer.weight.data.copy_(weight)

    def forward(self, inputs):
        hidden = self.layers[0](inputs)
        for layer in self.layers[1:]:
            hidden = hidden + layer(torch.relu(hidden))
        return hidden.sum(dim=1, keepdim=True)


def first_network(case):
    ensemble = Ensemble(
        network="resnet", depth=case.depth, width=case.width, samples=case.samples, networks=1,
        seed=SEED, device="cpu",
    )  # fmt: skip
    drawn = draw(ensemble, range(1))
    return Network(drawn.weights[:, 0]), drawn.inputs[0].contiguous()


def trace_and_top(matrix):
    matrix = matrix.detach().numpy() / len(matrix)
    return np.trace(matrix), eigsh(matrix, k=1, tol=1e-10)[0][0]


def nngeometry(model, inputs):
    batch = torch.utils.data.TensorDataset(inputs)
    loader = torch.utils.data.DataLoader(batch, batch_size=len(inputs))
    kernel = gram.GramMatrix(model, loader).data
    return trace_and_top(kernel.view(len(inputs), len(inputs)))


def torch_func(model, inputs):
    def output(parameters, single):
        return torch.func.functional_call(model, parameters, single[None]).squeeze()

    parameters = {name: one.detach() for name, one in model.named_parameters()}
    gradients = torch.func.vmap(torch.func.grad(output), in_dims=(None, 0))(parameters, inputs)
    flat = torch.cat([one.flatten(start_dim=1) for one in gradients.values()], dim=1)
    return trace_and_top(flat @ flat.T)


def curvlinops_eigsh(model, inputs):
    operator = curvlinops.GGNLinearOperator(
        model,
        torch.nn.MSELoss(),
        [*model.parameters()],
        [(inputs, torch.zeros(len(inputs), 1, dtype=inputs.dtype))],
        check_deterministic=False,
    )
    # The mean of (f - y)^2, without the half, has twice F for its Gauss-Newton matrix.
    return None, eigsh(operator.to_scipy(), k=1, tol=1e-10)[0][0] / 2


PEERS = [nngeometry, torch_func, curvlinops_eigsh]


@pytest.fixture(scope="session")
def product_rate(best_times):
    """Floating-point operations a second of the machine's own product of large matrices."""
    matrix = torch.ones(1000, 1000, dtype=torch.float64)
    array = matrix.numpy()
    return 2 * 1000**3 / min(best_times(lambda: matrix @ matrix, lambda: array @ array))


def operations(case, monkeypatch):
    """Operations for one network: both passes, K where it is formed, and the Lanczos steps."""
    steps = []
    iteration = lanczos.lanczos

    def counted(apply, start, **options):
        return iteration(lambda *pair: steps.append(1) or apply(*pair), start, **options)

    with monkeypatch.context() as patch:
        patch.setattr(lanczos, "lanczos", counted)
        ours(case, networks=1)
    N, D, L = case.samples, case.width, case.depth
    passes = 4 * N * D**2 * L + 4 * N * D * L
    if N <= 8 * D:
        return passes + 4 * N**2 * D * L + 2 * N**2 * len(steps)
    return passes + 4 * N * D**2 * L * len(steps)


def ours(case, networks):
    return fisher.measure_spectrum(
        network="resnet", **case.sizes, networks=networks, seed=SEED, device="cpu"
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.__name__)
def test_ours_is_faster(case, peer, best_times, product_rate, monkeypatch, report):
    model, inputs = first_network(case)
    trace, top = peer(model, inputs)
    spectrum = ours(case, networks=1)
    assert spectrum.top_eigenvalue.estimate == pytest.approx(top, rel=1e-8)
    if trace is not None:
        assert spectrum.trace.estimate == pytest.approx(trace, rel=1e-8)

    block, other = best_times(lambda: ours(case, case.networks), lambda: peer(model, inputs))
    own = block / case.networks
    report(
        TITLE,
        case=case.name,
        peer=peer.__name__,
        peer_time=f"{other * 1e3:.1f}",
        our_time=f"{own * 1e3:.2f}",
        times_faster=f"{other / own:.1f}",
        goal=f"{case.goal}" if peer is nngeometry else "",
        product_rate=f"{operations(case, monkeypatch) / own / product_rate:.0%}",
        goal_of_rate=f"{case.share:.0%}" if peer is nngeometry and case.share else "",
    )
    assert own < other
