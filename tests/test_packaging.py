"""One list of dependencies: pyproject.toml, environment.yml and constraints.txt say the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as canonical

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
DECLARED = [
    each
    for each in map(Requirement, PROJECT["dependencies"] + LINES)
    if each.name != PROJECT["name"]  # the test extra brings the other extras
]
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([0-9][0-9a-z.!+]*)$", re.IGNORECASE)
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PIN_LINES = [line for line in CONSTRAINTS if not line.startswith("#")]
PINS = {canonical(line.split("==")[0]): line.split("==")[-1] for line in PIN_LINES}

# What conda-forge calls otherwise than the Python package index does.
CONDA_NAMES = {"playwright-python": "playwright"}

# What conda users get from the Python package index as well.
BY_PIP = {"axe-playwright-python", "fsrs", "sphinx-mathjax-offline"}

# conda resolves versions of its own: the pins are for pip's environments.
pip_environment = pytest.mark.skipif(
    (Path(sys.prefix) / "conda-meta").exists(), reason="a conda environment does not use the pins"
)


def bounds(requirements: list[Requirement]) -> dict[str, SpecifierSet]:
    return {canonical(each.name): each.specifier for each in requirements}


# --- environment.yml ------------------------------------------------------------------------------


def conda_requirements() -> list[Requirement]:
    *listed, by_pip = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    found = [Requirement(line) for line in listed + by_pip["pip"] if not line.startswith("-e")]
    for each in found:
        each.name = CONDA_NAMES.get(each.name, each.name)
    return found


def test_conda_and_pip_users_get_the_same_set_within_the_same_bounds():
    # what one system alone needs comes with the course itself, by pip
    wanted = bounds([each for each in DECLARED if each.marker is None])
    wanted["python"] = SpecifierSet(PROJECT["requires-python"])
    wanted["pip"] = SpecifierSet()  # it installs the course itself
    assert bounds(conda_requirements()) == wanted


def test_the_conda_environment_is_ours_and_holds_the_course_itself():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge"]
    assert [each for each in environment["dependencies"] if isinstance(each, dict)] == [
        {"pip": ["-e .", *(str(each) for each in DECLARED if each.name in BY_PIP)]}
    ]


def test_every_dependency_has_a_lower_bound_and_a_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for each in DECLARED:
        bounds_of = sorted(part.operator for part in each.specifier)
        assert bounds_of in ([">="], ["!=", ">="]), each  # and at most one version that is broken
        start = re.escape(each.name)
        assert re.search(rf'^    "{start}[\[>].*",  # \S', text, re.MULTILINE), each


# --- constraints.txt ------------------------------------------------------------------------------


@pytest.mark.parametrize("line", PIN_LINES)
def test_a_pin_is_one_name_and_one_version(line: str):
    assert PIN.match(line), "no address, no marker, no range"


def test_pins_are_sorted_and_no_name_comes_twice():
    assert sorted(PIN_LINES, key=str.lower) == PIN_LINES
    assert len(PINS) == len(PIN_LINES)


def test_no_registry_address_anywhere():
    for name in ("constraints.txt", "environment.yml", "pyproject.toml", "Makefile", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"(index-url|find-links|://[^\s\"')]*(simple|pypi))", text), name


@pytest.mark.parametrize("each", DECLARED, ids=lambda each: each.name)
def test_what_is_declared_is_pinned_within_its_bounds(each: Requirement):
    assert PINS[canonical(each.name)] in each.specifier


def installed_closure() -> tuple[dict[str, str], set[str]]:
    """What the declared dependencies have brought into this environment, name → version; and the
    names that something in it needs under other markers (another system, another Python)."""
    found: dict[str, str] = {}
    elsewhere: set[str] = set()
    waiting = [(canonical(each.name), frozenset(each.extras)) for each in DECLARED]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in done:
            continue
        done.add((name, extras))
        distribution = metadata.distribution(name)
        found[name] = distribution.version
        for line in distribution.requires or []:
            needed = Requirement(line)
            names = (canonical(needed.name), frozenset(needed.extras))
            markers = [{"extra": extra} for extra in sorted(extras) or [""]]
            if needed.marker is None or any(needed.marker.evaluate(each) for each in markers):
                waiting.append(names)
            elif "extra" not in str(needed.marker):
                elsewhere.add(names[0])
    return found, elsewhere


@pip_environment
def test_the_pins_are_what_is_installed_here_all_of_it_and_nothing_else():
    found, elsewhere = installed_closure()
    assert {name: PINS.get(name) for name in found} == found, "run `make pins`, then `make test`"
    assert set(PINS) - set(found) <= elsewhere, "pinned, but nothing needs it"


@pip_environment
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_no_pin_excludes_a_python_that_the_course_supports(python: str):
    assert python in SpecifierSet(PROJECT["requires-python"])
    for name in installed_closure()[0]:
        needs = metadata.metadata(name).get("Requires-Python") or ""
        assert f"{python}.9" in SpecifierSet(needs), name


@pip_environment
def test_what_is_installed_fits_together():
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


# --- the project itself ---------------------------------------------------------------------------


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert [{"name": each["name"]} for each in citation["authors"]] == PROJECT["authors"]


def test_the_command_is_installed():
    entry = metadata.distribution(PROJECT["name"]).entry_points["autograder"]
    assert entry.value == PROJECT["scripts"]["autograder"]
    assert callable(entry.load())


def test_jupyterlab_has_what_the_course_needs(tmp_path: Path):
    """The extensions enable themselves: a learner registers nothing."""
    jupyter = [sys.executable, "-m", "jupyter"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "NO_COLOR": "1"}
    shown = {
        kind: subprocess.run(
            [*jupyter, *kind.split(), "list"],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
            cwd=tmp_path,
        )
        for kind in ("labextension", "server extension")
    }
    lab = "".join((shown["labextension"].stdout, shown["labextension"].stderr))
    for name in ("@jupyter-widgets/jupyterlab-manager", "@jupyter/nbgrader", "jupyterlab-jupytext"):
        assert re.search(rf"{name} v\S+ .*enabled.*OK", lab), lab
    server = "".join((shown["server extension"].stdout, shown["server extension"].stderr))
    for name in ("nbgrader.server_extensions.formgrader", "jupyterlab_jupytext"):
        assert re.search(rf"{name}\s.*enabled", server), server


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
class TestMake:
    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            env={**clean, **variables},
        )

    def test_without_a_target_it_lists_them_in_one_screen(self):
        done = self.make()
        assert done.returncode == 0, done.stderr
        for name in ("lab", "test", "lint", "build", "check", "book", "lite", "update", "clean"):
            assert re.search(rf"^ +make {name} +\S", done.stdout, re.MULTILINE), name
        assert len(done.stdout.splitlines()) < 24

    def test_lab_honours_port_and_browser(self):
        plain = self.make("--dry-run", "lab", BROWSER="firefox").stdout
        assert "--port=8888" in plain and "--no-browser" not in plain
        server = self.make("--dry-run", "lab", "PORT=9001", "BROWSER=none").stdout
        assert "--port=9001" in server and "--no-browser" in server
        assert "notebooks/00_start_here/start_here.ipynb" in server

    def test_without_a_new_enough_python_it_says_so(self, tmp_path: Path):
        # A PATH with everything make needs but no Python.
        for name in ("sh", "cat", "test", "mktemp", "sed", "rm", "mkdir", "printf", "dirname"):
            (tmp_path / name).symlink_to(shutil.which(name) or "/bin/sh")
        (tmp_path / "make").symlink_to(shutil.which("make") or "make")
        done = self.make("pins", PATH=str(tmp_path))
        assert done.returncode != 0
        assert "needs Python 3.11 or newer" in done.stderr


def test_a_command_that_reads_notebooks_builds_no_grammar_and_loads_no_plots_for_it(tmp_path):
    """A grammar would take it two seconds (`autograder.cli.skip_slow_import`), Matplotlib a third
    of one: what a unit's exercises.py draws is SVG."""
    (tmp_path / "empty.ipynb").write_text("")
    code = "import sys; from autograder.cli import main; main(['grade', sys.argv[1]]); "
    code += "print(sorted({'lark', 'matplotlib', 'nbformat', 'jsonschema'} & sys.modules.keys()))"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "empty.ipynb")], capture_output=True, text=True
    )
    assert ran.stdout.splitlines()[-1] == "['jsonschema', 'nbformat']", ran.stderr
