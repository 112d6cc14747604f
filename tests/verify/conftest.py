"""What several tests of verify need: a browser, the command line, claims of others."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from verify import claims
from verify.command_line import main

if TYPE_CHECKING:
    from selenium import webdriver

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class OpenPage:
    """A page that has loaded: its driver, the addresses it asked for, its console's lines."""

    driver: webdriver.Chrome
    requests: list[str]
    console: list[str]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    if not CHROMIUM.exists() and "CI" not in os.environ:
        pytest.skip(f"needs {CHROMIUM}")
    # Not at the top: whoever runs the claims of the catalogue here needs no browser.
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService("/usr/bin/chromedriver")
    with webdriver.Chrome(options=options, service=service) as driver:
        driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        yield driver


@pytest.fixture
def open_page(browser: webdriver.Chrome) -> Callable[[Path, int], OpenPage]:
    def open_page(path: Path, width: int) -> OpenPage:
        for log in ("browser", "performance"):
            browser.get_log(log)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(path.resolve().as_uri())
        events = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
        return OpenPage(
            driver=browser,
            requests=[
                event["params"]["request"]["url"]
                for event in events
                if event["method"] == "Network.requestWillBeSent"
            ],
            console=[line["message"] for line in browser.get_log("browser")],
        )

    return open_page


@pytest.fixture
def touchstone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process, in a folder of its own; status, output and complaints."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        return int(end.value.code or 0), out, err

    return run


@pytest.fixture
def own_catalogue(tmp_path: Path) -> Iterator[None]:
    """The catalogue, the modules of a test's folder and the path are again as they were."""
    before = list(claims.values())
    path = list(sys.path)
    yield
    for claim_id in list(claims):
        claims.remove(claim_id)
    claims.add(*before)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    sys.path[:] = path
