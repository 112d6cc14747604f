"""What a reader's browser makes of the report, with the network off."""

import json
from pathlib import Path

import pytest

from verify.report.page import write_report

pytestmark = pytest.mark.browser

WIDTHS = pytest.mark.parametrize("width", [1280, 400])


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
@pytest.mark.parametrize("tag", ["math", "svg"])
def test_every_formula_and_figure_is_seen(open_page, report, tag, width):
    sizes = open_page(report, width).driver.execute_script(
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
    scroll, client = driver.execute_script(
        "for (const one of document.querySelectorAll('details')) one.open = true;"
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert scroll <= client <= width


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
    text = driver.execute_script("return document.body.innerText")
    assert "<script>document.title = 'broken'</script> & \"quotes\" stay as written." in text
    assert driver.title == document["title"]


def test_a_copy_button_copies_the_text_beside_it(open_page, report):
    driver = open_page(report, 1280).driver
    driver.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    copied, shown = driver.execute_async_script(
        "const done = arguments[0], text = document.querySelector('pre[data-copy]');"
        "text.previousElementSibling.click();"
        "setTimeout(async () =>"
        " done([await navigator.clipboard.readText(), text.textContent]), 200)"
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
