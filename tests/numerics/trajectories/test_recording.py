"""A recorded run of any optimiser: exact, in bounded memory, and untouched by being recorded."""

import copy
import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn

from numerics.trajectories import record, regularity


def problem(batch_norm=False):
    torch.manual_seed(5)
    norm = [nn.BatchNorm1d(12)] if batch_norm else []
    model = nn.Sequential(nn.Linear(6, 12), *norm, nn.ReLU(), nn.Linear(12, 3))
    return model, torch.randn(64, 6), torch.randint(0, 3, (64,))


def step(model, optimiser, inputs, labels, run=None):
    loss = nn.functional.cross_entropy(model(inputs), labels)
    optimiser.zero_grad()
    loss.backward()
    if run is not None:
        run.loss(loss)
    optimiser.step()
    return loss.item()


def flat(model):
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


OPTIMISERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum with decay": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.5, weight_decay=1e-3),
    "Adam": lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-2),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=1e-3),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=1e-3),
}


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_it_agrees_with_storing_the_whole_run(name, batch_norm):
    model, inputs, labels = problem(batch_norm)
    optimiser = OPTIMISERS[name](model.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, 5, 0.5)
    points, losses, rates = [flat(model)], [], []
    with record(model, optimiser) as run:
        for _ in range(15):
            rates.append(optimiser.param_groups[0]["lr"])
            losses.append(step(model, optimiser, inputs, labels, run))
            schedule.step()
            points.append(flat(model))
    assert run.steps == 15
    np.testing.assert_array_equal(np.array(list(run.points)), torch.stack(points).numpy())
    np.testing.assert_array_equal(run.learning_rates, rates)
    np.testing.assert_array_equal(run.losses, losses)
    whole = regularity(points=torch.stack(points), gaps=losses, learning_rate=rates)
    np.testing.assert_allclose(run.regularity().per_step, whole.per_step, rtol=1e-10)
    assert run.regularity(infimum=-1.0).average_gap == pytest.approx(whole.average_gap + 1)


def test_the_run_is_the_same_without_it():
    model, inputs, labels = problem()
    twin = copy.deepcopy(model)
    one, other = (torch.optim.Adam(each.parameters(), lr=0.01) for each in (model, twin))
    with record(model, one) as run:
        for _ in range(5):
            step(model, one, inputs, labels, run)
    for _ in range(5):
        step(twin, other, inputs, labels)
    assert torch.equal(flat(model), flat(twin))
    step(model, one, inputs, labels)  # no longer recorded, and needs no loss to be told
    assert run.steps == 5


def test_memory_does_not_grow_with_the_run():
    model, inputs, labels = nn.Linear(4000, 1), torch.randn(2, 4000), torch.zeros(2, 1)
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-6)
    tracemalloc.start()
    peaks = []
    with record(model, optimiser) as run:
        for _ in range(3):
            tracemalloc.reset_peak()
            for _ in range(100):
                run.loss(((model(inputs) - labels) ** 2).mean())
                optimiser.step()
            peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.reset_peak()
    found = run.regularity()
    judged = tracemalloc.get_traced_memory()[1] - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(found.per_step) == 300
    assert peaks[2] < peaks[0] + 50_000  # a point has 16 kB, a hundred 1.6 MB
    assert judged < 20 * 8 * 4001


def test_points_stay_in_the_file_that_was_named(tmp_path):
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with record(model, optimiser, file=tmp_path / "points") as run:
        for _ in range(3):
            step(model, optimiser, inputs, labels, run)
    n = flat(model).numel()
    assert (tmp_path / "points").stat().st_size == 4 * 4 * n + 3 * 16
    assert len(run.points[1:]) == 3
    np.testing.assert_array_equal(run.points[-1], flat(model).numpy())
    row = [("loss", "<f8"), ("rate", "<f8"), ("point", "<f4", n)]
    read = np.fromfile(tmp_path / "points", row, count=3)
    np.testing.assert_array_equal(read["point"], run.points[:3])
    np.testing.assert_array_equal(read["loss"], run.losses)
    with (
        pytest.raises(ValueError, match=r"points': exists already, and is not written over"),
        record(model, optimiser, file=tmp_path / "points"),
    ):
        pass
    np.testing.assert_array_equal(run.points[-1], flat(model).numpy())


def test_double_and_half_precision_are_kept():
    for dtype, written in ((torch.float64, np.float64), (torch.bfloat16, np.float32)):
        model = nn.Linear(3, 2).to(dtype)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        with record(model, optimiser) as run:
            run.loss(1.0)
            optimiser.step()
        assert run.points[0].dtype == written
        np.testing.assert_array_equal(run.points[0], flat(model).to(torch.float64).numpy())


def test_a_step_whose_loss_was_not_told_is_refused():
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with record(model, optimiser) as run:
        step(model, optimiser, inputs, labels, run)
        with pytest.raises(RuntimeError, match=r"call loss\(...\) of the recording before each"):
            step(model, optimiser, inputs, labels)
    with pytest.raises(RuntimeError, match="of one run: call record again"), run:
        pass


def test_rates_that_differ_between_groups_are_refused_with_the_reason():
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(
        [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.2}], lr=0.1
    )
    with (
        pytest.raises(ValueError, match=r"learning rates \[0.1, 0.2\]: \(2\) has one for all"),
        record(model, optimiser) as run,
    ):
        step(model, optimiser, inputs, labels, run)
    with pytest.raises(RuntimeError, match="no step was recorded"):
        run.regularity()
    with record(model, torch.optim.SGD(model.parameters(), lr=0.1)) as run:
        step(model, run._optimiser, inputs, labels, run)
        with pytest.raises(RuntimeError, match="ask when the run is over"):
            run.regularity()


