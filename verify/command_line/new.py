"""The command that begins a claim of one's own: new."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from verify.errors import UsageError

TEMPLATE = '''\
"""The claim {paper}/{claim}.

touchstone check --claims {file}
"""

import numpy as np

from verify import Integers, Reals, claim


# The formula is a text, as here or in LaTeX, in the names of its parameters, each with the domain
# that it is claimed for: Integers(low, high), Reals(low, high) or OneOf(value, ...).  Points are
# drawn from there.
# What else may be stated: within=0.01, the error to judge at; relative_variance=lambda at: ...,
# a derived bound on it, and largest=lambda at: ..., a sure upper end of a draw, which a pilot does
# without; remainder=lambda at: 4/at["width"], what a limit leaves out (a pair, below and above,
# where it lies on one side); of="variance", where it is of the variance over networks; says=AtMost
# or another statement; computed=True, where the formula is a function of numbers;
# paper=theory.Paper(...).
@claim("{paper}/{claim}", "gain**2*(1 + 5/width)", width=Integers(8, 32), gain=Reals(0.5, 2))
def {name}(generator, width, gain):
    """After one ReLU layer, of weights N(0, 2 g/D), the mean of |h|^4 is g^2 (1 + 5/D)."""
    # One network: all that is random comes from the generator, numpy's own.
    h = np.maximum(generator.normal(scale=(2 * gain / width) ** 0.5, size=width), 0)
    return (h @ h) ** 2
'''


def new(
    claim_id: Annotated[str, typer.Argument(metavar="PAPER/CLAIM", help="The claim's id.")],
) -> None:
    """Write a commented claim file that runs, to be made one's own; none is written over."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", claim_id):
        raise UsageError(f"{claim_id}: must read paper/claim, such as notes2026/relu-layer")
    paper, claim = claim_id.split("/")
    name = re.sub(r"\W", "_", claim)
    name = name if name.isidentifier() else f"claim_{name}"
    file = Path(f"{name}.py")
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(TEMPLATE.format(paper=paper, claim=claim, name=name, file=file))
    except FileExistsError:
        raise UsageError(f"{file}: is there already") from None
    print(f"{file}: touchstone check --claims {file}")
