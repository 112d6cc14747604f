"""Batches of independent networks whose results never depend on how they were batched."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  it brings a BLAS of its own, which is to be found here
import torch
from threadpoolctl import ThreadpoolController

_LIBRARIES = ThreadpoolController()  # BLAS of numpy and scipy, of whose threads torch knows nothing
_ALIGNMENT = 64  # bytes; a cache line, and the widest vector register
_CPU_MEMORY = 2**25  # bytes of temporaries of one chunk on a CPU; about its last cache
_LARGEST_MAPPED = 2**25 - 2**16  # bytes; just below the size from which glibc forgets a block
_CUDA_MEMORY = 2**31  # bytes of temporaries of one chunk on a CUDA device


def aligned(*shape: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return an uninitialised tensor of matrices, its last two axes, each by itself in memory.

    Each is contiguous and starts on a 64-byte boundary, as a tensor of its own would.
    """
    rows, columns = shape[-2:]
    unit = _ALIGNMENT // dtype.itemsize
    if rows * columns % unit == 0:
        return torch.empty(*shape, dtype=dtype, device=device)
    padded = math.ceil(rows * columns / unit) * unit
    flat = torch.empty(*shape[:-2], padded, dtype=dtype, device=device)
    return flat[..., : rows * columns].unflatten(-1, (rows, columns))


def array(tensor: torch.Tensor) -> Any:
    """Return numpy's view of a tensor's memory on a CPU, the tensor itself on another device.

    numpy's calls and views take a third of the time of torch's, which matters for small matrices.
    """
    return tensor.numpy() if tensor.is_cpu else tensor


def multiply(left: Any, right: Any, *, out: Any) -> None:
    """Write the matrix product ``left @ right`` of every network into ``out``.

    All three have shape (networks, rows, columns), as tensors or as what ``array`` makes of them.
    On a CPU numpy hands the products to its BLAS one by one: torch's batched product may choose
    other kernels for other batch sizes, and its last bits with them, as may any product for
    matrices that are not ``aligned``.
    """
    if isinstance(out, np.ndarray):
        np.matmul(left, right, out=out)
    elif out.is_cpu:
        np.matmul(left.numpy(), right.numpy(), out=out.numpy())
    else:
        torch.matmul(left, right, out=out)


def chunk_size(*, bytes_per_network: int, device: torch.device) -> int:
    """Return how many networks to simulate at once."""
    if device.type == "cuda":
        return max(1, min(4096, _CUDA_MEMORY // bytes_per_network))
    return max(1, min(8, _CPU_MEMORY // bytes_per_network))


def in_chunks(
    evaluate: Callable[[range], dict[str, torch.Tensor]], networks: range, chunk: int
) -> dict[str, np.ndarray]:
    """Evaluate networks a chunk at a time and join the results, in order.

    Args:
        evaluate: maps a range of networks to named tensors with one row a network.
        networks: the networks to evaluate.
        chunk: networks at a time; halved for as long as the device runs out of memory.

    Raises:
        MemoryError: not even one network fits.
    """
    joined: dict[str, np.ndarray] = {}
    done = 0
    _keep_freed_memory()
    with measuring():
        while done < len(networks):
            part = networks[done : done + chunk]
            try:
                results = evaluate(part)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if chunk == 1:
                    raise MemoryError("networks of these sizes do not fit in memory") from error
                chunk //= 2
                continue
            for name, value in results.items():
                # One array for all: small ones kept between large temporaries fragment the heap.
                if name not in joined:
                    joined[name] = np.empty((len(networks), *value.shape[1:]))
                joined[name][done : done + len(part)] = value.double().cpu().numpy()
            done += len(part)
    return joined


def _keep_freed_memory() -> None:
    """Let one chunk take over the memory of the last.

    glibc returns freed memory to the system beyond twice the largest block that was ever mapped
    and freed by itself, and a page that comes back from there costs as much as computing on it.
    """
    torch.empty(_LARGEST_MAPPED, dtype=torch.uint8)


def _out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory; on a CPU it says so in words alone."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread.

    Several single-threaded processes are faster than one process of many threads at these sizes,
    and the number of threads can change the last bits of a product.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _LIBRARIES.limit(limits=1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def measuring() -> Iterator[None]:
    """Compute on one thread, record no gradients, and let overflow pass as torch does."""
    with one_thread(), torch.inference_mode(), np.errstate(over="ignore", invalid="ignore"):
        yield
