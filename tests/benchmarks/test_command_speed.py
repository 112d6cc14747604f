"""The command `eval` from a cold start against the call in Python."""

import statistics
import subprocess
import sys
import time

import pytest

ALLOWED = 1.5
"""Times the time of the call, both in the median: starts vary by a third, and the best are luck."""

ROUNDS = 15
"""Of one start each, in turns."""

CALLS = {
    ("furusho2020/mean-eig-resnet", "depth=3"): "fisher.mean_eigenvalue_resnet(depth=3)",
    ("luo2018/zeta-linear", "batch_size=32", "eigenvalue=0.5", "--form", "zeta_linear"): (
        "batch_norm.zeta_linear(batch_size=32, eigenvalue=0.5)"
    ),
}


def run(*command):
    return subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)


def seconds(*command):
    start = time.perf_counter()
    run(*command)
    return time.perf_counter() - start


@pytest.mark.parametrize("words", CALLS, ids=lambda words: words[0])
def test_eval_takes_little_more_than_the_call(words, report):
    call = CALLS[words]
    cold = f"from theory import {call.partition('.')[0]}; print({call})"
    told = run("-m", "verify", "eval", *words).stdout.partition("= ")[2]
    assert float(told) == pytest.approx(float(run("-c", cold).stdout), rel=1e-13)
    rounds = [(seconds("-m", "verify", "eval", *words), seconds("-c", cold)) for _ in range(ROUNDS)]
    own, other = map(statistics.median, zip(*rounds, strict=True))
    report(
        "The command eval over the call in Python, both from a cold start",
        claim=words[0],
        ratio=f"{own / other:.2f}",
        goal=f"{ALLOWED}",
    )
    assert own <= ALLOWED * other
