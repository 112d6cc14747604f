"""The figures of Luo et al. (2018), redrawn from our own students."""

from __future__ import annotations

from verify.figures.observations import Figure

FIGURES: tuple[Figure, ...] = ()
