import struct

import numpy as np
import pytest

from numerics.simulation.data import ImageSet, image_sets


def test_mnist_is_read_as_it_was_written(tmp_path, write_mnist):
    written = write_mnist(tmp_path)
    (held,) = image_sets(tmp_path)
    assert (held.images, held.folder) == ("mnist", str(tmp_path))
    for part, pixels in written.items():
        images, classes = held.load(part=part)
        assert images.shape == (len(pixels), 1, 28, 28)
        np.testing.assert_array_equal(np.rint(images[:, 0] * 255), pixels)
        assert classes.tolist() == [k % 10 for k in range(len(pixels))]


def test_cifar10_is_read_as_it_was_written_batch_after_batch(tmp_path, write_cifar10):
    written = write_cifar10(tmp_path)
    (held,) = image_sets(tmp_path)
    for part, pixels in written.items():
        images, _ = held.load(part=part)
        assert images.shape == (len(pixels), 3, 32, 32)
        np.testing.assert_array_equal(np.rint(images * 255), pixels)
    assert held.load()[1].tolist() == [0, 1, 2, 3] * 5


def test_cifar10_is_found_where_its_archive_unpacks_to(tmp_path, write_cifar10):
    inside = tmp_path / "cifar-10-batches-bin"
    inside.mkdir()
    write_cifar10(inside)
    assert [held.images for held in image_sets(tmp_path)] == ["cifar10"]
    assert image_sets(tmp_path)[0].digest == image_sets(inside)[0].digest


def test_a_digest_is_that_of_what_is_held_wherever_it_lies_and_however_it_is_packed(
    tmp_path, write_mnist
):
    folders = [tmp_path / name for name in ("plain", "packed", "other")]
    for folder, terms in zip(folders, ({}, {"packed": True}, {"seed": 1}), strict=True):
        folder.mkdir()
        write_mnist(folder, **terms)
    plain, packed, other = (image_sets(folder)[0].digest for folder in folders)
    assert plain == packed != other


def test_files_that_hold_something_else_than_was_asked_for_are_refused(tmp_path, write_mnist):
    write_mnist(tmp_path)
    (held,) = image_sets(tmp_path)
    asked = ImageSet(images="mnist", digest="0123", folder=str(tmp_path))
    with pytest.raises(ValueError, match=rf"of the digest {held.digest} and not 0123$"):
        asked.load()


def test_the_first_images_are_taken_as_many_as_are_asked_for():
    images, classes = ImageSet().load(samples=7)
    every, _ = ImageSet().load()
    assert len(classes) == 7
    assert np.array_equal(images, every[:7])
    assert 0 <= every.min() < every.max() == 1


def test_digits_of_both_parts_are_all_of_them_and_of_all_classes():
    parts = [ImageSet().load(part=part)[1] for part in ("train", "test")]
    assert sum(map(len, parts)) == 1797
    assert all(set(classes) == set(range(10)) for classes in parts)


def test_both_sets_of_a_folder_are_found(tmp_path, write_mnist, write_cifar10):
    write_mnist(tmp_path)
    write_cifar10(tmp_path)
    assert [held.images for held in image_sets(tmp_path)] == ["mnist", "cifar10"]


def test_a_folder_that_is_absent_or_holds_no_images_is_refused(tmp_path):
    with pytest.raises(OSError, match=r"nowhere: must be a folder that holds MNIST or CIFAR-10$"):
        image_sets(tmp_path / "nowhere")
    with pytest.raises(OSError, match=r": holds neither MNIST \(train-images"):
        image_sets(tmp_path)


BREAKS = {
    "a file is missing": ("t10k-labels-idx1-ubyte", None, "no such file, nor with .gz"),
    "no idx file": ("train-images-idx3-ubyte", b"GIF89a", "is no idx file of unsigned bytes"),
    "it is cut off": (
        "train-labels-idx1-ubyte",
        struct.pack(">2I", 0x801, 20) + bytes(19),
        "holds 19 bytes, and states 20",
    ),
    "sizes beyond the file": (
        "train-images-idx3-ubyte",
        struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        "holds 0 bytes, and states 79228162458924105385300197375",
    ),
    "other sizes": (
        "t10k-images-idx3-ubyte",
        struct.pack(">4I", 0x803, 10, 2, 2) + bytes(40),
        "images of 2 x 2 pixels: must be 28 x 28",
    ),
    "fewer labels": ("t10k-labels-idx1-ubyte", struct.pack(">2I", 0x801, 1) + bytes(1), "1 labels"),
    "no class": (
        "t10k-labels-idx1-ubyte",
        struct.pack(">2I", 0x801, 10) + bytes([10] * 10),
        "a label is 10: must be 0..9",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_malformed_mnist_is_refused_in_one_line_that_names_the_file(tmp_path, write_mnist, broken):
    write_mnist(tmp_path)
    name, content, complaint = BREAKS[broken]
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises((OSError, ValueError)) as raised:
        image_sets(tmp_path)
    assert complaint in str(raised.value)
    assert str(tmp_path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_gzip_file_that_is_none_is_refused(tmp_path, write_mnist):
    write_mnist(tmp_path, packed=True)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match="is no gzip file"):
        image_sets(tmp_path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (bytes(3072), "holds 3072 bytes: must be images of 3073 bytes each"),
        (b"", "holds 0 bytes"),
        (bytes([10]) + bytes(3072), "a label is 10: must be 0..9"),
        (None, "no such file"),
    ],
)
def test_malformed_cifar10_is_refused(tmp_path, write_cifar10, content, complaint):
    write_cifar10(tmp_path)
    (tmp_path / "data_batch_3.bin").unlink()
    if content is not None:
        (tmp_path / "data_batch_3.bin").write_bytes(content)
    with pytest.raises((OSError, ValueError), match=rf"data_batch_3\.bin: {complaint}"):
        image_sets(tmp_path)


def test_images_and_folders_that_are_not_allowed_are_refused():
    with pytest.raises(ValueError, match=r"^images = 'svhn': must be one of 'digits', 'mnist'"):
        ImageSet(images="svhn")
    with pytest.raises(ValueError, match=r"^folder = '': must be the folder that holds mnist$"):
        ImageSet(images="mnist")
