"""The experiments by which claims on the generalisation of linear students are judged."""

from __future__ import annotations

from collections.abc import Mapping

from verify.model import Value

MEETS = {
    "inputs x ~ N(0, I/N)": "drawn so, or their eigenvalues from the exact law of such inputs",
    "linear teacher of |w*|^2 = N with independent noise": (
        "a uniformly random teacher of that length and Gaussian noise, drawn anew for each data "
        "set, or averaged over exactly"
    ),
    "trained to convergence, the learning rate annealed to zero": (
        "not quite: what training lacks after so many epochs was measured, and is in the remainder"
    ),
    "start in the span of the inputs": (
        "students start in the direction of the covariance of inputs and targets; for alpha < 1 "
        "any part of the start outside the span would stay"
    ),
    "predictions divided by the root of the unbiased variance": (
        "that over the training set, to which running averages of the unbiased variance of "
        "batches tend"
    ),
}


def measured(name: str) -> str:
    """A measurement of the subject, by its name."""
    return f"verify.claims.generalisation.measurements:measure_{name}"


def reached(
    parameters: Mapping[str, Value], inputs: int, batch_size: int = 1
) -> tuple[dict[str, Value], int]:
    """The parameters with the nearest load that whole batches make of about so many inputs.

    And how many inputs those are: up to a quarter more than asked for.
    """
    load = float(parameters["load"])

    def samples(inputs: int) -> int:
        return max(1, round(load * inputs / batch_size)) * batch_size

    best = min(range(inputs, inputs + inputs // 4 + 1), key=lambda n: abs(samples(n) / n - load))
    return {**parameters, "load": samples(best) / best}, best


def sized(parameters: Mapping[str, Value], inputs: int, batch_size: int = 1) -> dict[str, Value]:
    """About so many inputs, and the whole batches that make the nearest load of them."""
    whole, found = reached(parameters, inputs, batch_size)
    load = float(whole["load"])
    return {"load": load, "inputs": found, "samples": round(load * found)}
