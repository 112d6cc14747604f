"""The example notebook runs as it stands, from a folder of its own, and shows what it says."""

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent / "examples" / "touchstone.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """What each cell of code shows, by its id: texts and HTML."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    there = {"metadata": {"path": str(tmp_path_factory.mktemp("notebook"))}}
    nbclient.NotebookClient(notebook, timeout=300, resources=there).execute()
    return {cell.id: _shown(cell) for cell in notebook.cells if cell.cell_type == "code"}


def _shown(cell):
    found = []
    for output in cell.outputs:
        assert output.get("name") != "stderr", output.text
        found += [output.text] if "text" in output else output.data.values()
    return "\n".join(found)


def test_it_is_kept_without_outputs():
    assert '"outputs": []' in NOTEBOOK.read_text()
    assert "image/png" not in NOTEBOOK.read_text()


def test_a_form_shows_its_formula_and_source(cells):
    assert "Furusho" in cells["show"]


@pytest.mark.parametrize("cell", ["plot", "draw"])
def test_what_is_drawn_is_shown(cells, cell):
    assert "iVBORw0KGgo" in cells[cell]


def test_a_claim_of_a_cell_is_confirmed_by_two_workers(cells):
    assert "notes2026/relu-layer" in cells["check"]
    assert "<strong>CONFIRMED</strong>" in cells["check"]


def test_a_wrong_one_is_refuted_and_false(cells):
    assert "<strong>REFUTED</strong>" in cells["refute"]
    assert "True False" in cells["refute"]


def test_a_measurement_shows_its_mean(cells):
    assert "±" in cells["networks"]
