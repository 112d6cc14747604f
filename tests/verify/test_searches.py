"""Sure bounds survive searches for violations, and a false one does not (`make searches`)."""

import pytest

import searches
import toy_claims
import verify
from toy_claims import L


@pytest.mark.parametrize("claim_id", searches.CLAIMS)
def test_no_search_violates_a_sure_bound_and_all_come_near(claim_id):
    rows = searches.rows(claim_id, 200)
    assert all(row.holds for row in rows)
    assert all(row.searches >= 200 for row in rows)
    assert all(row.ratio > 0.8 for row in rows)


def test_a_violation_is_told(monkeypatch):
    bound = toy_claims.judged(L / 2, relation="always at most")
    claim = toy_claims.claim(bound, depths=(2, 3))
    monkeypatch.setattr(verify, "claims", {claim.id: claim})
    (row,) = searches.rows(claim.id, 100)
    assert not row.holds
    assert row.searches == 100
    assert "VIOLATED" in str(row)
