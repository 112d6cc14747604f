"""Where an ensemble is simulated, and in what precision."""

import torch

from numerics.simulation import arguments

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def resolved_device(device: str) -> str:
    """Return "cpu" or "cuda" for "auto", "cpu" or "cuda"; an error where there is no CUDA."""
    arguments.choice("device", device, ("auto", "cpu", "cuda"))
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device = 'cuda': must be 'cpu' or 'auto' here, there is no CUDA device")
    return device
