"""The lists of a course's units, in its README and its masters, made from the units themselves.

A list stands between two marks. In the README it says which functions a unit asks for, in a master
(in comments, as all its text) what one builds there and how long it takes.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograder.authoring.exercise import Unit, load_unit
from autograder.course import units

BEGIN, END = "<!-- units: the build writes this list -->", "<!-- end of the list -->"
_MINUTES = re.compile(r"\*\*Time\*\* (\d+) minutes")


def renewed(root: Path) -> dict[Path, bytes]:
    """Every file that holds a list, with its content as the units are now."""
    known = [load_unit(root / "solutions" / name) for name in units(root)]
    found = {}
    for path in [root / "README.md", *map(_master, known)]:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if BEGIN not in text or END not in text:
            continue
        master = path.suffix == ".py"
        rows = _built(known, path) if master else _written(known)
        before, rest = text.split(BEGIN, 1)
        lines = [BEGIN, "", *rows, "", END]
        made = ("\n# " if master else "\n").join(lines).replace("\n# \n", "\n#\n")
        found[path] = f"{before}{made}{rest.split(END, 1)[1]}".encode()
    return found


def _master(unit: Unit) -> Path:
    return unit.folder / f"{unit.notebook}.py"


def _titled(unit: Unit) -> str:
    return f"{unit.name.partition('_')[0]} {unit.title}"


def _written(known: list[Unit]) -> list[str]:
    rows = [
        f"| {_titled(unit)} | {', '.join(f'`{id}`' for id in unit.exercises)} |" for unit in known
    ]
    return ["| unit | you write |", "|---|---|", *rows]


def _built(known: list[Unit], here: Path) -> list[str]:
    rows, whole = [], 0
    for unit in known:
        said = _MINUTES.search(_master(unit).read_text(encoding="utf-8"))
        minutes = int(said[1]) if said else 0
        whole += minutes
        link = f"[{_titled(unit)}](../{unit.name}/{unit.notebook}.ipynb)"
        name = _titled(unit) if _master(unit) == here else link
        rows.append(f"| {name} | {unit.builds} | {minutes or ''} |")
    together = f"| together | | about {round(whole / 60)} hours |"
    return ["| unit | you build | minutes |", "|---|---|---|", *rows, together]
