"""Prints the oldest versions that pyproject.toml allows, as constraints of pip: `make test-oldest`.

Of PyTorch it is the version that constraints.txt names: of older ones there are no builds for CPUs
on PyPI, so that its bound is the one that is not tried.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def oldest() -> dict[str, str]:
    """The lower bound of each package that Touchstone, one of its extras or a build of it needs."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
    found = (re.fullmatch(r"([\w-]+)[>=]=([\d.]+)", one) for one in wanted)
    bounds = {one[1]: one[2] for one in found if one is not None}
    (torch,) = re.findall(r"^torch==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    return {**bounds, "torch": torch}


if __name__ == "__main__":
    for name, version in oldest().items():
        print(f"{name}=={version}")
