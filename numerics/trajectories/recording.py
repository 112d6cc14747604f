"""Record the trajectory of any training loop of PyTorch, in memory that does not grow with it."""

from __future__ import annotations

import functools
import math
import numbers
import operator
import os
import reprlib
import struct
import sys
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
_LARGEST = sys.float_info.max
_OF_ITS_POINT = (
    "which the optimiser may run at other points: call loss(closure()), then step(closure)"
)


class Recording:
    """What `record` makes: the points, losses and learning rates of a run, on disk.

    In the loop call `loss` before each step of the optimiser. After it `points` is a sequence of
    T + 1 vectors that are read when asked for, `losses` and `learning_rates` are arrays of T. A run
    that breaks off is recorded up to the last step that was taken.
    """

    def __init__(self, model: torch.nn.Module, optimiser: Any, file: str | os.PathLike[str] | None):
        if not isinstance(model, torch.nn.Module):
            raise TypeError(f"model = {model!r}: must be a torch.nn.Module")
        if not isinstance(optimiser, torch.optim.Optimizer):
            raise TypeError(f"optimiser = {optimiser!r}: must be a torch.optim.Optimizer")
        self._optimiser = optimiser
        own = {id(one) for one in model.parameters()}
        self._parameters = self._moved()
        if not all(id(one) in own for one in self._parameters):
            raise ValueError("optimiser: moves what is no parameter of the model: record that")
        if not all("lr" in group for group in optimiser.param_groups):
            raise ValueError("optimiser: its groups have no learning rate 'lr', which (2) asks for")
        with torch.no_grad():
            shapes = [_real(one).shape for one in self._parameters]
        # Half precision is written as float32, which holds it.
        widest = torch.float64 if self._has(torch.float64, torch.complex128) else torch.float32
        self._buffer = torch.empty(sum(one.numel() for one in shapes), dtype=widest)
        parts = self._buffer.split([one.numel() for one in shapes])
        self._parts = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        self._bytes = self._buffer.numpy().data.cast("B")
        self._path = None if file is None else Path(file)
        self._file: IO[bytes] | None = None
        self._loss: float | None = None
        self._steps = 0
        self._hooks: list[Any] = []
        self._stepping = self._closing = False
        self._whole = False

    def __enter__(self) -> Self:
        if self._file is not None:
            raise RuntimeError("a recording is of one run: call record again")
        self._file = tempfile.TemporaryFile() if self._path is None else _new(self._path)
        weakref.finalize(self, self._file.close)
        self._hooks = [
            self._optimiser.register_step_pre_hook(self._before_step),
            self._optimiser.register_step_post_hook(self._after_step),
        ]
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        assert self._file is not None
        if kind is None or not self._stepping:  # else the point before that step is still there
            self._read_point()
        self._file.seek(self._steps * self._row)
        self._file.write(self._bytes)
        self._file.truncate()
        self._file.flush()
        self._whole = True

    def loss(self, loss: Any, *, instead: bool = False) -> None:
        """Say the loss of the step to come, once.

        Args:
            loss: a number or a tensor of one: the loss whose gradients the step takes. Of gradients
                that are summed over several batches it is the sum of what was differentiated.
            instead: whether it may replace one that was told and whose step was never taken, as
                where a scaler of gradients skips steps.

        Raises:
            RuntimeError: nothing is recorded now, a loss is waiting for its step, or the call is
                from a closure that the optimiser runs within its step.
            TypeError: it is not one real number.
        """
        if not self._hooks:
            raise RuntimeError("loss: nothing is recorded but within the with statement")
        if self._closing:
            raise RuntimeError(f"loss: told by a closure, {_OF_ITS_POINT}")
        if self._loss is not None and not instead:
            raise RuntimeError(
                "loss: told twice before a step: tell that of the whole step, once, or where the "
                "step of the former was skipped, loss(..., instead=True)"
            )
        one = loss.item() if hasattr(loss, "detach") and loss.numel() == 1 else loss
        if isinstance(one, bool) or not isinstance(one, numbers.Real):
            raise TypeError(f"loss = {reprlib.repr(loss)}: must be one real number")
        self._loss = float(one)

    @property
    def steps(self) -> int:
        """T, the steps that were recorded: of a rate above 0, and taken to their end."""
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
            RuntimeError: the run is not over, or has no step.
            TypeError, ValueError: the infimum is no number, or a loss lies under it.
        """
        infimum = arguments.real("infimum", infimum, minimum=-_LARGEST, maximum=_LARGEST)
        heads = self._heads()
        if not len(heads):
            raise RuntimeError("no step was recorded: there is nothing to judge")
        return regularity(points=self.points, gaps=heads[:, 0] - infimum, learning_rate=heads[:, 1])

    @property
    def _row(self) -> int:
        return _HEAD.size + len(self._bytes)

    def _has(self, *dtypes: torch.dtype) -> bool:
        return any(one.dtype in dtypes for one in self._parameters)

    def _moved(self) -> list[torch.Tensor]:
        return [p for group in self._optimiser.param_groups for p in group["params"]]

    def _before_step(
        self, optimiser: object, positional: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Write loss, learning rate and point, as they are before the optimiser's step."""
        rates = {float(group["lr"]) for group in self._optimiser.param_groups}
        if len(rates) > 1:
            raise ValueError(
                f"learning rates {sorted(rates)}: (2) has one for all parameters; store the points "
                "divided by the roots of their rates, and call regularity with learning_rate=1"
            )
        if self._loss is None:
            raise RuntimeError(
                "call loss(...) of the recording before each step of the optimiser; of a closure, "
                + _OF_ITS_POINT
            )
        (rate,), loss, self._loss = rates, self._loss, None
        if not 0 <= rate < math.inf:
            raise ValueError(f"learning rate {rate} at step {self._steps}: must be >= 0")
        if rate > 0:  # at 0 it moves nothing, and has no update U for (2)
            assert self._file is not None
            self._check_space()
            self._read_point()
            self._file.seek(self._steps * self._row)
            self._file.write(_HEAD.pack(loss, rate))
            self._file.write(self._bytes)
            self._stepping = True
        # The optimiser comes first, then its closure.
        return (*positional[:1], *map(self._guarded, positional[1:])), {
            name: self._guarded(value) for name, value in named.items()
        }

    def _guarded(self, closure: Any) -> Any:
        """Return a closure that works as before, but may tell no loss."""
        if not callable(closure):
            return closure

        @functools.wraps(closure)
        def guarded() -> Any:
            self._closing = True
            try:
                return closure()
            finally:
                self._closing = False

        return guarded

    def _after_step(self, *_: object) -> None:
        """Count the step: one that raised is none, and the next is written over it."""
        self._steps += self._stepping
        self._stepping = False

    def _check_space(self) -> None:
        now = self._moved()
        same = len(now) == len(self._parameters) and all(map(operator.is_, now, self._parameters))
        if not same or any(
            part.shape[: one.ndim] != one.shape for part, one in zip(self._parts, now, strict=True)
        ):
            raise RuntimeError(
                "the optimiser's parameters were added to, replaced or reshaped within the run: "
                "points of several spaces have no distance; record each part of it by itself"
            )

    def _read_point(self) -> None:
        with torch.no_grad():
            for part, parameter in zip(self._parts, self._parameters, strict=True):
                part.copy_(_real(parameter))

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


def _real(parameter: torch.Tensor) -> torch.Tensor:
    """Return a complex parameter as its real and imaginary parts, and a real one as it is."""
    return torch.view_as_real(parameter) if parameter.is_complex() else parameter


def _new(path: Path) -> IO[bytes]:
    try:
        return path.open("x+b")
    except FileExistsError:
        raise ValueError(f"file = {str(path)!r}: exists already, and is not written over") from None


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
    What moves parameters besides the optimiser, such as clipping weights, counts with the step. A
    complex parameter counts as its real and imaginary parts. Steps at the learning rate 0, as a
    warm-up may begin with, move nothing and are left out.

    Args:
        model: whose parameters the optimiser moves.
        optimiser: any of torch.optim's kind, all groups at one learning rate, which may change
            from step to step.
        file: where to write, a new file that is kept; without it a temporary one is used and
            deleted. `numpy.fromfile(file, [("loss", "<f8"), ("rate", "<f8"), ("point", dtype, n)],
            count=T)` reads it, dtype and n those of a point; theta_T stands by itself at the end.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    return Recording(model, optimiser, file)
