"""Runs whole measurements on fake tensors of a CUDA device, and prints what becomes of each.

It is a process of its own, for what it replaces in torch (see test_devices.py).
"""

import json
import sys
import traceback

import numpy as np
import torch
from test_devices import PIECES, WHOLE_RUNS
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode


class Spelt(TorchFunctionMode):
    """Spells out what needs CUDA itself on a build without it: indexing, copies, `out=`."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        options = dict(kwargs or {})
        out = options.pop("out", None)
        if out is not None:
            return written(out, func(*args, **options))
        if func is torch.Tensor.to and getattr(args[0], "constant", None) is not None:
            # torch keeps the value of a single number, and would move it to CUDA.
            args = (torch.empty(args[0].shape, dtype=args[0].dtype), *args[1:])
        if func is torch.Tensor.copy_:
            return written(*args)
        if func is torch.Tensor.contiguous:
            return args[0].clone(memory_format=torch.contiguous_format)
        if func is torch.Tensor.__getitem__:
            return indexed(*args)
        if func is torch.Tensor.__setitem__:
            tensor, index, value = args
            view = indexed(tensor, index)
            return written(view, value) if isinstance(value, torch.Tensor) else view.fill_(value)
        return func(*args, **options)


def written(target, values):
    """What writing the values into the target comes to; their shapes have to agree."""
    return target.zero_().add_(values.to(target))


def indexed(tensor, index):
    index = index if isinstance(index, tuple) else (index,)
    if any(one is Ellipsis for one in index):
        place = [one is Ellipsis for one in index].index(True)
        rest = tensor.dim() + 1 - sum(one is not None for one in index)
        index = (*index[:place], *[slice(None)] * rest, *index[place + 1 :])
    axis = 0
    for one in index:
        if one is None:
            tensor, axis = tensor.unsqueeze(axis), axis + 1
        elif isinstance(one, slice):
            step = one.step or 1
            tensor = torch.ops.aten.slice.Tensor(tensor, axis, one.start, one.stop, step)
            axis += 1
        else:
            tensor = tensor.select(axis, one)
    return tensor


def outcome(on, arrived):
    """Whether a run went through, and only CUDA's tensors were taken to the host at its edge."""
    arrived.clear()
    try:
        with FakeTensorMode(), Spelt():
            found = on("cuda:0")
            if isinstance(found, torch.Tensor):
                found.cpu()
    except Exception:
        return traceback.format_exc()
    return "ran" if set(arrived) == {"cuda"} else f"left from {sorted(set(arrived))}"


def main():
    """Print what becomes of each run: "ran", or what was raised."""
    arrived = []

    def to_the_host(tensor):
        arrived.append(tensor.device.type)
        return tensor

    torch.Tensor.cpu = to_the_host
    # Beyond the edge, where a measurement has its numbers: ones in their place.
    torch.Tensor.numpy = lambda tensor: np.ones(tuple(tensor.shape))
    for name, module in list(sys.modules.items()):
        if name.startswith("numerics.") and hasattr(module, "resolved_device"):
            module.resolved_device = lambda device: device
    runs = {name: on for name, (_, on) in WHOLE_RUNS.items()}
    runs |= {name: on for name, (_, where, on) in PIECES.items() if where == "cuda:0"}
    print(json.dumps({name: outcome(on, arrived) for name, on in runs.items()}))


if __name__ == "__main__":
    main()
