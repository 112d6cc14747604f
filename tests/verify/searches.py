"""Sure bounds of the catalogue, searched for violations at length: how near each is come.

`python tests/verify/searches.py` makes 100,000 searches a claim (`make searches`), each of which
follows a gradient or climbs over dozens of networks where the claim says so, and prints the
greatest ratio to each bound; tests make a few hundred.  The points are those of the standard
budget.  Nothing is judged: a ratio beyond 1 and its rounding is a violation.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass

import verify
from verify.evidence.accounting import BUDGETS
from verify.points import points
from verify.relations import AlwaysAtMost
from verify.relations.words import shown

SEARCHES = 100_000
CLAIMS = (
    "furusho2020/lipschitz-norms",
    "furusho2020/lipschitz-path",
    "furusho2020/lipschitz-exact",
    "furusho2020/fourier-decay",
    "furusho2020/path-norm-spectrum",
)


@dataclass(frozen=True)
class Row:
    """The greatest ratio of what searches found to a bound, and where."""

    name: str
    searches: int
    ratio: float
    remainder: float
    place: str

    @property
    def holds(self):
        """Whether no search violates the bound."""
        return self.ratio <= 1 + self.remainder

    def __str__(self):
        sign = "" if self.holds else "  VIOLATED"
        return f"{self.name:<46}{self.searches:>9,}  {self.ratio:.10f}{sign}  {self.place}"


def rows(claim_id, searches, seed=0):
    """A row for each sure bound of a claim that is held to be true."""
    claim = verify.claims[claim_id]
    bounds = [one for one in claim.says if isinstance(one, AlwaysAtMost) and one.stands]
    found = {one.name: Row(one.name, 0, -math.inf, 0.0, "") for one in bounds}
    places = points(claim, BUDGETS["standard"])
    for place in places:
        drawn = place.experiment.measure(
            place.values, seed=seed, first_network=0, networks=math.ceil(searches / len(places)),
            device="cpu",
        )  # fmt: skip
        for bound in bounds:
            if not bound.applies(place):
                continue
            x, best = drawn[bound.quantity], found[bound.name]
            ratio, count = float(x.max()) / bound.value(place.values), best.searches + len(x)
            here = ratio, bound.remainder_at(place), shown(place.parameters)
            kept = max(here, (best.ratio, best.remainder, best.place))
            found[bound.name] = Row(bound.name, count, *kept)
    return list(found.values())


def main():
    """Print the table; exit with 1 where a bound is violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", nargs="*", default=CLAIMS)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    given = parser.parse_args()
    good = True
    for claim_id in given.claims:
        print(claim_id, flush=True)
        for row in rows(claim_id, given.searches):
            print(f"  {row}", flush=True)
            good = good and row.holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
