"""The report as text: what it says, what it escapes, how it reaches the disk."""

import copy
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opened_pages import opened
from verify.report.page import (
    _undecided,
    beside_error,
    formula,
    mathml,
    number,
    percent,
    render_html,
    require_writable,
    write_report,
)

VOID = {"meta", "link"}


class Outline(HTMLParser):
    """Ids, links and addresses of a page, all of it open; raises where tags do not nest."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.addresses, self.words, self.open = [], [], [], [], []
        self.feed(opened(page))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        named = dict(attrs)
        if "id" in named:
            self.ids.append(named["id"])
        if tag == "a":
            self.links.append(named["href"])
        elif "href" in named or "src" in named:
            self.addresses.append(named.get("href") or named.get("src"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def sample():
    return json.loads(Path(__file__).with_name("sample_document.json").read_text("utf-8"))


@pytest.fixture
def document(sample):
    return copy.deepcopy(sample)


@pytest.fixture(scope="module")
def page(sample):
    return render_html(sample)


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


@pytest.fixture
def short(document):
    """Return a document of one claim without pictures, which renders at once."""
    claim = document["claims"][1]
    claim["panels"] = []
    return {**document, "figures": [], "claims": [claim]}


def test_tags_nest_and_ids_are_unique(outline):
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_every_link_stays_on_the_page_and_resolves(outline):
    assert {unquote(link.removeprefix("#")) for link in outline.links} <= set(outline.ids)


def test_nothing_is_loaded_from_elsewhere(page, outline):
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert "@import" not in page
    assert "url(h" not in page


def test_every_form_has_its_place(sample, outline):
    for claim in sample["claims"]:
        assert claim["id"] in outline.ids
        for form in claim["forms"]:
            assert f"{claim['id']}/{form['form']}" in outline.ids
            assert form["sentence"] in outline.text
            assert form["latex"] in outline.text
            assert form["python"] in outline.text


def test_the_summary_says_what_was_found(outline):
    assert (
        "6 claims judged in 8 forms: 4 confirmed, 2 refuted, 1 inconclusive, 1 infeasible, "
        "0 observed. Every verdict is the one that the catalogue expects." in outline.text
    )
    assert "Paper Claims confirmed refuted inconclusive infeasible" in outline.text
    assert "Furusho et al. (2020) 5 3 2 1 1" in outline.text


def test_a_refuted_form_shows_its_smallest_counterexample_and_how_to_repeat_it(outline):
    assert "At depth = 2 (simulated with width = 1024, samples = 64)" in outline.text
    assert "the formula says 1.4167; networks give 1.4970" in outline.text
    limit = "extrapolated to the limit of width, samples"
    assert f"with a standard error of 0.0018, {limit}, which is 1.057 times" in outline.text
    assert f"measured 1.4970 , {limit} (standard error 0.0018)" in outline.text
    assert "Repeated with the fresh seed 20201: refuted." in outline.text
    assert "check furusho2020/mean-eig-bn --form printed --at depth=2 --seed 20200" in outline.text


def finding(short, **counterexample):
    """What the report says first of a refuted form, its counterexample changed."""
    (refuted,) = (form for form in short["claims"][0]["forms"] if form["counterexample"])
    refuted["counterexample"].update(counterexample)
    return Outline(render_html(short)).text


def test_a_finding_names_the_form_that_is_right_and_the_remainder_allowed_to_both(short):
    successor = next(form["superseded_by"] for form in short["claims"][0]["forms"])
    text = finding(short, corrected=1.52, finite_size=0.01)
    assert f"; {successor} says 1.5200. Finite-size remainder allowed to both: 1 %." in text


def test_a_finding_says_what_the_paper_says_there_and_what_falls_with_it(outline, sample):
    readings = [form["reading"] for claim in sample["claims"] for form in claim["forms"]]
    told = [words for reading in readings if reading for words in reading.values()]
    assert told
    assert all(words in outline.text for words in told)


def test_a_finding_is_silent_on_a_remainder_that_is_not_stated(short):
    assert "remainder allowed" not in finding(short, finite_size=0.0)


def test_a_point_outside_the_assumptions_is_marked(outline):
    assert "not counted: depth over D/64 is outside the limit of large width" in outline.text


def test_mutants_are_shown_where_there_are_any(short):
    text = Outline(render_html(short)).text
    assert text.count("Mutation score") == 1
    assert "Mutation score 50 %: 1 refuted, 1 survived" in text
    assert "3 mutants, 1 survived" in text
    survivor = "D**2 → (D + 1)**2 (D + 1)**2 0.2 % 3 % depth = 3, width = 1024"
    assert survivor in text
    assert "1 refuted; 1 survived; 1 equal on the domain (not counted)." in text


def test_the_summary_shows_sensitivity_and_cost_of_each_claim(outline):
    assert "furusho2020/mean-eig-bn 1 <= L <= 50 10 of 10 1 of 2, 50 % 1.7 %" in outline.text


def test_what_was_not_decided_is_named_at_the_top_and_is_no_pass(outline):
    assert (
        "Not decided, and not a pass: furusho2020/lambda-max-sharp (0 of 4 trials decided), "
        "furusho2020/expected-fim-lambda-max (0 of 4 trials decided)." in outline.text
    )


def test_the_pooled_evidence_is_shown_beside_what_would_refute(short):
    text = Outline(render_html(short)).text
    assert "Pooled log e-value 6 points: above −0.41; below 1.2 (15.2 refutes)" in text


def test_what_was_found_comes_first_and_how_it_was_done_last(page):
    order = [page.index(f'<section id="{name}"') for name in SECTIONS]
    assert order == sorted(order)


SECTIONS = ("summary", "findings", "figures", "claims", "method")


def test_the_printed_line_and_the_right_one_stand_side_by_side(short):
    printed, right = short["claims"][0]["forms"]
    printed["superseded_by"] = right["form"]
    page = render_html(short)
    found = page[page.index('<details class="finding"') : page.index("What is claimed")]
    assert found.index('<div class="refuted">') < found.index('<div class="confirmed">')
    assert found.count("<math") == 2


def test_a_finding_or_claim_says_what_it_can_be_filtered_by(page):
    assert 'data-paper="furusho2020" data-verdict="REFUTED|CONFIRMED" data-kind="equal"' in page
    assert 'data-verdict="REFUTED" data-kind="equal|wrong assumption"' in page
    assert '<option value="wrong assumption">' in page


def test_matters_of_reading_come_last(document):
    claims = document["claims"]
    printed = claims[1]["forms"][0]
    printed["reading"] = {**claims[2]["forms"][0]["reading"], "kind": "matter of reading"}
    page = render_html({**document, "figures": []})
    places = [page.index(f'id="finding/furusho2020/mean-eig-{name}/') for name in ("sd", "bn")]
    assert places == sorted(places)


def test_what_stands_below_a_claim_is_packed_to_a_fraction_of_its_length(page):
    (packed,) = re.findall(r'type="text/plain">(.*?)</script>', page)
    assert 4 * len(packed) < len(opened(page)) - len(page)


def test_what_all_points_share_is_told_once(short):
    form = short["claims"][0]["forms"][0]
    for point in form["points"]:
        point["setting"]["width"] = 1024
    text = Outline(render_html(short)).text
    assert "At each: width 1024;" in text


def test_of_many_survivors_those_that_differ_most_are_named(short):
    (form,) = (one for one in short["claims"][0]["forms"] if one["mutants"])
    (mutant,) = form["mutants"]["survived"]
    form["mutants"]["survived"] = [
        {**mutant, "change": f"change {k}", "difference": k / 100} for k in range(50)
    ]
    text = Outline(render_html(short)).text
    assert "change 49" in text
    assert "change 41" not in text
    assert "50 survived; 1 equal on the domain (not counted). Of the survivors those are" in text


def test_it_is_told_why_mutants_survived(short):
    (form,) = (one for one in short["claims"][0]["forms"] if one["mutants"])
    (mutant,) = form["mutants"]["survived"]
    told = [(0.02, 0.05), (0.05, 0.05), (3.0, 0.05), (3.0, None), (None, None)]
    form["mutants"]["survived"] = [
        {**mutant, "difference": difference, "detectable": detectable}
        for difference, detectable in told
    ]
    text = Outline(render_html(short)).text
    assert "Of the survivors 2 differ by less than the evidence would have caught and 3 lie" in text


def test_a_plan_that_no_number_of_networks_meets_says_so(short):
    short["claims"][0]["forms"][0]["points"][0]["planned"] = None
    assert "no number suffices" in Outline(render_html(short)).text


@pytest.mark.parametrize(
    ("unexpected", "words"),
    [(1, "One verdict is not the one that"), (3, "3 verdicts are not those that")],
)
def test_an_unexpected_verdict_is_announced(short, unexpected, words):
    short["unexpected"] = unexpected
    short["claims"][0]["forms"][0].update(as_expected=False, expected="CONFIRMED")
    text = Outline(render_html(short)).text
    assert words in text
    assert "Not expected: the catalogue expects confirmed." in text


def test_bars_are_spoken_of_where_a_figure_has_some(document):
    figures = copy.deepcopy(document["figures"])

    def text():
        return Outline(render_html({**document, "claims": [], "figures": figures})).text

    assert "Bars reach two standard errors" in text()
    for panel in figures[0]["panels"]:
        for one in panel["series"]:
            one["standard_error"] = None
    assert "Bars reach" not in text()


def test_a_report_without_claims_is_a_report(document):
    text = Outline(render_html({**document, "claims": [], "figures": []})).text
    assert "0 claims judged in 0 forms" in text
    assert "No form was refuted." in text


def test_markup_is_escaped_wherever_a_text_stands(short):
    def marked(value):
        if isinstance(value, str):
            return value + "<img src=x>&"
        if isinstance(value, list):
            return [marked(one) for one in value]
        if isinstance(value, dict):
            fixed = {"verdict", "repeat_verdict"}
            return {key: one if key in fixed else marked(one) for key, one in value.items()}
        return value

    page = opened(render_html(marked(short)))
    assert "<img" not in page
    assert page.count("&lt;img src=x&gt;&amp;") > 100


def test_the_same_document_gives_the_same_page(sample, page):
    assert render_html(sample) == page


def test_a_missing_key_is_named(short):
    del short["claims"][0]["statement"]
    with pytest.raises(jinja2.UndefinedError, match="statement"):
        render_html(short)


@pytest.mark.parametrize("latex", [r"\text{<script>}", "a < b", r"a \& b", r"\Gamma(x) \le \pi"])
def test_mathml_is_well_formed_and_free_of_markup(latex):
    root = ElementTree.fromstring(mathml(latex))
    assert {element.tag for element in root.iter()} <= {
        *("math", "mrow", "mtext", "mi", "mo"),
    }


def test_latex_that_cannot_be_read_is_shown():
    with pytest.raises(ValueError, match=r"latex cannot be read \(Extra\w+\): \\left\( x"):
        mathml(r"\left( x")


def test_words_behind_a_formula_are_text_that_wraps():
    assert formula(r"\rho\text{, the <rate>}").endswith("</math>, the &lt;rate&gt;")
    assert formula(r"\rho\text{, a} + 1") == mathml(r"\rho\text{, a} + 1")


def test_mathml_sets_sums_and_capital_greek_as_tex_does():
    written = mathml(r"\sum_{l=1}^{L} \Gamma(l)")
    assert "<munderover><mo>∑</mo>" in written
    assert '<mi mathvariant="normal">Γ</mi>' in written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1 + 0.2, "0.3"),
        (17 / 12, "1.417"),
        (-0.25, "−0.25"),
        (0.0, "0"),
        (9999, "9999"),
        (20_000, "20\u202f000"),
        (123456.7, "123\u202f457"),
        (1e-6, "10⁻⁶"),
        (3.2e-5, "3.2 × 10⁻⁵"),
        (-(2.0**40), "−1.1 × 10¹²"),
        (2**40, "1.1 × 10¹²"),
        (999999.99, "10⁶"),
        (float("inf"), "∞"),
        (float("nan"), "not a number"),
        (True, "True"),
        ("relu", "relu"),
        (None, "–"),
    ],
)
def test_numbers_are_written_for_people(value, written):
    assert number(value) == written


def read(written):
    """Return the value of a positive number as the report writes it."""
    pattern = "(?:([0-9.]+)(?: × |$))?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?"
    mantissa, power = re.fullmatch(pattern, written.replace("\u202f", "")).groups()
    exponent = (power or "0").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(f"{mantissa or 1}e{exponent}")


@given(st.floats(min_value=1e-300, max_value=1e300))
@settings(derandomize=True, database=None, deadline=None)
def test_a_written_number_is_right_to_four_digits(value):
    # Half a unit of the fourth digit, relative to a value that begins with 1.
    assert read(number(value)) == pytest.approx(value, rel=5.01e-4)


@pytest.mark.parametrize(
    ("value", "standard_error", "written"),
    [
        (1.497, 0.0018, "1.4970"),
        (1264.71, 5.5, "1264.7"),
        (123456.7, 340.0, "123\u202f457"),
        (0.0018, 0.0018, "0.0018"),
        (2.389e11, 2.7e10, "2.389 × 10¹¹"),
        (17 / 12, 0.0, "1.417"),
        (17 / 12, None, "1.417"),
        (None, None, "–"),
    ],
)
def test_a_measurement_has_the_digits_that_its_error_allows(value, standard_error, written):
    assert beside_error(value, standard_error) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0.03, "3 %"), (1.0, "100 %"), (0.00049, "0.049 %"), (None, "–")]
)
def test_shares_are_written_as_percentages(share, written):
    assert percent(share) == written


def test_page_and_data_stand_side_by_side(short, tmp_path):
    write_report(short, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text("utf-8") == render_html(short)
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == short
    assert len(list(tmp_path.iterdir())) == 2


def test_a_number_that_json_lacks_is_refused_before_anything_is_written(short, tmp_path):
    short["claims"][0]["forms"][0]["points"][0]["theory"] = float("nan")
    with pytest.raises(ValueError, match="document holds a number that JSON cannot write"):
        write_report(short, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("report.json", ValueError, r"path must not end in \.json"),
        ("missing/report.html", FileNotFoundError, "missing"),
        (".", IsADirectoryError, "path must name a file"),
    ],
)
def test_a_path_that_cannot_take_a_report_is_refused_before_the_work(
    short, tmp_path, name, error, words
):
    with pytest.raises(error, match=words):
        require_writable(tmp_path / name)
    with pytest.raises(error, match=words):
        write_report(short, tmp_path / name)


def test_a_path_that_can_take_a_report_is_left_as_it_was(tmp_path):
    require_writable(tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_leaves_the_old_report(short, tmp_path, monkeypatch):
    write_report(short, tmp_path / "report.html")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_report({**short, "title": "new"}, tmp_path / "report.html")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_claim_is_undecided_where_one_of_its_forms_is():
    refuted = {"forms": [{"verdict": "REFUTED"}], "decided": 170, "points": 172}
    open_ = {"forms": [{"verdict": "CONFIRMED"}, {"verdict": "INCONCLUSIVE"}]}
    assert _undecided([refuted, open_]) == [open_]
