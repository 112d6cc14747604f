"""What papers say: closed forms with their source, domain and status.

A prediction that is no formula is a computed form (`theory.computed`), a function with the same
face but for `expr`. A subject is a module or package of this folder that holds forms of any
kind, and is found by that.
`import theory` is free: a subject (`theory.fisher`) and what it needs load when first touched.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory.form import Form

_HOMES = {
    "ClosedForm": "theory.closed_form",
    "Computed": "theory.computed",
    "Form": "theory.form",
    "RefutedFormWarning": "theory.form",
    "DomainError": "theory.domains",
    "Paper": "theory.papers",
    "Reading": "theory.reading",
    "Source": "theory.papers",
    "Table": "theory.tables",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _modules():
        return importlib.import_module(f"theory.{name}")
    raise AttributeError(f"module 'theory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(["catalogue", "find", *_modules(), *_HOMES])


def _modules() -> list[str]:
    """Names of the modules and packages of this folder, in the order of the alphabet."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def catalogue() -> tuple[Form, ...]:
    """Return every form: subjects in the order of their names, forms as these show them."""
    from theory.form import Form

    return tuple(
        value
        for name in _modules()
        for value in vars(importlib.import_module(f"theory.{name}")).values()
        if isinstance(value, Form) and value.subject == name
    )


def find(identifier: str) -> Form:
    """Return the form whose id is `identifier`, such as "fisher.mean_eigenvalue_resnet".

    Raises KeyError for an unknown id.
    """
    for form in catalogue():
        if form.id == identifier:
            return form
    raise KeyError(f"no form has the id {identifier!r}; theory.catalogue() lists them all")
