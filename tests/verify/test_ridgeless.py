"""A stranger's claim without a variance: the risk of ridgeless regression, decided at quick."""

import subprocess
import sys

CLAIMS = '''
"""The excess risk of the least interpolator on Gaussian features."""

import numpy as np
from theory.domains import Integers
from verify.model.simulation import claim

SIGNAL, NOISE = 1.0, 0.5


@claim(
    "notes2026/ridgeless",
    lambda samples, features: SIGNAL**2 * (1 - samples / features)
    + NOISE**2 * samples / (features - samples - 1),
    samples=Integers(2, 10), features=Integers(20, 40),
    examples=[{"samples": 2, "features": 20}, {"samples": 10, "features": 40}],
    within=0.06,
)
def ridgeless(generator, samples, features):
    """|X^+ y - beta|^2 where y = X beta + noise."""
    x = generator.normal(size=(samples, features))
    beta = generator.normal(size=features)
    beta *= SIGNAL / np.linalg.norm(beta)
    y = x @ beta + NOISE * generator.normal(size=samples)
    return ((x.T @ np.linalg.solve(x @ x.T, y) - beta) ** 2).sum()


CLAIMS = (ridgeless,)
'''


def test_the_risk_of_ridgeless_regression_is_decided_without_a_variance(tmp_path):
    for wrong, verdict, code in (("", "CONFIRMED", 0), ("1.1 * ", "REFUTED", 1)):
        (tmp_path / "ridgeless.py").write_text(
            CLAIMS.replace("features: SIGNAL", f"features: {wrong}SIGNAL")
        )
        words = ["check", "--claims", "ridgeless.py", "--paper", "notes2026"]
        done = subprocess.run(
            [sys.executable, "-m", "verify", *words],
            capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert done.stdout.startswith(f"{verdict} ")