def test_what_is_no_model_or_no_optimiser_of_it_is_refused():
    model, *_ = problem()
    optimiser = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    with pytest.raises(ValueError, match="moves what is no parameter of the model"):
        record(model, optimiser)
    with pytest.raises(TypeError, match=r"must be a torch\.nn\.Module"):
        record(None, optimiser)
    with pytest.raises(TypeError, match=r"must be a torch\.optim\.Optimizer"):
        record(model, None)
    none = torch.optim.SGD(model.parameters(), lr=0.1)
    del none.param_groups[0]["lr"]
    with pytest.raises(ValueError, match=r"have no learning rate 'lr'"):
        record(model, none)


def added(model, optimiser):
    optimiser.add_param_group({"params": model[2].parameters()})


def replaced(model, optimiser):
    model[0].weight = nn.Parameter(model[0].weight.detach().clone())
    optimiser.param_groups[0]["params"][0] = model[0].weight


def reshaped(model, optimiser):
    model[0].weight.data, model[0].weight.grad = torch.zeros(12, 5), None


@pytest.mark.parametrize("change", [added, replaced, reshaped])
def test_parameters_that_change_their_space_within_the_run_are_refused(change):
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model[0].parameters(), lr=0.1)
    with record(model, optimiser) as run:
        step(model, optimiser, inputs, labels, run)
        change(model, optimiser)
        run.loss(1.0)
        with pytest.raises(RuntimeError, match="were added to, replaced or reshaped"):
            optimiser.step()
        model[0].weight.data = torch.zeros(12, 6)


def test_a_step_that_raises_is_none():
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)

    def fails():
        raise MemoryError

    with record(model, optimiser) as run:
        for k in range(4):
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimiser.zero_grad()
            loss.backward()
            run.loss(loss)
            if k in (1, 3):
                with pytest.raises(MemoryError):
                    optimiser.step(fails)
            else:
                optimiser.step()
    assert run.steps == 2
    assert len(set(run.losses)) == 2
    assert (run.regularity().per_step != 0).all()
    np.testing.assert_array_equal(run.points[2], flat(model).numpy())


@pytest.mark.parametrize("within", [True, False])
def test_a_run_that_is_interrupted_is_judged_up_to_its_last_step(within):
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    run, points = record(model, optimiser), [flat(model)]

    def interrupted():
        with torch.no_grad():
            model[0].weight.add_(1)  # half of a step
        raise KeyboardInterrupt

    def train():
        with run:
            for _ in range(3):
                step(model, optimiser, inputs, labels, run)
                points.append(flat(model))
            if not within:
                raise KeyboardInterrupt
            run.loss(1.0)
            optimiser.step(interrupted)

    with pytest.raises(KeyboardInterrupt):
        train()
    np.testing.assert_array_equal(run.points, torch.stack(points).numpy())
    assert len(run.regularity().per_step) == 3


def test_steps_at_the_rate_0_are_left_out():
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    warm_up = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.1 * min(step, 3))
    with record(model, optimiser) as run:
        for _ in range(5):
            step(model, optimiser, inputs, labels, run)
            warm_up.step()
    np.testing.assert_allclose(run.learning_rates, [0.1, 0.2, 0.3, 0.3])
    assert np.isfinite(run.regularity().per_step).all()


def test_a_loss_is_told_once_before_its_step_and_outside_of_it():
    model, inputs, labels = problem()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    run = record(model, optimiser)
    with pytest.raises(RuntimeError, match="nothing is recorded but within the with statement"):
        run.loss(1.0)

    def closure(tell=True):
        loss = nn.functional.cross_entropy(model(inputs), labels)
        optimiser.zero_grad()
        loss.backward()
        if tell:
            run.loss(loss)
        return loss

    with run:
        run.loss(1.0)
        with pytest.raises(RuntimeError, match=r"told by a closure, .*\(closure\(\)\), then step"):
            optimiser.step(closure)
        run.loss(2.0)
        with pytest.raises(RuntimeError, match="told twice before a step"):
            run.loss(3.0)
        run.loss(4.0, instead=True)
        optimiser.step()
        loss = closure(tell=False).detach()
        run.loss(loss)
        told = loss.item()
        loss.mul_(100)
        optimiser.step(lambda: closure(tell=False))
        for wrong in (torch.ones(2), "1", None, 1j, True, [1.0]):
            with pytest.raises(TypeError, match="must be one real number"):
                run.loss(wrong)
    assert run.losses.tolist() == [4.0, told]
    with pytest.raises(TypeError, match="infimum = '0': must be a number"):
        run.regularity(infimum="0")


def test_a_complex_parameter_is_its_real_and_imaginary_parts():
    for dtype, written in ((torch.complex64, np.float32), (torch.complex128, np.float64)):
        model = nn.Module()
        model.weight = nn.Parameter(torch.tensor([1 + 2j, 3.0], dtype=dtype))
        optimiser = torch.optim.SGD(model.parameters(), lr=0.25)
        with record(model, optimiser) as run:
            for _ in range(3):
                optimiser.zero_grad()
                loss = (model.weight.abs() ** 2).sum() / 2
                loss.backward()
                run.loss(loss)
                optimiser.step()
        assert run.points[0].dtype == written
        assert run.points[0].tolist() == [1, 2, 3, 0]
        assert run.regularity().parameter == pytest.approx(0.25)  # of h = 1
