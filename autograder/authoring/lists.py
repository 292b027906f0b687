"""The lists of a course's units, in its README and its masters, made from the units themselves.

A list stands between two marks. In the README it says which functions a unit asks for, in a master
(in comments, as all its text) what one builds there and how long it takes. A table of a unit's own
(`TABLES` in its exercises.py) stands between two such marks in its master.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograder.authoring.exercise import Unit, load_unit
from autograder.course import AuthorError, units

BEGIN, END = "<!-- units: the build writes this list -->", "<!-- end of the list -->"
TABLE_END = "<!-- end of the table -->"
_MINUTES = re.compile(r"\*\*Time\*\* (\d+) minutes")


def renewed(root: Path) -> dict[Path, bytes]:
    """Every file that holds a list or a unit's table, with its content as the units are now."""
    known = [load_unit(root / "solutions" / name) for name in units(root)]
    found = {}
    for path, unit in [(root / "README.md", None), *((_master(each), each) for each in known)]:
        before = text = path.read_text(encoding="utf-8") if path.is_file() else ""
        marked = (BEGIN, END) if BEGIN in text and END in text else None
        if marked:
            rows = _built(known, path) if unit else _written(known)
            text = _between(text, BEGIN, END, rows, commented=unit is not None)
        for name, table in unit.tables.items() if unit else ():
            begin = f"<!-- {name}: the build writes this table -->"
            if begin not in text or TABLE_END not in text.split(begin, 1)[1]:
                raise AuthorError(f"{path}: {begin} or the {TABLE_END} after it is missing")
            text = _between(text, begin, TABLE_END, table.splitlines(), commented=True)
            marked = (begin, TABLE_END)
        if before and marked:
            found[path] = text.encode()
    return found


def _between(text: str, begin: str, end: str, rows: list[str], *, commented: bool) -> str:
    """`text` with these rows between its two marks; as comments in a master."""
    before, rest = text.split(begin, 1)
    lines = [begin, "", *rows, "", end]
    made = ("\n# " if commented else "\n").join(lines).replace("\n# \n", "\n#\n")
    return f"{before}{made}{rest.split(end, 1)[1]}"


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
