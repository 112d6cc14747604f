"""Widths and steps of Theorems 5 and 9."""

import math

import pytest

from theory.residual_scaling import (
    gradient_descent_steps,
    gradient_descent_width,
    stochastic_descent_steps,
    stochastic_descent_width,
)


@pytest.mark.parametrize("samples", [2, 64])
@pytest.mark.parametrize("separation", [0.1, 2.0])
def test_the_widths_are_the_last_at_which_the_conditions_turn(samples, separation):
    depth, outputs, batch = 10, 3, 2
    one = gradient_descent_width(
        samples=samples, separation=separation, outputs=outputs, depth=depth
    )
    factor = samples**8 * outputs * depth**7 / separation**4
    other = stochastic_descent_width(
        samples=samples, separation=separation, outputs=outputs, depth=depth, batch=batch
    )
    factors = factor, samples**17 * outputs * depth**7 / (batch**4 * separation**8)
    for width, asked in zip((one, other), factors, strict=True):
        assert width == pytest.approx(asked * math.log(width) ** 2, rel=1e-9)
        assert 1.01 * width > asked * math.log(1.01 * width) ** 2
        assert 0.99 * width < asked * math.log(0.99 * width) ** 2


def test_ten_layers_and_two_samples_ask_for_millions_of_millions_of_units():
    width = gradient_descent_width(samples=2, separation=1.0, outputs=1, depth=10)
    assert 1e12 < width < 1e13


def test_the_steps_are_those_of_the_rate_of_the_theorem():
    samples, separation, width, loss, outputs = 20, 0.5, 256, 1e-3, 7
    rate = outputs / (width * samples)
    log = math.log(samples * math.log(width) ** 2 / loss)
    steps = outputs * samples / (rate * separation * width) * log
    found = gradient_descent_steps(samples=samples, separation=separation, width=width, loss=loss)
    assert found == pytest.approx(steps, rel=1e-12)
    batch = 4
    rate = outputs * batch * separation / (samples**3 * width * math.log(width))
    # Theorem 9 at its rate: n^2 d log^2(1/epsilon)/(eta delta m).
    steps = samples**2 * outputs / (rate * separation * width) * math.log(1 / loss) ** 2
    found = stochastic_descent_steps(
        samples=samples, separation=separation, width=width, batch=batch, loss=loss
    )
    assert found == pytest.approx(steps, rel=1e-12)
