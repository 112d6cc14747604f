"""Record the trajectory of any training loop of PyTorch, in memory that does not grow with it."""

from __future__ import annotations

import os
import struct
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.simulation import arguments
from numerics.trajectories.regularity import Regularity, regularity

_HEAD = struct.Struct("<dd")  # the loss and the learning rate of a step, before its point


class Recording:
    """What `record` makes: the points, losses and learning rates of a run, on disk.

    In the loop call `loss` before each step of the optimiser. After it `points` is a sequence of
    T + 1 vectors that are read when asked for, `losses` and `learning_rates` are arrays of T.
    """

    def __init__(self, model: torch.nn.Module, optimiser: Any, file: str | os.PathLike[str] | None):
        if not isinstance(model, torch.nn.Module):
            raise TypeError(f"model = {model!r}: must be a torch.nn.Module")
        if not isinstance(optimiser, torch.optim.Optimizer):
            raise TypeError(f"optimiser = {optimiser!r}: must be a torch.optim.Optimizer")
        self._optimiser = optimiser
        own = {id(one) for one in model.parameters()}
        self._parameters = [p for group in optimiser.param_groups for p in group["params"]]
        if not all(id(one) in own for one in self._parameters):
            raise ValueError("optimiser: moves what is no parameter of the model: record that")
        # Half precision is written as float32, which holds it.
        widest = torch.float64 if self._has(torch.float64) else torch.float32
        self._buffer = torch.empty(sum(one.numel() for one in self._parameters), dtype=widest)
        parts = self._buffer.split([one.numel() for one in self._parameters])
        shapes = (one.shape for one in self._parameters)
        self._parts = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        self._bytes = self._buffer.numpy().data.cast("B")
        self._path = None if file is None else Path(file)
        self._file: IO[bytes] | None = None
        self._loss: Any = None
        self._steps = 0
        self._hook: Any = None
        self._whole = False

    def __enter__(self) -> Self:
        if self._file is not None:
            raise RuntimeError("a recording is of one run: call record again")
        self._file = tempfile.TemporaryFile() if self._path is None else self._path.open("w+b")
        weakref.finalize(self, self._file.close)
        self._hook = self._optimiser.register_step_pre_hook(self._before_step)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._hook.remove()
        if kind is None and self._file is not None:
            self._write_point(self._file)
            self._file.flush()
            self._whole = True

    def loss(self, loss: Any) -> None:
        """Say the loss of the step to come, a number or a tensor of one; the latest counts."""
        self._loss = loss.detach() if isinstance(loss, torch.Tensor) else loss

    @property
    def steps(self) -> int:
        """T, the steps that were recorded."""
        return self._steps

    @property
    def points(self) -> Sequence[NDArray[Any]]:
        """theta_0 .. theta_T, each flat, in the order of the optimiser's parameters."""
        self._recorded()
        return _Points(self)

    def point(self, step: int) -> NDArray[Any]:
        """theta_k of a step k in [0, T]."""
        file, step = (
            self._recorded(),
            arguments.integer("step", step, minimum=0, maximum=self.steps),
        )
        file.seek(step * self._row + (_HEAD.size if step < self._steps else 0))
        return np.frombuffer(file.read(len(self._bytes)), dtype=self._buffer.numpy().dtype)

    @property
    def losses(self) -> NDArray[np.float64]:
        """The losses of the T steps."""
        return self._heads()[:, 0]

    @property
    def learning_rates(self) -> NDArray[np.float64]:
        """The learning rates of the T steps."""
        return self._heads()[:, 1]

    def regularity(self, *, infimum: float = 0.0) -> Regularity:
        """Judge inequality (2) of Chen et al. (2020) at every step; see `regularity`.

        Args:
            infimum: a number that no loss lies under, such as the 0 of cross-entropy.

        Raises:
            RuntimeError: the run is not over.
            ValueError: no step was recorded, or a loss lies under the infimum.
        """
        heads = self._heads()
        return regularity(points=self.points, gaps=heads[:, 0] - infimum, learning_rate=heads[:, 1])

    @property
    def _row(self) -> int:
        return _HEAD.size + len(self._bytes)

    def _has(self, dtype: torch.dtype) -> bool:
        return any(one.dtype == dtype for one in self._parameters)

    def _before_step(self, *_: object) -> None:
        """Write loss, learning rate and point, as they are before the optimiser's step."""
        if self._loss is None:
            raise RuntimeError(
                "call loss(...) of the recording before each step of the optimiser; one that works "
                "out losses within its step cannot be recorded"
            )
        rates = {float(group["lr"]) for group in self._optimiser.param_groups}
        if len(rates) > 1:
            raise ValueError(
                f"learning rates {sorted(rates)}: (2) has one for all parameters; store the points "
                "divided by the roots of their rates, and call regularity with learning_rate=1"
            )
        assert self._file is not None
        self._file.write(_HEAD.pack(float(self._loss), *rates))
        self._write_point(self._file)
        self._loss = None
        self._steps += 1

    def _write_point(self, file: IO[bytes]) -> None:
        with torch.no_grad():
            for part, parameter in zip(self._parts, self._parameters, strict=True):
                part.copy_(parameter)
        file.write(self._bytes)

    def _recorded(self) -> IO[bytes]:
        if self._file is None or not self._whole:
            raise RuntimeError("theta_T is known at the end: ask when the run is over")
        return self._file

    def _heads(self) -> NDArray[np.float64]:
        file, heads = self._recorded(), np.empty((self._steps, 2))
        for k in range(self._steps):
            file.seek(k * self._row)
            heads[k] = _HEAD.unpack(file.read(_HEAD.size))
        return heads


class _Points(Sequence[NDArray[Any]]):
    """Points of a recording, read one by one."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording  # whose file is open as long as it is there

    def __len__(self) -> int:
        return self._recording.steps + 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        return self._recording.point(range(len(self))[index])


def record(
    model: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    *,
    file: str | os.PathLike[str] | None = None,
) -> Recording:
    """Record a run of the caller's own loop, whose model and optimiser stay as they are.

        with record(model, optimiser) as run:
            for inputs, labels in batches:
                optimiser.zero_grad()
                loss = criterion(model(inputs), labels)
                loss.backward()
                run.loss(loss)
                optimiser.step()
        run.regularity().parameter

    Inequality (2) compares each point with the last, so that no pass that keeps less than the run
    can be exact: points are written to a file as they come, and read again at the end. Memory does
    not grow with the run but for numbers of each step in what is returned.

    The point is that of the parameters that the optimiser moves. Running statistics of batch norm
    are left out: a training loss does not depend on them, and no step of the optimiser moves them.
    What moves parameters besides the optimiser, such as clipping weights, counts with the step.

    Args:
        model: whose parameters the optimiser moves.
        optimiser: any of torch.optim's kind, all groups at one learning rate, which may change
            from step to step.
        file: where to write, an ordinary file that is kept; without it a temporary one is used and
            deleted.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    return Recording(model, optimiser, file)
