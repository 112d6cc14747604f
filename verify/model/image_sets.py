"""Claims on other images: an experiment whose setting names `images` takes any set of them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from verify.errors import UsageError
from verify.model.claim import Claim
from verify.model.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerics.simulation.data import ImageSet


def takes_images(claim: Claim) -> bool:
    """Whether an experiment of the claim takes a set of images."""
    return any("images" in one.setting for one in claim.by)


def in_folder(folder: str | os.PathLike[str]) -> list[ImageSet]:
    """The sets of images in a folder; UsageError (one line) where they cannot be read."""
    from numerics.simulation.data import image_sets  # takes numpy

    try:
        return image_sets(folder)
    except (OSError, ValueError) as error:
        raise UsageError(f"data: {error}") from error


def on_images(claim: Claim, sets: Sequence[ImageSet]) -> Claim:
    """The same claim, its experiments that take images on each of these sets instead.

    The name and the digest of a set become part of the setting, and with it of the identity of all
    that is drawn; the folder does not.
    """
    if not takes_images(claim):
        return claim
    moved = {one.label: _on_each(one, sets) for one in claim.by}
    copy = Claim(
        claim.id,
        claim.statement,
        says=[replace(said, by=_all_of(said.by, moved)) for said in claim.says],
        by=_all_of(claim.by, moved),
        examples=claim.examples,
        within=claim.within,
        axis=claim.axis,
        notes=claim.notes,
        where=claim.where,
        figures=claim.figures,
    )
    object.__setattr__(copy, "file", claim.file)
    return copy


def _all_of(by: Sequence[object], moved: dict[str, list[Experiment]]) -> tuple[Experiment, ...]:
    return tuple(new for one in by for new in moved[one.label])  # type: ignore[attr-defined]


def _on_each(one: Experiment, sets: Sequence[ImageSet]) -> list[Experiment]:
    if "images" not in one.setting:
        return [one]
    return [
        replace(
            one.given(f"{one.label}: {held.images}", images=held.images, digest=held.digest),
            folder=held.folder,
        )
        for held in sets
    ]
