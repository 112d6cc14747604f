"""What one check measures by an experiment: what is simulated, by which code, and independently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from verify.engine.blocks import Simulated
from verify.engine.independence import Proof
from verify.engine.trial import Trial
from verify.ledger.identity import Identities
from verify.model import Claim, Experiment


class Measured:
    """An experiment of a claim, as all runs of one check draw it.

    `simulated` is what workers have to know of it, `told_by` what tells its draws from others',
    besides their point, and `proof` whether they were found to be independent.
    """

    def __init__(self, claim: Claim, one: Experiment, identities: Identities) -> None:
        identity = identities.of(one.measure, claim.file)
        self.experiment, self.proof = one, Proof()
        self.told_by = (identity.name, *one.checked, *one.doubled)
        self.simulated = Simulated(one.label, one.measure, one.doubled, one.checked, identity.known)
        self._claim, self._identities = claim, identities

    def keep_apart(self, trials: Iterable[Trial], outside: Sequence[str]) -> None:
        """What was drawn from what the draws are not known by counts in this check alone."""
        for trial in trials if outside else ():
            self._identities.tell(self._claim.id, outside[0])
            trial.count_once()


def noise_seed(seed: int, claim_id: str, run: str) -> int:
    """The seed of a run's networks: a hash of master seed, claim id and canonical run alone."""
    text = json.dumps([seed, claim_id, run]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")
