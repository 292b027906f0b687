"""A `while` in a cell that does not come to its end: which one it is, and how to stop it.

A cell that runs for long may train a network. So what is told is only this: the line of a loop
that the learner wrote, where the cell has been in that loop for AFTER seconds and still is; and
nothing while an answer is judged, which has a limit of its own.
"""

from __future__ import annotations

import ast
import linecache
import sys
import threading
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from utils.language import say

__all__ = ["Patience", "loop_at", "where_stopped"]

AFTER = 20.0  # seconds


def loop_at(frame: FrameType | None) -> tuple[str, int]:
    """(its text, its line) of the innermost `while` of a cell that this call came from; ("", 0)."""
    if _is_judged(frame):
        return "", 0
    while frame is not None:
        name, line = frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
        if Path(name).is_file():  # a library's, or the course's own
            continue
        lines = linecache.getlines(name)
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError):
            continue
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
        around = [n.lineno for n in loops if n.lineno <= line <= (n.end_lineno or n.lineno)]
        if around:
            return lines[max(around) - 1].strip(), max(around)
    return "", 0


def _is_judged(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "utils.judging.run":
            return True
        frame = frame.f_back
    return False


class Patience:
    """Looks after a cell that runs for long: for the events pre_run_cell and post_run_cell."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.timer: threading.Timer | None = None

    def begin(self, info: Any) -> None:
        self.end(None)
        self.began = time.monotonic()
        self._again(("", 0), threading.get_ident())

    def end(self, result: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _again(self, before: tuple[str, int], thread: int) -> None:
        self.timer = threading.Timer(AFTER / 2, self._look, (before, thread))
        self.timer.daemon = True
        self.timer.start()

    def _look(self, before: tuple[str, int], thread: int) -> None:
        text, line = found = loop_at(sys._current_frames().get(thread))
        if line and found == before:
            print(say(
                f"This cell is still in the loop of line {line}, `{text}`. If it never ends, the "
                f"button ■ above the notebook stops it, or Kernel → Interrupt Kernel in the menu; "
                f"what you have written stays."
            ), flush=True)  # fmt: skip
        else:
            self._again(found, thread)

    def seconds(self) -> float:
        """How long the cell has run."""
        return time.monotonic() - self.began


def where_stopped(tb: TracebackType | None, seconds: float) -> str:
    """What to do about a cell that was stopped within a `while` of its own; else ""."""
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    text, line = loop_at(tb.tb_frame if tb else None)
    if not line:
        return ""
    return (
        f"You stopped the loop of line {line}, `{text}`, after {seconds:.0f} s. Does what it waits "
        f"for ever come? Print it within the loop and see whether it moves, or count the rounds "
        f"with a `for`."
    )
