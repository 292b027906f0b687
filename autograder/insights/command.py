"""The commands `insights` and `similar`: what they print and write, and their exit codes."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Refused, root
from autograder.files import write_out
from autograder.grading.verdict import counted, printable


def tell_insights(arguments: Namespace, units: Sequence[str]) -> int:
    """`autograder insights`."""
    from autograder.insights import page, tell
    from autograder.insights.read import read

    _may_write(arguments.html, page.MADE_BY)
    _may_write(arguments.csv, ",".join(tell.COLUMNS))
    found = [read(root(), unit) for unit in units]
    if arguments.html:
        write_out(arguments.html, page.page(found))
    if arguments.csv:
        text = io.StringIO()
        tell.write_csv(found, text)
        write_out(arguments.csv, text.getvalue())
    if arguments.json:
        print(json.dumps(tell.as_json(found), ensure_ascii=False))
    else:
        print("\n\n".join(map(tell.words, found)))
    return 0


def tell_similar(arguments: Namespace, unit: str) -> int:
    """`autograder similar`."""
    from autograder.insights import side_by_side
    from autograder.insights.alike import alike
    from autograder.insights.handed_in import written

    _may_write(arguments.html, side_by_side.MADE_BY)
    work = written(root(), unit)
    pairs = alike(work.codes, work.known)
    if arguments.html:
        write_out(arguments.html, side_by_side.page(work, pairs))
    if arguments.json:
        found = [
            {"students": [pair.one, pair.other], "share": pair.share, "tokens": pair.tokens}
            for pair in pairs
        ]
        said = {"schema": 1, "unit": unit, "students": len(work.codes), "pairs": found}
        print(json.dumps(said | {"unread": work.unread}))
        return 0
    lines = [
        f"{unit}: {counted(len(pairs), 'pair')} among {counted(len(work.codes), 'submission')}"
    ]
    lines += [f"  {100 * p.share:3.0f} %  {p.tokens:4} tokens  {p.one}, {p.other}" for p in pairs]
    lines += [f"  not read: {student}: {why}" for student, why in work.unread.items()]
    print(printable([*lines, *side_by_side.caution(len(work.codes))]))
    return 0


def _may_write(path: Path | None, ours: str) -> None:
    """Raises Refused where the file is there and was not written by the same command."""
    if path is None or not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            if ours in file.read(2000):
                return
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from None
    raise Refused(f"{path} was not written by this command; name another file")
