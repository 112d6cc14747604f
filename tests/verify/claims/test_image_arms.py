"""Claims on arms of small networks, whose networks learn the images of a folder."""

import numpy as np
import pytest

from verify.claims.batch_norm import trends
from verify.claims.trajectories import orders
from verify.model.image_sets import in_folder, on_images

SMALL = {"width": 1, "samples": 40, "batch_size": 8, "steps": 2, "updates": 2, "finetuned": 2}


@pytest.mark.parametrize("claim", [*orders.CLAIMS, *trends.CLAIMS], ids=lambda claim: claim.id)
def test_every_network_learns_coloured_images_of_32_pixels(claim, tmp_path, write_cifar10):
    write_cifar10(tmp_path, train=40)
    moved = on_images(claim, in_folder(tmp_path))
    for one in moved.by:
        assert one.setting["images"] == "cifar10"
        setting = {name: SMALL.get(name, value) for name, value in one.setting.items()}
        run = {"seed": 1, "first_network": 0, "networks": 1, "device": "cpu"}
        found = one.measure({**setting, "folder": one.folder}, **run)
        assert set(found) == {said.quantity for said in moved.says if one in said.by}
        assert all(np.isfinite(rows).all() for rows in found.values())
