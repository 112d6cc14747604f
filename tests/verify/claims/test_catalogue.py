"""What must hold of every claim of the catalogue, whatever its subject."""

import dataclasses
import math
import pickle
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

import theory
import verify
from theory.papers import PAPERS
from verify.engine.measured import noise_seed
from verify.engine.run import Run, grouped
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.judging.judge import how_met
from verify.ledger.store import Ledger
from verify.points import names, points
from verify.relations import PowerLaw, Ratio, SignedEqual
from verify.relations.means.statements import OfMean
from verify.relations.means.varied import VariedTarget
from verify.relations.said import spoken

CLAIMS = list(verify.claims.values())
QUICK = BUDGETS["quick"]
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
every_form = pytest.mark.parametrize(
    ("claim", "judged"),
    [
        pytest.param(claim, judged, id=f"{claim.id}-{judged.name}")
        for claim in CLAIMS
        for judged in claim.says
    ],
)


def runs(claim):
    """Every quick run on a fresh ledger, not begun."""
    return _runs(claim.id)


@cache
def _runs(claim_id):
    claim = verify.claims[claim_id]
    with Ledger() as ledger:
        return [
            Run(claim, together, QUICK, 0, "cpu", ledger) for together in grouped(_asked(claim_id))
        ]


@cache
def _asked(claim_id):
    """What the claim says at each of its quick points; some take a while to be worked out."""
    claim = verify.claims[claim_id]
    return spoken(claim.says, _points(claim_id, "quick"))


@cache
def _points(claim_id, budget):
    return points(verify.claims[claim_id], BUDGETS[budget])


def rows(claim, budget):
    """The parameters of each point of a budget."""
    return [point.parameters for point in _points(claim.id, budget.name)]


def test_ids_and_forms_are_unique():
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids)
    for claim in CLAIMS:
        names = [judged.name for judged in claim.says]
        assert len(set(names)) == len(names)


@every_claim
def test_an_id_names_a_known_paper_and_the_claim(claim):
    assert re.fullmatch(r"[a-z]+\d{4}/[a-z0-9]+(-[a-z0-9]+)*", claim.id)
    assert claim.paper in PAPERS


@every_claim
def test_a_claim_is_found_by_its_id(claim):
    assert verify.claims[claim.id] is claim
    assert claim.id in verify.claims
    assert verify.claims.get(claim.id) is claim


def test_the_catalogue_is_a_mapping():
    assert len(verify.claims) == len(list(verify.claims)) == len(verify.claims.items())
    assert verify.claims.get("nobody1900/nothing") is None
    with pytest.raises(KeyError):
        verify.claims["nobody1900/nothing"]


@pytest.mark.parametrize(
    "imports",
    ["import verify.claims.fisher", "import verify.model, verify.judging.judge"],
)
def test_the_catalogue_is_a_mapping_whatever_is_imported_first(imports):
    code = f"{imports}; import verify; print(*verify.claims); print(len(verify.claims))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.split() == [*verify.claims, str(len(verify.claims))]


@every_form
def test_a_form_is_one_of_its_claims_paper(claim, judged):
    if judged.form.source is not None:
        assert judged.form.source.cited.key == claim.paper
    assert claim.form(judged.name) is judged


def test_every_refuted_form_is_refuted_by_some_claim():
    refuted = {one.form.id for claim in CLAIMS for one in claim.says if one.expected == "REFUTED"}
    superseded = {one.form.id for claim in CLAIMS for one in claim.says if one.form.superseded_by}
    assert refuted == superseded


def test_every_form_of_theory_is_judged_by_some_claim():
    judged = {one.form.id for claim in CLAIMS for one in claim.says if one.form.source is not None}
    assert {form.id for form in theory.catalogue()} <= judged


@every_form
def test_a_refuted_form_is_judged_beside_its_successor(claim, judged):
    if judged.expected == "REFUTED":
        successor = claim.form(judged.form.superseded_by)
        assert successor.expected == "CONFIRMED"
        assert successor.quantity == judged.quantity


@every_form
def test_a_bound_is_judged_beside_the_one_that_improves_it(claim, judged):
    if judged.form.improved_by is not None:
        better = claim.form(judged.form.improved_by)
        assert better.quantity == judged.quantity
        assert better.relation == judged.relation or better.side == "both"  # which says more


