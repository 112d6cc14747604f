"""The report's content says what was found, in full, and can be rendered."""

import dataclasses
import json

import numpy as np
import pytest

import toy_claims as toys
import verify.claims
from opened_pages import opened
from theory.domains import OneOf
from verify import Claim, Equal, Experiment
from verify.command_line import main
from verify.judging.failure import command
from verify.judging.judge import check
from verify.report.document import build, panels
from verify.report.page import render_html

CHEAP = {
    "furusho2020/mean-eig-sd": {"depth": 2, "survival": 0.5},
    "furusho2020/mean-eig-resnet": {"depth": 2},
    "furusho2020/fastest-learning-rate": {"top_eigenvalue": 1.0, "bottom_eigenvalue": 0.5},
    "luo2018/i1-i2-i3": {"Q": 0.5, "R": -1.0},
}


@pytest.fixture(scope="module")
def verdicts():
    return [check(claim, device="cpu", **point) for claim, point in CHEAP.items()]


@pytest.fixture(scope="module")
def document(verdicts):
    return build(verdicts, [], "quick", 0)


def forms(document):
    return {form["form"]: form for claim in document["claims"] for form in claim["forms"]}


def test_every_verdict_is_counted_once(document, verdicts):
    judged = sum(len(verdict.judgements) for verdict in verdicts)
    assert sum(document["counts"].values()) == judged == len(forms(document))
    assert document["unexpected"] == 0


def test_a_refuted_form_comes_with_its_counterexample_and_its_successor(document):
    name = "mean_eigenvalue_stochastic_depth"
    printed = forms(document)[f"{name}_printed"]
    assert printed["verdict"] == "REFUTED"
    assert printed["superseded_by"] == name
    assert forms(document)[name]["supersedes"] == f"{name}_printed"
    found = printed["counterexample"]
    assert found["parameters"] == {"depth": 1, "survival": 0.5}
    assert found["repeat_verdict"] == "REFUTED"
    assert found["ratio"] == pytest.approx(found["estimate"] / found["theory"])


def test_the_command_of_a_counterexample_reproduces_it(verdicts, capsys, tmp_path):
    judgement = verdicts[0]["mean_eigenvalue_stochastic_depth_printed"]
    words = command(judgement.claim, judgement.counterexample, "quick").split()
    assert words[0] == "touchstone"
    with pytest.raises(SystemExit) as ended:
        main([*words[1:], "--ledger", str(tmp_path / "ledger"), "--workers", "1", "--json"])
    assert ended.value.code == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["form"]: line["verdict"] for line in lines} == {
        "mean_eigenvalue_stochastic_depth_printed": "REFUTED",
        "mean_eigenvalue_stochastic_depth": "CONFIRMED",
    }


def test_the_sentence_says_how_near_and_on_which_inputs(verdicts):
    text = verdicts[1]["mean_eigenvalue_resnet"].sentence
    assert "within 6 % at 1 point (one input, exact in law) in the limit, extrapolated" in text


def test_a_count_of_inputs_is_no_kind_of_inputs():
    verdict = check("luo2018/generalisation-ols", device="cpu", load=0.5, noise_variance=0.25)
    assert {type(trial.point.setting["inputs"]) for trial in verdict.judgements[0].trials} == {int}
    assert "at 1 point. The error" in verdict["excess_risk_ols"].sentence
    labels = [one["label"] for panel in panels(verdict) for one in panel["series"]]
    assert set(labels) == {"the claim", "measured", "refuted"}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("gaussian", " on Gaussian inputs in the limit"),
        ("gaussian, averaged exactly over the block", " on Gaussian inputs, averaged exactly over"),
        ("digits", " on the digits in the limit"),
        ("one_input, exact in law", " (one input, exact in law) in the limit"),
        (128, "at 1 point in the limit"),
    ],
)
def test_a_sentence_names_a_kind_of_inputs_and_no_number_of_them(verdicts, inputs, said):
    judgement = verdicts[1]["mean_eigenvalue_resnet"]
    trial = next(one for one in judgement.trials if one.verdict == "CONFIRMED")
    point = dataclasses.replace(trial.point, setting={**trial.point.setting, "inputs": inputs})
    alone = dataclasses.replace(judgement, trials=(dataclasses.replace(trial, point=point),))
    assert said in alone.sentence


def test_a_counterexample_names_its_kinds(verdicts):
    found = verdicts[0]["mean_eigenvalue_stochastic_depth_printed"].counterexample
    on_digits = dataclasses.replace(found, setting={"network": "batch_norm", "inputs": "digits"})
    assert on_digits.kind == "batch norm, the digits"
    counted = dataclasses.replace(found, setting={"inputs": 128, "student": "ridge regression"})
    assert counted.kind == "ridge regression"


def test_points_carry_what_was_measured(document):
    for form in forms(document).values():
        for point in form["points"]:
            assert point["networks"] > 0
            assert point["verdict"] in document["counts"]
            assert point["alpha"] < document["alpha"]
            assert point["counted"] == (point["remark"] is None)


