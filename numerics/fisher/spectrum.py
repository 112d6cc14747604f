"""Spectra and moments of the Fisher information of random residual networks.

For a scalar output f with unit Gaussian noise the Fisher information matrix (Furusho 2020,
eq 19) over N samples is F = (1/N) sum_n grad f(x_n) grad f(x_n)^T, P x P with P = (L + 1) D^2.
Its nonzero eigenvalues are those of K / N with

    K_nm = sum_{l=0..L} (u^l_n . u^l_m) (delta^l_n . delta^l_m).
"""

from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.coupled import coupled_spectrum, coupled_trace
from numerics.fisher.networks import Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_top_eigenvalue, fisher_trace
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Eigenvalue statistics of F, one value a network.

    Attributes:
        mean_eigenvalue: trace / P.
        trace: the sum of all eigenvalues.
        top_eigenvalue: the greatest eigenvalue; None where it was not asked for.
        top_share: top_eigenvalue / trace; None where it was not asked for.
    """

    mean_eigenvalue: Measurement
    trace: Measurement
    top_eigenvalue: Measurement | None
    top_share: Measurement | None


def measure_spectrum(
    *,
    network: str,
    depth: int,
    width: int,
    samples: int | None = None,
    networks: int,
    seed: int,
    first_network: int = 0,
    inputs: str = "gaussian",
    survival: float | None = None,
    survivors: int | None = None,
    statistics: str = "fixed",
    top: bool = True,
    dtype: str = "float64",
    device: str = "auto",
    chunk: int | None = None,
) -> Spectrum:
    """Measure trace and top eigenvalue of the Fisher information of each of many networks.

    Args:
        network: "resnet", "batch_norm" or "stochastic_depth" (see ``numerics.fisher.networks``).
        depth: L >= 1.
        width: D >= 1.
        samples: N >= 1 (>= 2 with batch norm); None or 300 for the digits.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network; ranges measured apart join without seam.
        inputs: "gaussian" or "digits".
        survival: probability in [0, 1] that a layer survives, for stochastic depth.
        survivors: number 0..L of surviving layers instead, drawn uniformly.
        statistics: of batch norm. "fixed": held constant in the backward pass, so that delta is
            scaled by 1/sigma. "coupled": gradients flow through mean and deviation, so that each
            output depends on all samples; another quantity, at N times the cost.
        top: whether to find the top eigenvalue, to a relative error of 1e-10 in float64.
        dtype: "float64" or "float32"; both see the same networks.
        device: "auto", "cpu" or "cuda".
        chunk: networks simulated at once; by default from shapes and device. On a CPU no bit of
            a result depends on it; on CUDA the last digits may.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    _check_statistics(statistics, network)
    ensemble = Ensemble(
        network=network, depth=depth, width=width, samples=samples, networks=networks, seed=seed,
        first_network=first_network, inputs=inputs, survival=survival, survivors=survivors,
        dtype=dtype, device=device,
    )  # fmt: skip
    values = in_chunks(
        lambda part: _spectrum(ensemble, part, coupled=statistics == "coupled", top=top),
        ensemble.block,
        ensemble.chunk(chunk, extra=3 * ensemble.size**2 if top else 0),
    )
    settings = {**vars(ensemble), "statistics": statistics}

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    trace = values["trace"]
    return Spectrum(
        mean_eigenvalue=measured("mean eigenvalue of F", trace / ensemble.parameters),
        trace=measured("trace of F", trace),
        top_eigenvalue=measured("top eigenvalue of F", values["top"]) if top else None,
        top_share=measured("top eigenvalue / trace", values["top"] / trace) if top else None,
    )


def _spectrum(
    ensemble: Ensemble, block: range, *, coupled: bool, top: bool
) -> dict[str, torch.Tensor]:
    drawn = draw(ensemble, block)
    passed = forward(ensemble, drawn)
    if coupled:
        return coupled_spectrum(drawn, passed)
    errors = backward(ensemble, drawn, passed)
    values = {"trace": fisher_trace(passed.signals, errors)}
    if top:
        values["top"] = fisher_top_eigenvalue(passed.signals, errors)
    return values


