"""One thread for all contenders, and a table of the results at the end."""

import pytest
import torch

_TABLE = pytest.StashKey[list]()
_HEAD = ("case", "peer", "peer ms", "ours ms", "ratio", "share of matmul rate")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def report(request):
    """Called with the cells of one row of the final table."""
    return request.config.stash.setdefault(_TABLE, []).append


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash.get(_TABLE, [])
    if not rows:
        return
    terminalreporter.section("time for one network, float64, one thread")
    widths = [max(len(row[k]) for row in (_HEAD, *rows)) for k in range(len(_HEAD))]
    for row in (_HEAD, *rows):
        cells = zip(row, widths, strict=True)
        terminalreporter.write_line("  ".join(cell.rjust(width) for cell, width in cells))
