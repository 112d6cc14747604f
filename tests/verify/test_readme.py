"""The worked example of the README, copied out of it and run as a reader would."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from verify import relations

pytest_plugins = ["pytester"]

LINES = re.DOTALL | re.MULTILINE
README = Path(__file__).parents[2] / "README.md"


def section(heading):
    (found,) = re.findall(rf"^## {heading}\n(.*?)^## ", README.read_text(), LINES)
    return found


def blocks(language, heading):
    return re.findall(rf"^```{language}\n(.*?)^```$", section(heading), LINES)


SHORTEST, ROOT, EXAMPLE = blocks("python", "Bring your own claim")
(DIALOGUE,) = blocks("console", "Bring your own claim")
(ENTRY_POINT,) = blocks("toml", "Bring your own claim")


def commands(dialogue):
    """Each command of a dialogue with the lines that it prints."""
    for part in dialogue.split("$ ")[1:]:
        command, *printed = part.splitlines()
        yield shlex.split(command), printed


def settled(lines):
    """What is printed, less the seconds."""
    return [re.sub(r"[\d.]+ s$", "...", line) for line in lines]


def run(words, folder, **environment):
    assert words[0] == "touchstone"
    return subprocess.run(
        [sys.executable, "-m", "verify", *words[1:]],
        capture_output=True, text=True, check=False, timeout=120, cwd=folder,
        env=os.environ | environment,
    )  # fmt: skip


def test_the_example_says_what_the_readme_shows(tmp_path):
    (tmp_path / "relu_chain.py").write_text(EXAMPLE)
    for words, printed in commands(DIALOGUE):
        done = run(words, tmp_path)
        assert done.returncode == 0, done.stderr
        assert settled(done.stdout.splitlines()) == settled(printed)
    assert "notes2026/fourth-moment" in (tmp_path / "relu_chain.html").read_text()


@pytest.mark.parametrize(
    ("file", "text", "start"),
    [
        ("relu_layer.py", SHORTEST, "notes2026/relu-layer  relu_layer  within 0.06 "),
        ("length.py", ROOT, "notes2026/length  length  within 0.06 "),
    ],
)
def test_the_shortest_claims_are_judged(tmp_path, file, text, start):
    (tmp_path / file).write_text(text)
    words = "touchstone check --claims relu_layer.py"
    assert words in section("Bring your own claim")
    words = words.replace("relu_layer.py", file)
    # At one drawn point: what states no variance takes long at each.
    done = run([*words.split(), "--examples", "1", "--device", "cpu"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"CONFIRMED    {start}")


def test_the_example_is_found_as_an_installed_package(tmp_path):
    site, about = tmp_path / "site", tmp_path / "site" / "relu_chain-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "relu_chain.py").write_text(EXAMPLE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: relu_chain\nVersion: 1.0\n")
    heading, line = ENTRY_POINT.replace('"', "").splitlines()
    assert heading == "[project.entry-points.touchstone.claims]"
    (about / "entry_points.txt").write_text(f"[touchstone.claims]\n{line}\n")
    words = ["touchstone", "list", "--paper", "notes2026"]
    done = run(words, tmp_path, PYTHONPATH=str(site))
    assert done.stdout.splitlines()[0] == "notes2026/fourth-moment"


def test_a_paper_is_added_as_the_readme_shows(capsys):
    (block,) = blocks("python", "Add a paper")
    exec(block, {})
    assert capsys.readouterr().out == f"{block.splitlines()[-1].split('# ')[1]}\n"


def test_a_network_of_ones_own_is_measured_as_the_readme_shows(capsys):
    (block,) = blocks("python", "Measure your own network")
    exec(block, {})
    assert capsys.readouterr().out == f"{block.splitlines()[-1].split('# ')[1]}\n"


def test_a_trajectory_is_recorded_as_the_readme_shows(capsys):
    (block,) = blocks("python", "Record a trajectory")
    exec(block, {})
    shown = re.findall(r"[\d.]+", block.splitlines()[-1].split("# ")[1])
    found = re.findall(r"[\d.]+", capsys.readouterr().out)
    # Adam's last digits are those of the machine's products.
    assert [float(one) for one in found] == pytest.approx([float(one) for one in shown], rel=0.01)


def test_it_says_that_a_file_of_claims_is_run():
    assert "`--claims FILE` runs the file" in section("Bring your own claim")


def test_the_install_that_the_readme_gives_for_property_tests_brings_pytest():
    (command,) = blocks("sh", "Property tests")[:1]
    (extra,) = re.findall(r"--editable '\.\[(\w+)\]'$", command.strip())
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    brought = project["optional-dependencies"]
    assert any(name.startswith("pytest") for name in brought[extra])
    assert not any("pytest" in name for name in brought["all"])  # which is what make report has


def test_the_property_tests_pass(pytester):
    (block,) = blocks("python", "Property tests")
    pytester.makepyfile(block)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_table_of_statements_names_every_one():
    rows = re.findall(r"^\| (`.*?`) \|", section("How a verdict is reached"), re.MULTILINE)
    named = {name.strip("`") for row in rows for name in row.split(", ")}
    listed = (getattr(relations, name) for name in relations.__all__)
    statements = {one.__name__ for one in listed if issubclass(one, relations.Statement)}
    assert statements - {"Statement"} <= named
