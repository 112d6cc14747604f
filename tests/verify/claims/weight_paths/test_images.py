"""Claims on weights that learn images, on the images of a folder."""

import numpy as np

from verify.claims.weight_paths.images import image_rates
from verify.model.image_sets import in_folder, on_images


def test_networks_learn_the_images_of_the_folder(tmp_path, write_cifar10):
    write_cifar10(tmp_path)
    (held,) = in_folder(tmp_path)
    (here,), (there,) = image_rates.by, on_images(image_rates, [held]).by
    assert there.label == "training at two rates: cifar10"
    run = {"seed": 0, "first_network": 0, "networks": 2, "device": "cpu"}
    sizes = {"depth": 4, "samples": 12}
    digits = here.measure({**here.setting, **sizes}, **run)
    values = {**there.setting, **sizes, "folder": there.folder}
    images = there.measure(values, **run)
    assert images["B33c then B31c"].shape == (2, 2)
    assert not np.allclose(images["B33c then B31c"], digits["B33c then B31c"])
