"""What has run in this kernel: which cells, what they define, and how they ended.

`watch()` begins to take notes; it is called when `utils.check` is imported in a notebook. Nothing
leaves the kernel.
"""

from __future__ import annotations

import ast
import re
import time
from dataclasses import dataclass
from typing import Any

from IPython.core.getipython import get_ipython

__all__ = ["Run", "defined_in", "runs", "watch"]


@dataclass(frozen=True)
class Run:
    """One run of a cell.

    number: as between the brackets at its side. cell: the cell's id, "" where the notebook does not
    send it. defines: the names that it gives a value, or would have given. no_python: what is wrong
    with it where it could not even begin, else "". at: seconds since the epoch, 0 where unknown.
    failed: whether it began and ended in an error.
    """

    number: int
    cell: str
    source: str
    defines: frozenset[str]
    no_python: str = ""
    at: float = 0.0
    failed: bool = False

    @property
    def begins(self) -> str:
        """Its first line."""
        return next((line.strip() for line in self.source.splitlines() if line.strip()), "")


def defined_in(source: str) -> frozenset[str]:
    """The names that a cell's text defines, imports or assigns outside of functions."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        begins = re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=[^=]", source, re.MULTILINE)
        return frozenset(function or name for function, name in begins)
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            found |= {
                inner.id
                for inner in ast.walk(node)
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
            }
    return frozenset(found)


def _no_python(error: SyntaxError) -> str:
    return f"{type(error).__name__} in line {error.lineno}: {error.msg}"


class _Notes:
    def __init__(self) -> None:
        self.taken: dict[int, Run] = {}
        self.shell: Any = None

    def add(self, result: Any) -> None:
        info, number = result.info, result.execution_count
        if number is None or not info.store_history:
            return
        source, error = str(info.raw_cell), result.error_before_exec
        no_python = _no_python(error) if isinstance(error, SyntaxError) else ""
        cell = str(getattr(info, "cell_id", None) or "")
        defines = defined_in(source)
        failed = result.error_in_exec is not None
        self.taken[number] = Run(number, cell, source, defines, no_python, time.time(), failed)


_notes = _Notes()


def watch() -> bool:
    """Take notes from now on. True where this was the first call in a kernel."""
    shell = get_ipython()
    if shell is None or shell is _notes.shell:
        return False
    _notes.shell = shell
    shell.events.register("post_run_cell", _notes.add)
    return True


def runs() -> list[Run]:
    """Every run in this kernel, in order; of those before `watch` only the text is known."""
    shell = get_ipython()
    if shell is None:
        return []
    inputs = shell.user_ns.get("In", [])
    found = []
    for number in range(1, shell.execution_count):
        if number in _notes.taken:
            found.append(_notes.taken[number])
        elif number < len(inputs):
            found.append(_earlier(number, str(inputs[number])))
    return found


def _earlier(number: int, source: str) -> Run:
    try:
        ast.parse(source)
        wrong = ""
    except SyntaxError as error:
        wrong = _no_python(error)
    except ValueError:
        wrong = ""
    return Run(number, "", source, defined_in(source), wrong)
