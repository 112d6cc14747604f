"""What a reader's browser makes of the report, with the network off."""

import json
from pathlib import Path

import pytest

from verify.report.page import write_report

pytestmark = pytest.mark.browser

WIDTHS = pytest.mark.parametrize("width", [1280, 500, 400])
OPEN_ALL = """
const done = arguments[arguments.length - 1];
ready.then(() => {
  claims.forEach(draw);
  for (const one of document.querySelectorAll("details")) one.open = true;
  requestAnimationFrame(() => setTimeout(done));
});
"""
VERDICTS = "return [...document.querySelectorAll('.claim')].map(one => [one.id, one.hidden])"


@pytest.fixture(scope="module")
def document():
    return json.loads(Path(__file__).with_name("sample_document.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def report(document, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(document, path)
    return path


def test_the_page_asks_for_itself_alone(open_page, report):
    page = open_page(report, 1280)
    asked = [url for url in page.requests if not url.startswith("data:")]
    assert asked == [report.as_uri()]


@WIDTHS
def test_the_console_stays_empty(open_page, report, width):
    assert open_page(report, width).console == []


@WIDTHS
def test_what_is_open_at_first_is_a_few_screens(open_page, report, width):
    height, opened = open_page(report, width).driver.execute_script(
        "return [document.documentElement.scrollHeight,"
        " document.querySelectorAll('details[open]:not(.finding)').length]"
    )
    assert opened == 0
    assert height < 9000


@WIDTHS
@pytest.mark.parametrize("tag", ["math", ".plot"])
def test_every_formula_and_figure_is_seen(open_page, report, tag, width):
    driver = open_page(report, width).driver
    driver.execute_async_script(OPEN_ALL)
    sizes = driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])]"
        ".map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])",
        tag,
    )
    assert sizes
    # A line of text is about 20 pixels high, and no formula is one sign alone.
    assert all(w > 20 and h > 10 for w, h in sizes)


@WIDTHS
def test_the_page_never_scrolls_sideways(open_page, report, width):
    driver = open_page(report, width).driver
    shut = driver.execute_script("return document.documentElement.scrollWidth")
    driver.execute_async_script(OPEN_ALL)
    scroll, client = driver.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert max(shut, scroll) <= client <= width


@pytest.mark.parametrize(("width", "opened"), [(1280, True), (400, False)])
def test_a_finding_is_a_line_where_the_screen_is_narrow(open_page, report, width, opened):
    driver = open_page(report, width).driver
    findings = "[...document.querySelectorAll('.finding')]"
    found = driver.execute_script(f"return {findings}.map(one => [one.open, one.offsetHeight])")
    assert found
    assert {is_open for is_open, _ in found} == {opened}
    assert opened or max(height for _, height in found) < 60
    driver.execute_script(f"location.hash = {findings}[0].id")
    driver.execute_async_script(
        "const done = arguments[0]; ready.then(() => setTimeout(done, 200))"
    )
    assert driver.execute_script(f"return {findings}[0].open")


@pytest.mark.parametrize("place", ["", "/corrected"])
def test_a_link_to_a_claim_or_a_form_opens_the_claim(open_page, report, place):
    driver = open_page(report, 1280).driver
    claim = "furusho2020/mean-eig-bn"
    driver.execute_script(f"location.hash = '{claim}{place}'")
    driver.execute_async_script(
        "const done = arguments[0]; ready.then(() => setTimeout(done, 200))"
    )
    opened, top = driver.execute_script(
        "return [document.getElementById(arguments[0]).open,"
        " document.getElementById(arguments[1]).getBoundingClientRect().top]",
        claim,
        claim + place,
    )
    assert opened
    assert -1 <= top < 900


def choose(driver, name, value):
    driver.execute_script(
        "const field = filter.elements[arguments[0]]; field.value = arguments[1];"
        "field.dispatchEvent(new Event('change', {bubbles: true}))",
        name,
        value,
    )
    return {claim for claim, hidden in driver.execute_script(VERDICTS) if not hidden}


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("paper", "zhang2022", {"zhang2022/forward-stability"}),
        ("verdict", "REFUTED", {"furusho2020/mean-eig-bn", "furusho2020/mean-eig-sd"}),
        ("kind", "wrong assumption", {"furusho2020/mean-eig-sd"}),
    ],
)
def test_claims_are_filtered(open_page, report, name, value, left):
    assert choose(open_page(report, 1280).driver, name, value) == left


def test_a_link_to_what_is_filtered_out_shows_it(open_page, report):
    driver = open_page(report, 1280).driver
    choose(driver, "paper", "zhang2022")
    driver.execute_script("location.hash = 'furusho2020/mean-eig-bn'")
    driver.execute_async_script(
        "const done = arguments[0]; ready.then(() => setTimeout(done, 200))"
    )
    assert not any(hidden for _, hidden in driver.execute_script(VERDICTS))


def test_printing_opens_everything(open_page, report):
    driver = open_page(report, 1280).driver
    driver.execute_async_script("ready.then(arguments[0])")
    count = "return document.querySelectorAll('details:not([open])').length"
    driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    during = driver.execute_script(count)
    driver.execute_script("dispatchEvent(new Event('afterprint'))")
    assert during == 0 < driver.execute_script(count)


def test_every_anchor_leads_somewhere(open_page, report):
    driver = open_page(report, 1280).driver
    links, lost = driver.execute_script(
        "const hashes = [...document.querySelectorAll('a[href^=\"#\"]')].map(one => one.hash);"
        "const target = hash => document.getElementById(decodeURIComponent(hash.slice(1)));"
        "return [hashes.length, hashes.filter(hash => !target(hash))]"
    )
    assert links > 10
    assert lost == []


def test_markup_in_a_text_is_shown_and_not_obeyed(open_page, report, document):
    driver = open_page(report, 1280).driver
    driver.execute_async_script(OPEN_ALL)
    text = driver.execute_script("return document.body.innerText")
    assert "<script>document.title = 'broken'</script> & \"quotes\" stay as written." in text
    assert driver.title == document["title"]


def test_a_copy_button_copies_the_text_beside_it(open_page, report):
    driver = open_page(report, 1280).driver
    driver.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    driver.execute_async_script(OPEN_ALL)
    copied, shown = driver.execute_async_script(
        "const done = arguments[0], text = document.querySelector('pre[data-copy]');"
        "const shown = text.firstChild.data;"
        "text.querySelector('button').click();"
        "setTimeout(async () => done([await navigator.clipboard.readText(), shown]), 200)"
    )
    assert copied == shown != ""


def test_figures_stand_on_white_in_the_dark(open_page, report):
    driver = open_page(report, 1280).driver
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    page, figure = driver.execute_script(
        "return ['body', '.panels svg'].map(one =>"
        " getComputedStyle(document.querySelector(one)).backgroundColor)"
    )
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert page == "rgb(21, 23, 26)"
    assert figure == "rgb(255, 255, 255)"