def measure_mean_eigenvalue_by_kind(
    *,
    depth: int,
    width: int,
    samples: int | None = None,
    survival: float,
    networks: int,
    seed: int,
    first_network: int = 0,
    inputs: str = "gaussian",
    device: str = "auto",
) -> Measurement:
    """Measure the mean eigenvalue of all three kinds of networks of the same weights and inputs.

    Returns:
        Columns of ``measure_spectrum``'s mean eigenvalue with batch norm, with stochastic depth (of
        that survival probability) and of the plain network; the other arguments are those there.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    shared = dict(locals())
    del shared["survival"]
    kinds = {"batch_norm": None, "stochastic_depth": survival, "resnet": None}
    columns = [
        measure_spectrum(network=kind, survival=one, top=False, **shared).mean_eigenvalue
        for kind, one in kinds.items()
    ]
    return Measurement(
        quantity="mean eigenvalue of F, a column for each kind",
        per_network=np.column_stack([one.per_network for one in columns]),
        settings={**columns[0].settings, "network": tuple(kinds), "survival": survival},
    )


def measure_mean_eigenvalue(
    ensemble: Ensemble, *, statistics: str = "fixed", chunk: int | None = None
) -> Measurement:
    """Measure the mean eigenvalue of F from draws whose mean it is, at a far smaller variance.

    Network k is that of ``measure_spectrum`` but for its readout, random signs for each sample, and
    for its dropping, which is tilted; through the statistics one gradient stands for all samples.
    The mean over networks stays as it is, at every size (``numerics.fisher.networks`` and
    ``numerics.fisher.coupled`` say why); the value of one network is not its mean eigenvalue.

    Args:
        ensemble: the networks.
        statistics: of batch norm, "fixed" or "coupled", as in ``measure_spectrum``; both see the
            same networks and signs.
        chunk: networks simulated at once; by default from shapes and device. On a CPU no bit of
            a result depends on it; on CUDA the last digits may.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    _check_statistics(statistics, ensemble.network)
    values = in_chunks(
        lambda part: _unbiased_trace(ensemble, part, coupled=statistics == "coupled"),
        ensemble.block,
        ensemble.chunk(chunk),
    )
    return Measurement(
        quantity="mean eigenvalue of F, in the mean over networks",
        per_network=values["trace"] / ensemble.parameters,
        settings={**vars(ensemble), "statistics": statistics},
    )


@dataclass(frozen=True, kw_only=True)
class Coupling:
    """Mean eigenvalue of F with batch norm, one value a network, in the mean over networks.

    Attributes:
        coupled: with gradients through the batch statistics.
        fixed: with batch statistics held constant.
        share: the first over the second.
    """

    coupled: Measurement
    fixed: Measurement
    share: Measurement


def measure_coupling(ensemble: Ensemble, *, chunk: int | None = None) -> Coupling:
    """Measure what ``measure_mean_eigenvalue`` does with either statistics, of one forward pass.

    Args:
        ensemble: networks "batch_norm".
        chunk: networks simulated at once, as there.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    _check_statistics("coupled", ensemble.network)

    def both(part: range) -> dict[str, torch.Tensor]:
        drawn = draw(ensemble, part, signs=True)
        passed = forward(ensemble, drawn)
        return {
            "coupled": coupled_trace(ensemble, drawn, passed),
            "fixed": fisher_trace(passed.signals, backward(ensemble, drawn, passed)),
        }

    traces = in_chunks(both, ensemble.block, ensemble.chunk(chunk))
    quantity, settings = "mean eigenvalue of F, in the mean over networks", vars(ensemble)
    coupled, fixed = (
        Measurement(
            quantity=quantity,
            per_network=traces[statistics] / ensemble.parameters,
            settings={**settings, "statistics": statistics},
        )
        for statistics in ("coupled", "fixed")
    )
    share = coupled.per_network / fixed.per_network
    return Coupling(
        coupled=coupled,
        fixed=fixed,
        share=Measurement(quantity="coupled over fixed", per_network=share, settings=settings),
    )


def _unbiased_trace(ensemble: Ensemble, block: range, *, coupled: bool) -> dict[str, torch.Tensor]:
    drawn = draw(ensemble, block, signs=True, tilted=True)
    passed = forward(ensemble, drawn)
    if coupled:
        trace = coupled_trace(ensemble, drawn, passed)
    else:
        trace = fisher_trace(passed.signals, backward(ensemble, drawn, passed))
    return {"trace": trace * drawn.ratio}


def _check_statistics(statistics: str, network: str) -> None:
    arguments.choice("statistics", statistics, ("fixed", "coupled"))
    if statistics == "coupled" and network != "batch_norm":
        raise ValueError(f"statistics = 'coupled': must be 'fixed' with network={network!r}")
