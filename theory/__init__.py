"""What papers say: closed forms with their source, domain and status.

`import theory` is free: a subject (`theory.fisher`) and what it needs load when first touched.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm

_SUBJECTS = ("fisher", "learning_rate", "batch_norm", "order_parameters", "generalisation")
_HOMES = {
    "ClosedForm": "theory.closed_form",
    "RefutedFormWarning": "theory.closed_form",
    "DomainError": "theory.domains",
    "Paper": "theory.papers",
    "Source": "theory.papers",
}


def __getattr__(name: str) -> Any:
    if name in _SUBJECTS:
        return importlib.import_module(f"theory.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'theory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBJECTS, *_HOMES})


def catalogue() -> tuple[ClosedForm, ...]:
    """Return every closed form: subjects in a fixed order, forms in the order of their file."""
    from theory.closed_form import ClosedForm

    return tuple(
        value
        for subject in _SUBJECTS
        for value in vars(importlib.import_module(f"theory.{subject}")).values()
        if isinstance(value, ClosedForm) and value.subject == subject
    )


def find(identifier: str) -> ClosedForm:
    """Return the form whose id is `identifier`, such as "fisher.mean_eigenvalue_resnet".

    Raises KeyError for an unknown id.
    """
    for form in catalogue():
        if form.id == identifier:
            return form
    raise KeyError(f"no closed form has the id {identifier!r}; theory.catalogue() lists them all")
