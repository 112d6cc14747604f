"""One thread for all contenders, timed in turns, and tables of the results at the end."""

import math
import time
import timeit

import pytest

from numerics.simulation.batched import one_thread

_TABLES = pytest.StashKey[dict]()
TURNS = 5  # at least
REPEATS = 3  # of a run in its turn
SECONDS = 2  # at least, for all contenders together


@pytest.fixture(autouse=True, scope="session")
def single_thread():
    with one_thread():
        yield


@pytest.fixture(scope="session")
def best_times():
    """Return the best time of each run in seconds.

    The runs take turns, to meet the same machine, a few times each, to find their own data in the
    cache.
    """

    def measured(*runs):
        best = [math.inf] * len(runs)
        start, turns = time.perf_counter(), 0
        while turns < TURNS or time.perf_counter() - start < SECONDS:
            for contender, run in enumerate(runs):
                times = timeit.repeat(run, number=1, repeat=REPEATS)
                best[contender] = min(best[contender], *times)
            turns += 1
        return best

    return measured


@pytest.fixture
def report(request):
    """Called with the title of a table and the cells of a row, by the names of their columns."""
    tables = request.config.stash.setdefault(_TABLES, {})
    return lambda title, **cells: tables.setdefault(title, []).append(cells)


def pytest_terminal_summary(terminalreporter, config):
    for title, rows in config.stash.get(_TABLES, {}).items():
        terminalreporter.section(title)
        lines = [[name.replace("_", " ") for name in rows[0]], *(row.values() for row in rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = zip(line, widths, strict=True)
            terminalreporter.write_line("  ".join(cell.rjust(width) for cell, width in cells))
