"""What of a cell still counts when it stops: what it defines below the line that failed.

At home that line may well have worked: a package that is not installed here, a window, a key of
rcParams. So what follows and gives names their values is run all the same, each statement by
itself; what tests something is not, nor what is called for its effect, unless it was a package
that was missing.
"""

from __future__ import annotations

import ast
import contextlib
from types import TracebackType
from typing import Any

MAX_ERROR = 500  # characters


def error_of(result: Any) -> BaseException | None:
    """What stopped a cell, of an IPython ExecutionResult."""
    return result.error_before_exec or result.error_in_exec if result is not None else None


def told(error: BaseException) -> str:
    """`ValueError: …`, in one line."""
    try:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # its __str__ is the learner's own
        said = ""
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return " ".join(text.split())[:MAX_ERROR]


def line_of(error: BaseException, names: str) -> int | None:
    """The line of the cell at which it stopped. names: how the files of cells begin."""
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(names):
            return trace.tb_lineno
        trace = trace.tb_next
    return None


def define_the_rest(source: str, line: int, names: dict[str, Any], effects: bool) -> None:
    """Make what the statements after `line` define, each by itself; what fails is left out.

    effects: run what is called for its effect as well.
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return
    for statement in statements:
        wanted = _binds(statement) or (effects and isinstance(statement, ast.Expr))
        if statement.lineno <= line or not wanted:
            continue
        code = compile(ast.Module([statement], []), f"<{type(statement).__name__}>", "exec")
        with contextlib.suppress(Exception):
            exec(code, names)


def _binds(statement: ast.stmt) -> bool:
    """Whether it may give names their values; calls for their effect alone, and tests, do not."""
    return not isinstance(statement, ast.Expr | ast.Assert | ast.Raise | ast.While | ast.Delete)


def supply(statements: list[tuple[list[str], str]], names: dict[str, Any]) -> list[str]:
    """Give what the course's own cells define and this notebook lacks; returns the names given.

    statements: (names that it defines, source) in order.
    """
    given: list[str] = []
    for defined, source in statements:
        lacking = [name for name in defined if name not in names]
        if lacking:
            own = dict(names)
            with contextlib.suppress(Exception):
                exec(compile(source, "<the course's own cell>", "exec"), own)
            found = [name for name in lacking if name in own]
            names.update((name, own[name]) for name in found)
            given += found
    return given
