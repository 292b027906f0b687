"""The first cause: which cell stopped, where and why, and what followed from it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from nbformat.notebooknode import NotebookNode

from autograder.cells import grade_id, is_answer
from autograder.grading.verdict import CellReport
from autograder.sandbox.execute import CellError, Execution
from autograder.submission.names import parsed
from utils.judging.judge import Verdict

MAX_LINES, MAX_LINE = 5_000, 500  # what is read of a cell to find what it would define
_UNKNOWN = re.compile(r"name '(\w+)' is not defined")


class Causes:
    """What stopped in one notebook.

    numbers: for every cell its place in the file that was handed in, None where it was put back.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        numbers: list[int | None],
        execution: Execution,
        left_out: Collection[int] = (),
    ) -> None:
        self.notebook, self.numbers, self.execution = notebook, numbers, execution
        # what it has, but in cells that were not run
        self.there = set().union(*(parsed(notebook.cells[k].source).binds for k in left_out))

    def reports(self) -> list[CellReport]:
        """Every cell that stopped, in order."""
        return [
            CellReport(number, error.line, error.error)
            for error in self.execution.errors
            if (number := self.numbers[error.cell]) is not None
        ]

    def messages(self) -> list[str]:
        """What was passed over, what stopped, and what the course's own cells had to give."""
        said = [f"{self._where(cell)}: passed over {what}" for cell, what in self._passed()]
        followed: dict[str, list[int]] = {}  # a name that nothing defined → who wanted it
        for error in self.execution.errors:
            unknown = _UNKNOWN.search(error.error)
            if unknown and self._cause_of(unknown[1], before=error):
                followed.setdefault(unknown[1], []).append(error.cell)
            else:
                said.append(self._stopped(error))
        for name, cells in followed.items():
            said.append(f"{self._all(cells)} stopped as well: there was no {name}")
        if lacking := self.execution.supplied - self.there:
            names = ", ".join(sorted(lacking))
            said.append(f"what this notebook lacks was taken from the course's own cells: {names}")
        return list(dict.fromkeys(said))

    def explained(self, verdict: Verdict) -> Verdict:
        """The verdict, whose first message begins at what was wrong first."""
        first = verdict.first
        cause = first and self._cause(verdict.exercise, first.message)
        if not first or not cause:
            return verdict
        message = f"{cause}. So {first.message.removesuffix(' yet')}" if first.message else cause
        checks = tuple(
            replace(check, message=message) if check is first else check for check in verdict.checks
        )
        # what is said of the consequence would only lead away from the cause
        return replace(verdict, checks=checks, diagnosis="")

    def _cause(self, exercise: str, message: str) -> str:
        """What stopped the cell that was to define what is missing; "" where nothing did."""
        unknown = _UNKNOWN.search(message)
        missing = unknown[1] if unknown else exercise if _is_missing(exercise, message) else ""
        error = self._cause_of(missing) if missing else None
        return self._stopped(error) if error else ""

    def _cause_of(self, missing: str, before: CellError | None = None) -> CellError | None:
        """What stopped the cell that was to define a name, among all or those before one."""
        for error in self.execution.errors:
            if error is before:
                break
            cell = self.notebook.cells[error.cell]
            own = is_answer(cell) and grade_id(cell) == missing
            if own or missing in _defines(cell.source):
                return error
        return None

    def _passed(self) -> list[tuple[int, str]]:
        return list(dict.fromkeys(self.execution.passed_over))

    def _stopped(self, error: CellError) -> str:
        line = f", line {error.line}" if error.line else ""
        return f"{self._where(error.cell)}{line}, stopped: {error.error}"

    def _all(self, cells: list[int]) -> str:
        numbers = [f"{self.numbers[cell] or 'put back'}" for cell in dict.fromkeys(cells)]
        if len(numbers) == 1:
            return self._where(cells[0])
        return f"cells {', '.join(numbers[:-1])} and {numbers[-1]}"

    def _where(self, index: int) -> str:
        id, number = grade_id(self.notebook.cells[index]), self.numbers[index]
        place = f"cell {number}" if number else "a cell"
        return f"{place} ({id})" if id else place


def _is_missing(exercise: str, message: str) -> bool:
    said = f"there is no {exercise} in this notebook", f"{exercise} is not written yet"
    return message.startswith(said)


def _defines(source: str) -> set[str]:
    """The names that a cell would have bound, as far as it can be read: line by line, for whoever
    wrote it may have meant to keep its reader busy."""
    found: set[str] = set()
    for line in source.splitlines()[:MAX_LINES]:
        text = line.strip()
        if len(text) > MAX_LINE:
            continue
        if match := re.match(r"(?:async )?(?:def|class) +(\w+)", text):
            found.add(match[1])
        elif match := re.match(r"(?:from [\w.]+ )?import ([^#]+)", text):
            for name in match[1].strip("() ").split(","):
                found |= {word.partition(".")[0] for word in name.split()[-1:]}
        elif "=" in text:
            left = text.partition("=")[0].partition(":")[0]
            found |= {word.strip() for word in left.split(",")}
    return found