def test_points_say_what_was_planned_and_what_was_shown(document):
    for form in forms(document).values():
        for point in form["points"]:
            assert point["planned"] > 0
            confirmed = point["verdict"] == "CONFIRMED"
            assert point["detectable_shown"] or not confirmed
            # Of what is only shown no error is looked for.
            if point["verdict"] == "OBSERVED":
                assert point["smallest_detectable_error"] is None
            else:
                assert point["smallest_detectable_error"] > 0


def test_a_claim_sums_up_the_sensitivity_and_the_cost_of_its_forms(document):
    for claim in document["claims"]:
        for key in ("networks", "seconds", "decided"):
            assert claim[key] == pytest.approx(sum(form[key] for form in claim["forms"]))
        mutants = [form["mutants"] for form in claim["forms"]]
        assert claim["mutants_refuted"] == sum(len(one["refuted"]) for one in mutants)
        assert claim["mutants_judged"] >= claim["mutants_refuted"] > 0


def test_a_mutation_score_is_the_share_refuted(document):
    for form in forms(document).values():
        refuted, survived = (len(form["mutants"][outcome]) for outcome in ("refuted", "survived"))
        assert form["mutation_score"] == refuted / (refuted + survived)


WORDS = {
    "mean-eig-order": (
        {"depth": 6, "survival": 0.8},
        "Under common random numbers each quantity exceeds the one before it",
        "10 % of networks beyond one half (planned)",
    ),
    "theorem-algebra": (
        {"depth": 2, "survival": 0.5},
        "computed to 50 digits, agree within 10⁻⁴⁰ at 1 point; nothing was sampled",
        "any difference of the digits that are right",
    ),
    "eigenvalue-bounds": (
        {"depth": 1, "width": 1},
        "error probability is at most 10⁻⁶. As a bound: at its tightest the quantity was 1",
        "a bound higher by",
    ),
    "expected-fim-width": (
        {"width": 400},
        "The exponent lies in [",
        "in the exponent (shown)",
    ),
}


@pytest.mark.parametrize("claim", WORDS)
def test_each_relation_has_words_of_its_own(claim):
    point, said, caught = WORDS[claim]
    judgement = check(f"furusho2020/{claim}", device="cpu", **point).judgements[0]
    assert judgement.verdict == "CONFIRMED"
    assert said in judgement.sentence
    assert caught in judgement.detectable


def test_every_assumption_has_a_sentence_on_how_it_was_met(document):
    made = [one for form in forms(document).values() for one in form["assumptions"]]
    assert made
    assert all(one["met"] for one in made)


def test_it_is_strict_json_and_a_page_can_be_rendered_from_it(document):
    again = json.loads(json.dumps(document, allow_nan=False))
    page = opened(render_html(again))
    assert page.count("<math") >= len(forms(document))


@pytest.mark.browser
def test_a_real_report_opens_without_a_network(document, tmp_path, open_page):
    path = tmp_path / "report.html"
    path.write_text(render_html(document), encoding="utf-8")
    page = open_page(path, 400)
    assert page.console == []
    assert all(address.startswith(("file:", "data:")) for address in page.requests)
    script = (
        "return [...document.querySelectorAll('math, .plot')].filter(e => e.checkVisibility())"
        ".every(e => e.getBoundingClientRect().width > 0 && e.getBoundingClientRect().height > 0)"
    )
    assert page.driver.execute_script(script)


def test_the_catalogue_covers_the_fisher_family():
    listed = {
        "half-active", "moment-independence", "moments-resnet", "mean-eig-resnet", "moments-bn",
        "mean-eig-bn", "mean-eig-bn-coupled", "moments-sd", "mean-eig-sd", "lambda-max-sharp",
        "expected-fim-lambda-max", "hessian-fisher",
    }  # fmt: skip
    assert {f"furusho2020/{row}" for row in listed} <= set(verify.claims)


def test_a_point_whose_claimed_value_is_0_has_no_ratio_to_plot():
    verdict = check(toys.claim(toys.judged(toys.L - 2, holds=False), depths=(2, 3)))
    (panel,) = [one for one in panels(verdict) if one["y_label"] == "measured / claimed"]
    measured = {x for one in panel["series"] if one["standard_error"] for x in one["x"]}
    assert measured == {1.0, 3.0}  # 1 is where the form was seen to fail at the smallest depth


def uniform(values, *, seed, first_network, networks, device):
    numbers = range(first_network, first_network + networks)
    return {"level": np.array([np.random.default_rng([seed, k]).random() for k in numbers])}


def test_what_was_judged_at_names_alone_has_no_axis_to_be_plotted_along():
    experiment = Experiment("names", uniform, {"kind": OneOf("first", "second")})
    says = Equal("level", 0.5, largest=lambda values: 1.0)
    verdict = check(Claim("notes2026/names", "Draws have the mean one half.", says, experiment))
    assert verdict.as_expected
    assert panels(verdict) == []
