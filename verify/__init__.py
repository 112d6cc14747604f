"""What follows: claims of theory judged on measurements of networks.

    import verify
    verify.check("furusho2020/mean-eig-resnet", depth=3).verdict

Names load when first touched, so that `import verify` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

import verify.ledger.files_read  # noqa: F401, from here on, what is read is noted

_HOMES = {
    "Checked": "verify.model",
    "Claim": "verify.model",
    "ClaimVerdict": "verify.judging.verdict",
    "Judgement": "verify.judging.verdict",
    "Agree": "verify.relations",
    "AlwaysAtLeast": "verify.relations",
    "AlwaysAtMost": "verify.relations",
    "AtLeast": "verify.relations",
    "AtMost": "verify.relations",
    "Equal": "verify.relations",
    "Experiment": "verify.model",
    "Exactly": "verify.relations",
    "HeatMap": "verify.model",
    "Integers": "theory.domains",
    "Observed": "verify.relations",
    "OneOf": "theory.domains",
    "PowerLaw": "verify.relations",
    "Ranking": "verify.relations",
    "Ratio": "verify.relations",
    "RatioAtLeast": "verify.relations",
    "Reals": "theory.domains",
    "SignedEqual": "verify.relations",
    "Tabulated": "verify.relations",
    "UsageError": "verify.errors",
    "check": "verify.judging.judge",
    "claim": "verify.model.simulation",
    "one_network": "verify.model.simulation",
}


def __getattr__(name: str) -> Any:
    if name == "claims":
        return importlib.import_module("verify.claims")
    if name not in _HOMES:
        raise AttributeError(f"module 'verify' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "claims"})
