"""How far a batch is: a bar where someone watches, plain lines where nobody does. On stderr."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from autograder.grading.verdict import SubmissionReport, printable

EVERY = 10.0  # seconds between two plain lines
SHOWN = 160  # characters of a message in one line


class Bar:
    """Counts verdicts: `with Bar(total) as seen: … seen(report)`.

    Each submission that could not be graded gets a line of its own at once. quiet: say nothing, for
    a single submission whose verdict follows anyway.
    """

    def __init__(self, total: int, file: TextIO | None = None) -> None:
        self.total, self.done, self.failed, self.earlier = total, 0, 0, 0
        self.quiet = total < 2
        self.file = file or sys.stderr
        console = Console(file=self.file)
        self.progress: Progress | None = None
        if console.is_terminal and not self.quiet:
            self.progress = Progress(
                TextColumn("graded"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[more]}"),
                console=console,
                redirect_stdout=False,  # JSON goes there
                transient=True,
            )
            self.task = self.progress.add_task("", total=total, more="")

    def __enter__(self) -> Bar:
        self.began = self.said = time.monotonic()
        if self.progress:
            self.progress.start()
        return self

    def __call__(self, report: SubmissionReport) -> None:
        if not report.fine and not self.quiet:
            why = report.messages[0] if report.messages else ""
            self._line(f"{report.status:8} {report.path}: {why[:SHOWN]}")
        self._count(report.fine)

    def known(self, fine: bool) -> None:
        """Count a verdict of an earlier run, which says nothing about how fast this one is."""
        self.earlier += 1
        self._count(fine)

    def _count(self, fine: bool) -> None:
        self.done += 1
        self.failed += not fine
        now = time.monotonic()
        if self.progress:
            self.progress.update(self.task, completed=self.done, more=self._more(now))
        elif not self.quiet and (now - self.said >= EVERY or self.done == self.total):
            self.said = now
            self._line(f"graded {self.done} of {self.total}, {self._more(now)}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.progress:
            self.progress.stop()

    def _more(self, now: float) -> str:
        """Rate, time left and failures."""
        failed = f", {self.failed} with problems" if self.failed else ""
        rate = (self.done - self.earlier) / max(now - self.began, 1e-3)
        if not rate:
            return failed.removeprefix(", ")
        left = round((self.total - self.done) / rate)
        clock = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
        return f"{rate:.1f} a second, {clock} left{failed}"

    def _line(self, text: str) -> None:
        plain = printable([text])
        if self.progress:
            self.progress.console.print(Text(plain), soft_wrap=True)
        else:
            print(plain, file=self.file, flush=True)