@every_form
def test_how_each_assumption_is_met_is_said(claim, judged):
    assert all(how_met(claim, text) for text in judged.form.assumptions)


def test_no_assumption_is_explained_that_nobody_makes():
    made = {text for claim in CLAIMS for judged in claim.says for text in judged.form.assumptions}
    meets = {text for claim in CLAIMS for experiment in claim.by for text in experiment.meets}
    assert meets == made


@every_claim
def test_the_axis_is_a_parameter_of_the_points(claim):
    for budget in BUDGETS.values():
        named = names(claim)
        assert not claim.axis or claim.axis in named
        # Its experiments may differ in the others.
        axis = claim.axis or next(iter(named), None)
        assert all(axis in row if named else not row for row in rows(claim, budget))


@every_claim
def test_a_larger_budget_keeps_every_point_of_the_authors(claim):
    _, standard, thorough = (rows(claim, budget) for budget in BUDGETS.values())
    assert all(row in standard for row in claim.examples)
    assert all(row in thorough for row in claim.examples)


@every_claim
@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_points_are_the_same_each_time_and_no_two_alike(claim, budget):
    listed = _points(claim.id, budget.name)
    assert [(one.key, one.margin) for one in listed] == [
        (one.key, one.margin) for one in points(claim, budget)
    ]
    assert len({point.key for point in listed}) == len(listed)


@every_form
def test_a_form_is_judged_at_some_point_that_counts(claim, judged):
    trials = [trial for run in runs(claim) for trial in run.trials if trial.statement is judged]
    assert any(trial.counted for trial in trials)
    assert all((trial.remark is None) == trial.counted for trial in trials)


@every_claim
def test_every_point_is_judged_under_some_form(claim):
    assert all(run.trials for run in runs(claim))


@every_claim
def test_what_counts_is_feasible_within_the_quick_budget(claim):
    # Positions, and so alphas, are those of a run of the whole claim.
    for run in runs(claim):
        for trial in (trial for trial in run.trials if trial.counted):
            # What is held to be wrong has to be refuted, which may take less.
            assert trial.target.plan() <= QUICK.draws or not trial.statement.stands
            assert trial.verdict == trial.target.reached(None)


@every_claim
def test_what_is_said_at_a_point_can_be_judged_there(claim):
    # Drawn points are new at each budget, and a witness of 50 digits takes its time at each.
    for one in _asked(claim.id):
        for judged, target in ((said.statement, said.target) for said in one.said):
            assert 0 <= target.finite_size < 1
            assert not judged.relative or target.finite_size <= target.epsilon < 1


@every_claim
def test_the_work_of_a_block_can_be_sent_to_a_worker(claim):
    for experiment in claim.by:
        measure = experiment.measure
        assert pickle.loads(pickle.dumps(measure)) == measure
    _, work = runs(claim)[0].next_block()
    assert pickle.dumps(work)


# Simulated: one cheap point a form -------------------------------------------------------------


def networks_at(point):
    """A few hundred networks, or fewer averages over a group of them."""
    return 80 if "draws" in point.setting else 300


def cost(point):
    sizes = [value for value in point.values.values() if isinstance(value, int) and value > 0]
    return math.prod(sizes)


def cheapest(claim, judged):
    """The target and the point of the form's cheapest trial that counts."""
    trials = [t for run in runs(claim) for t in run.trials if t.statement is judged and t.counted]
    return min(((trial.target, trial.point) for trial in trials), key=lambda pair: cost(pair[1]))


@cache
def sample(claim_id, key, first=0, networks=None):
    """What a claim measures on so many networks of the point of that key."""
    claim = verify.claims[claim_id]
    run, column = next(
        (run, column)
        for run in runs(claim)
        for column, point in enumerate(run.points)
        if point.key == key
    )
    drawn = run.experiment.measure(
        run.values, seed=noise_seed(1, claim.id, key), first_network=first,
        networks=networks or networks_at(run.points[column]), device="cpu",
    )  # fmt: skip
    reads = any(isinstance(value, tuple) for value in run.values.values())
    return {name: x[:, column] if reads else x for name, x in drawn.items()}


