"""Tables 4.5, 4.6 and B.3 as printed, what they imply of the start, and their text."""

import pytest

import theory
from theory.weight_paths import expected_initial_variation
from theory.weight_paths.image_tables import image_columns, start_columns

DEPTHS = range(2000, 12001, 1000)


def column(name):
    form = image_columns[f"CIFAR10-{name}"]
    return [form.value(**cell) for cell in form.cells]


@pytest.mark.parametrize(
    ("model", "depth", "printed"),
    [
        ("CIFAR10-B12c", 2000, "1.583"),
        ("CIFAR10-B33t", 12000, "6.859"),
        ("CIFAR10-C21c", 9000, "1.517e6"),
        ("CIFAR10-C22t", 8000, "511.5"),
        ("CIFAR10-B31c", 9000, "7.256e5"),
        ("CIFAR10-C11t", 10000, "2.445e31"),
        ("CIFAR10-C11c", 12000, "∞"),
        ("CIFAR10-C12t", 12000, "6.842"),
    ],
)
def test_cells_are_those_of_the_paper(model, depth, printed):
    assert image_columns[model].printed(depth=depth, model=model) == printed


def test_there_is_a_column_for_every_model_and_a_cell_for_every_depth():
    assert len(image_columns) == 22
    for form in image_columns.values():
        assert [cell["depth"] for cell in form.cells] == list(DEPTHS)


def test_columns_of_the_start_are_forms():
    for form in start_columns:
        assert theory.find(form.id) is form


def off_the_start(name, gamma):
    law = [expected_initial_variation(depth=depth, dim=15, gamma=gamma) for depth in DEPTHS]
    return [printed / mean - 1 for printed, mean in zip(column(name), law, strict=True)]


def test_two_columns_are_the_law_of_the_start():
    assert max(map(abs, off_the_start("C22t", 2.0))) < 0.0015
    fixed = off_the_start("B11t", 1.0)
    assert min(fixed) == fixed[0] == pytest.approx(-0.0043, abs=5e-5)
    assert fixed[-1] == pytest.approx(-0.0003, abs=5e-5)


def test_training_moves_the_other_truncated_columns():
    last = {name: off_the_start(name, 1.0)[-1] for name in ("B12t", "B21t", "B22t", "B32t")}
    assert last["B12t"] == pytest.approx(-0.021, abs=5e-4)
    assert last["B21t"] == pytest.approx(0.32, abs=5e-3)
    assert last["B22t"] == pytest.approx(0.186, abs=5e-4)
    assert last["B32t"] == pytest.approx(0.22, abs=5e-3)


def test_two_classes_that_are_one_model_at_10000_layers_print_the_same_there():
    at = list(DEPTHS).index(10_000)
    for start in "ct":
        alike = [a == b for a, b in zip(column(f"B32{start}"), column(f"B33{start}"), strict=True)]
        assert alike == [depth == 10_000 for depth in DEPTHS] or alike[at]


def test_b21t_falls_where_the_text_has_truncated_columns_increase():
    assert (column("B21t")[0], column("B21t")[-1]) == (8.067, 7.556)
    assert max(column("B21t")) == column("B21t")[0]
    assert min(column("B21t")) == column("B21t")[-1]


def test_maxima_are_at_10000_layers_at_most_in_four_constant_columns_and_two_truncated():
    def early(name):
        return max(column(name)[: list(DEPTHS).index(10_000) + 1]) == max(column(name))

    classes = ("B12", "B21", "B22", "B32", "B33")
    assert [name for name in classes if early(f"{name}c")] == ["B12", "B21", "B22", "B33"]
    assert [name for name in classes if early(f"{name}t")] == ["B21", "B33"]


def test_constant_columns_of_the_rates_that_move_by_1_lie_between_1_58_and_3_97():
    cells = [one for name in ("B12c", "B22c", "B33c", "C12c", "C22c") for one in column(name)]
    assert (min(cells), max(cells)) == (1.583, 3.968)
