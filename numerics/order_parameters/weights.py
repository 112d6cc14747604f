"""Online learning with real weight vectors: slow, and free of the reduction to three numbers."""

import numpy as np

from numerics.order_parameters.students import (
    ACTIVATIONS,
    Array,
    OnlineLearning,
    Rule,
    State,
    prepared,
    recorded,
    recorded_steps,
)
from numerics.simulation import arguments, keyed


def measure_online_learning_of_weights(
    *,
    method: str,
    activation: str,
    learning_rate: float,
    regularisation: float = 0.0,
    scale: float,
    overlap: float,
    norm: float,
    inputs: int,
    times: tuple[float, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> OnlineLearning:
    """Measure the order parameters of students that hold N weights each.

    The law is that of ``measure_online_learning``, whose arguments these are; the random numbers
    are others.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    rule = Rule(
        method=method,
        activation=activation,
        learning_rate=learning_rate,
        regularisation=regularisation,
        inputs=inputs,
    )
    ends = recorded_steps(times, inputs)
    block = arguments.network_range(first_network, networks)
    sources = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    start = prepared(scale=scale, overlap=overlap, norm=norm, students=len(block))
    teacher = np.sqrt(inputs) * np.eye(inputs)[0]
    weights = np.sqrt(inputs) * np.outer(start.across, np.eye(inputs)[1])
    weights += start.along[:, None] * teacher
    scales, found, done = start.scale, [], 0
    for end in ends:
        for _ in range(end - done):
            x = np.stack([source.standard_normal(inputs) for source in sources]) / np.sqrt(inputs)
            weights, scales = weight_step(rule, weights, scales, teacher, x)
        done = end
        along = weights @ teacher / inputs
        rest = weights - along[:, None] * teacher
        across = np.linalg.norm(rest, axis=1) / np.sqrt(inputs)
        found.append(State(scale=scales, along=along, across=across))
    return recorded(found, method, settings)


def weight_step(
    rule: Rule, weights: Array, scales: Array, teacher: Array, x: Array
) -> tuple[Array, Array]:
    """Return weights and scales after one step (eqs 6 and 7, the latter with its 1/N).

    Args:
        rule: the method.
        weights: w, shape (students, N).
        scales: gamma, shape (students,).
        teacher: w*, shape (N,), or one for each student.
        x: an input for each student, shape (students, N).
    """
    g, size = ACTIVATIONS[rule.activation], rule.inputs
    field = (x * teacher).sum(axis=1)
    projected = (weights * x).sum(axis=1)
    if rule.method == "sgd":
        delta = g.slope(projected) * (g.value(field) - g.value(projected))
        return weights + rule.learning_rate * delta[:, None] * x, scales
    length = np.linalg.norm(weights, axis=1)
    student = np.sqrt(size) * scales * projected / length
    delta = rule.learning_rate * g.slope(student) * (g.value(field) - g.value(student))
    pulled = (np.sqrt(size) * scales / length)[:, None] * x
    pulled -= (student / length**2)[:, None] * weights
    penalty = rule.learning_rate * rule.regularisation * scales
    pull = delta * np.sqrt(size) * projected / length
    return weights + delta[:, None] * pulled, scales + (pull - penalty) / size
