"""touchstone new: a claim file that runs, and is never written over another."""

import pytest


def test_what_it_writes_is_confirmed(touchstone, own_catalogue, tmp_path):
    status, told, _ = touchstone("new", "notes2026/relu-layer.1")
    assert (status, told) == (
        0,
        "relu_layer_1.py: touchstone check --claims relu_layer_1.py\n",
    )
    assert max(map(len, (tmp_path / "relu_layer_1.py").read_text().splitlines())) <= 100
    words = ["--claims", "relu_layer_1.py", "--at", "width=8", "--at", "gain=1", "--workers", "1"]
    status, told, complaints = touchstone("check", "notes2026/relu-layer.1", *words)
    assert status == 0, complaints
    assert told.startswith("CONFIRMED    notes2026/relu-layer.1  relu_layer_1  within 0.06 ")
    status, _, complaint = touchstone("new", "notes2026/relu-layer.1")
    assert (status, complaint) == (2, "touchstone: relu_layer_1.py: is there already\n")


@pytest.mark.parametrize("claim_id", ["relu-layer", "a/b/c", "a/../b", "a b/c"])
def test_an_id_reads_paper_and_claim(touchstone, tmp_path, claim_id):
    status, _, complaint = touchstone("new", claim_id)
    assert status == 2
    assert "must read paper/claim" in complaint
    assert not list(tmp_path.iterdir())


def test_a_name_that_python_does_not_have_is_made_one(touchstone, tmp_path):
    touchstone("new", "notes2026/5-layers")
    assert (tmp_path / "claim_5_layers.py").exists()