sampled = pytest.mark.parametrize(
    ("claim", "judged"),
    [
        pytest.param(claim, judged, id=f"{claim.id}-{judged.name}")
        for claim in CLAIMS
        for judged in claim.says
        if isinstance(judged, OfMean | PowerLaw)
    ],
)


def unstated(target):
    """Whether a pilot measures the variance, or none is needed as there is a sure upper end."""
    return isinstance(target, VariedTarget) and target.relative_spread is None


@sampled
def test_the_stated_variance_is_not_exceeded(claim, judged):
    # At these sizes the sample variance is close to normal, and four of its standard errors are a
    # third to two thirds of it: no chance alarm, but a bound that is far too small is seen.
    target, point = cheapest(claim, judged)
    if unstated(target):
        pytest.skip("its variance is measured")
    drawn = sample(claim.id, point.key)[judged.quantity]
    if isinstance(judged, Ratio):
        a, b = drawn.T
        squares = (a - a.mean() / b.mean() * b) ** 2
    else:
        squares = (drawn - drawn.mean(axis=0)) ** 2
    if isinstance(judged, SignedEqual):
        stated = target.variance
    else:
        stated = target.relative_variance * drawn.mean(axis=0) ** 2
    error = squares.std(axis=0) / np.sqrt(len(drawn))
    assert np.all(squares.mean(axis=0) - 4 * error <= stated)


@sampled
def test_the_stated_remainder_covers_what_is_measured(claim, judged):
    # Four standard errors, of the stated variance: the mean is as good as normal.
    target, point = cheapest(claim, judged)
    if unstated(target):
        pytest.skip("its variance is measured, and its remainder where it has one")
    drawn = sample(claim.id, point.key)[judged.quantity]
    allowed = target.finite_size + 4 * np.sqrt(target.relative_spread / len(drawn))
    if isinstance(judged, PowerLaw):
        # Whatever the constant, the means over n^a lie within two remainders of one another.
        constants = drawn.mean(axis=0) / np.array(target.sizes) ** target.value
        assert np.ptp(np.log(constants)) <= 2 * allowed or judged.expected == "REFUTED"
        return
    if isinstance(judged, Ratio):
        a, b = drawn.T
        mean = 1 + (a / target.value - b).mean() / target.scale
    else:
        mean = drawn.mean() / target.value
    widened = dataclasses.replace(target, finite_size=allowed, epsilon=max(allowed, target.epsilon))
    allowed_range = widened.allowed(target.value)
    inside = allowed_range.low <= mean * target.value <= allowed_range.high
    assert inside or judged.expected == "REFUTED"


@every_claim
def test_a_network_is_the_same_in_whatever_block_it_is_drawn(claim):
    point = min((point for run in runs(claim) for point in run.points), key=cost)
    whole = sample(claim.id, point.key, networks=5)
    part = sample(claim.id, point.key, first=3, networks=2)
    assert whole.keys() == part.keys()
    for quantity, values in whole.items():
        assert len(values) == 5
        np.testing.assert_allclose(values[3:], part[quantity], rtol=1e-12)


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("furusho2020/mean-eig-resnt", "furusho2020/mean-eig-resnet"),
        ("mean-eig-bn", "furusho2020/mean-eig-bn"),
        ("HALF-ACTIVE", "list(verify.claims) and `touchstone list`"),
    ],
)
def test_an_unknown_id_is_answered_with_a_way_out(asked, nearest):
    with pytest.raises(UsageError, match=re.escape(nearest)):
        verify.claims.find(asked)


LOADED = """
import sys
{code}
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(*sorted(loaded & {{"torch", "scipy", "numerics"}}))
"""


def loaded_by(code):
    found = subprocess.run(
        [sys.executable, "-c", LOADED.format(code=code)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return found.stdout.splitlines()[-1].split()


def test_the_catalogue_is_imported_without_what_simulates():
    assert loaded_by("import verify.claims") == []


def test_a_simulation_in_numpy_alone_needs_no_torch():
    code = "import numpy as np; from verify import one_network\n"
    code += "draw = one_network(lambda source, size: source.normal(size=size).mean())\n"
    code += "draw({'size': 3}, seed=1, first_network=0, networks=2, device='cpu')"
    assert loaded_by(code) == ["numerics"]
