"""Measure the tables of C10k at every depth and keep what is found: `make tables`.

    python -m numerics.weight_paths.trained.record FILE

FILE is CSV, a row for each network: the largest variation of three runs, in float64. Rows that it
holds are not measured again, so that a run which was stopped goes on where it was.
"""

import argparse
import csv
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from numerics.weight_paths.trained.c10k import MODELS, C10k, measure_c10k

NETWORKS = {128: 10, 256: 10, 512: 10, 1024: 10, 2048: 10, 4096: 3, 8192: 3, 16384: 3, 32768: 3}
"""How many networks are trained at a depth."""

HEADS = ("model", "depth", "network", "variation")
SEED = 0


def main() -> None:
    """Measure what the file named on the command line does not hold yet."""
    parser = argparse.ArgumentParser(description="Measure the tables of C10k.")
    parser.add_argument("file", type=Path, help="CSV file to begin or to go on with")
    record(parser.parse_args().file, NETWORKS)


def record(file: Path, networks: dict[int, int]) -> None:
    """Append to a file what it does not hold yet, shallow networks first.

    Args:
        file: path of a CSV file, made if there is none.
        networks: how many networks to train at each depth.

    Raises:
        ValueError: the file is none that this has written, or by other settings.
    """
    held = _held(file)
    cells = [(model, depth) for depth in sorted(networks) for model in MODELS]
    work = sum(depth * networks[depth] for _, depth in cells)
    done, begun = 0, time.monotonic()
    with file.open("a", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        if not held:
            day = datetime.now(UTC).date()
            opened.write(f"# make tables, Touchstone {version('touchstone')}, {day}\n")
            writer.writerow(HEADS)
        for model, depth in cells:
            first = held.get((model, depth), 0)
            if first < networks[depth]:
                more = networks[depth] - first
                found = measure_c10k(
                    C10k(model=model, depth=depth), networks=more, seed=SEED, first_network=first
                )
                writer.writerows(
                    (model, depth, first + k, repr(float(value)))
                    for k, value in enumerate(found.per_network)
                )
                opened.flush()
                done += depth * more
                left = (time.monotonic() - begun) * (work / done - 1) / 60
                print(f"{model} at {depth} layers; {left:.0f} min left", file=sys.stderr)
            else:
                work -= depth * networks[depth]


def _held(file: Path) -> dict[tuple[str, int], int]:
    """Return how many networks of each cell a file holds, its last line left out if cut off."""
    if not file.exists():
        return {}
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        file.write_text(whole, encoding="utf-8")
    rows = list(csv.reader(line for line in whole.splitlines() if not line.startswith("#")))
    if not rows:
        return {}
    if tuple(rows[0]) != HEADS:
        raise ValueError(f"{file}: must begin with {','.join(HEADS)}")
    held: dict[tuple[str, int], int] = {}
    for model, depth, network, _ in rows[1:]:
        cell = (model, int(depth))
        if int(network) != held.get(cell, 0):
            raise ValueError(f"{file}: {model} at {depth} layers: network {network} is out of turn")
        held[cell] = held.get(cell, 0) + 1
    _require_same(file, rows[1:])
    return held


def _require_same(file: Path, rows: list[list[str]]) -> None:
    """Measure the first row of the file once more: settings may have changed."""
    for model, depth, network, variation in rows[:1]:
        found = measure_c10k(
            C10k(model=model, depth=int(depth)),
            networks=1, seed=SEED, first_network=int(network),
        )  # fmt: skip
        (value,) = found.per_network
        if abs(float(variation) - value) > 1e-9 * value:
            raise ValueError(
                f"{file}: {model} at {depth} layers is {variation} there and {value} now: "
                "remove the file to measure all of it anew"
            )


if __name__ == "__main__":
    main()
