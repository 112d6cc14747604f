import subprocess
import sys

import pytest

import theory


def loaded_after(statement: str) -> set[str]:
    """Return which of the heavy packages a fresh interpreter has loaded after the statement."""
    heavy = ("lark", "matplotlib", "mpmath", "numpy", "scipy", "sympy", "torch")
    code = f"import sys; {statement}; print(*(name for name in {heavy} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_theory_imports_nothing_heavy():
    assert loaded_after("import theory") == set()


def test_evaluating_forms_imports_no_torch():
    call = "import theory; theory.fisher.mean_eigenvalue_resnet(depth=3); theory.catalogue()"
    assert loaded_after(call) == {"mpmath", "numpy", "sympy"}


def test_subjects_and_errors_are_found_on_touch():
    assert "fisher" in dir(theory)
    assert theory.fisher.mean_eigenvalue_resnet.subject == "fisher"
    assert issubclass(theory.DomainError, ValueError)
    assert issubclass(theory.RefutedFormWarning, UserWarning)


def test_dir_lists_what_there_is_to_use_and_nothing_else():
    listed = dir(theory)
    assert {"catalogue", "find", "ClosedForm", "Paper", "fisher", "batch_norm"} <= set(listed)
    assert not [name for name in listed if name.startswith("_")]
    assert not {"Any", "TYPE_CHECKING", "annotations", "importlib", "pkgutil"} & set(listed)
    assert all(hasattr(theory, name) for name in listed)


def test_the_docstring_of_batch_norm_says_which_file_holds_what():
    told = " ".join(theory.batch_norm.__doc__.split())
    for name in ("zeta_linear", "zeta_relu", "zeta_general"):
        assert getattr(theory.batch_norm, name).subject == "batch_norm"
        assert name in told.split("penalty.py")[1].split("moments.py")[0]
    assert "weight_norm.py" in told


def test_what_does_not_exist_is_reported_by_name():
    with pytest.raises(AttributeError, match="'theory' has no attribute 'phlogiston'"):
        _ = theory.phlogiston
    with pytest.raises(KeyError, match=r"'fisher\.phlogiston'"):
        theory.find("fisher.phlogiston")
