"""Runs a restored notebook in a process of its own and collects what its functions answer.

Nothing here judges and nothing here knows an expected value. Cells run from top to bottom, each
with a time limit. Where a check stands, the process is asked instead for the answers of the
function that is checked. A process that ends is replaced and the cells that ran before are run
again without the one that ended it, so that only what could not be reached is lost.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder.cells import CHECK, grade_id, is_answer, is_check, is_graded, shown
from autograder.sandbox import worker
from autograder.sandbox.inside.frames import MAX_BODY, Foul, Frame
from autograder.sandbox.outputs import Notebook, Outputs
from autograder.sandbox.process import Abandoned, Died, Process
from autograder.sandbox.worker import Given
from utils.judging.protocol import MAX_REPLY

GRACE = 3.0  # seconds that an interrupted cell has to stop before its process is ended
MAX_NOTES = 50  # errors, and lines passed over, that are kept of one submission
MAX_KERNELS = 5  # how many processes one submission may use up


@dataclass(frozen=True)
class Limits:
    """cell: seconds for one cell. call: seconds for all calls of one function that is judged.

    total: seconds for the whole notebook. unsafe: whether to run it where it cannot be isolated.
    """

    cell: float = 30.0
    call: float = 20.0
    total: float = 600.0
    unsafe: bool = False


@dataclass
class Reply:
    """What came of asking for one function: the bytes it answered, or why there are none.

    lost: "", "time" (no answer within the limit), "died" (the process ended), "foul" (what came is
    no message; `why` says what it was) or "unreached".
    """

    data: bytes | None = None
    lost: str = ""
    why: str = ""


@dataclass(frozen=True)
class CellError:
    """What stopped a cell. cell: its index in the notebook. line: counted from 1, where known."""

    cell: int
    line: int | None
    error: str


@dataclass
class Execution:
    """What came of running a notebook. Its cells hold their outputs afterwards.

    level: how its processes were kept apart, one of `isolation.Sandbox`'s.
    """

    status: str = "graded"  # or "timeout", "crashed"
    replies: dict[str, Reply] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)  # grade ids of plain grade cells that ran to the end
    messages: list[str] = field(default_factory=list)
    level: str = ""
    errors: list[CellError] = field(default_factory=list)
    passed_over: list[tuple[int, str]] = field(default_factory=list)  # (cell, what and why)
    late: dict[str, Reply] = field(default_factory=dict)  # asked again below a later definition
    supplied: set[str] = field(default_factory=set)  # names that the course's own cells gave


def execute(
    notebook: NotebookNode,
    requests: Mapping[str, bytes],
    files: Mapping[str, bytes],
    limits: Limits | None = None,
    course: Given = (),
    left_out: Collection[int] = (),
) -> Execution:
    """Run `notebook`, whose cells get their outputs, and ask for every function in `requests`.

    requests: function → what `utils.judging.protocol.write_request` made for it. files: what lies
    beside the notebook, path → content. course: what the course's own cells define, for a notebook
    that lacks it. left_out: indices of cells that are not run. Raises `isolation.NoSandbox` where
    this machine cannot isolate it and the limits do not say `unsafe`, `worker.NoWorker` where no
    process can be started. A submission that loses its process because the fork server has ended is
    run once more; the second time it counts as its own end.
    """
    for again in (False, True):
        run = _Run(notebook, requests, files, limits or Limits(), again, course, left_out)
        try:
            return run.all()
        except Abandoned:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
        finally:
            run.stop()
    raise AssertionError("the second run does not raise Abandoned")


class _Run:
    """One notebook on its way through one or more processes."""

    def __init__(
        self,
        notebook: NotebookNode,
        requests: Mapping[str, bytes],
        files: Mapping[str, bytes],
        limits: Limits,
        again: bool,
        course: Given,
        left_out: Collection[int],
    ) -> None:
        self.again, self.course, self.left_out = again, course, left_out
        self.notebook, self.requests, self.files, self.limits = notebook, requests, files, limits
        self.end = time.monotonic() + limits.total
        self.kept = Notebook()
        self.holding = contextlib.ExitStack()
        self.process: Process | None = None
        self.replay: list[int] = []  # cells that ran, to be run again in a new process
        self.processes = 0
        self.result = Execution()

    def all(self) -> Execution:
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type == "code" and index not in self.left_out:
                self._one(index, cell)
        for name in self.requests:
            self.result.replies.setdefault(name, Reply(lost="unreached"))
            if self._written_below(name) and self._ready():
                self.result.late[name] = self._ask(name)
        return self.result

    def _written_below(self, name: str) -> bool:
        """Whether a cell below the check defines the function that the check is for."""
        cells = self.notebook.cells
        ids = [grade_id(cell) for cell in cells]
        if f"{CHECK}{name}" not in ids:
            return False
        below = cells[ids.index(f"{CHECK}{name}") + 1 :]
        defines = re.compile(rf"^(def {re.escape(name)}\b|{re.escape(name)}\s*=[^=])", re.M)
        return any(cell.cell_type == "code" and defines.search(cell.source) for cell in below)

    def stop(self) -> None:
        """End the process, if there is one."""
        self.process = None
        self.holding.close()

    def _one(self, index: int, cell: NotebookNode) -> None:
        id = grade_id(cell) or ""
        name = id.removeprefix(CHECK)
        asked = is_check(cell) and name in self.requests
        if not self._ready():
            if asked:
                self.result.replies[name] = Reply(lost="unreached")
            return
        if asked:
            self.result.replies[name] = self._ask(name)
            return
        end = self._run(index, cell, Outputs(cell.outputs, self.kept))
        if end == "done":
            self.replay.append(index)
            if is_graded(cell):
                self.result.ran.add(id)
        else:
            self._blame(cell, index, end)

    def _blame(self, cell: NotebookNode, index: int, end: str) -> None:
        where = f"the cell {grade_id(cell)}" if grade_id(cell) else f"cell {index + 1}"
        if end == "time":
            self._status("timeout")
            text = f"{where} did not end within {self.limits.cell:g} s and was stopped"
        elif end == "died":
            self._status("crashed")
            text = f"{where} ended the kernel; the cells after it ran in a new one, without it"
        else:
            self._status("crashed")
            text = (
                f"{where} sent the grader {end} and was stopped; the cells after it ran without it"
            )
        self._say(text)
        cell.outputs.append(new_output("error", ename="Stopped", evalue=text, traceback=[text]))

    def _say(self, text: str) -> None:
        if text not in self.result.messages:
            self.result.messages.append(text)

    def _status(self, status: str) -> None:
        if self.result.status != "crashed":  # the graver of two
            self.result.status = status

    def _ready(self) -> bool:
        """Make sure that a process runs in which the cells before have run. False: given up."""
        while self.process is None and self.processes < MAX_KERNELS and self._in_time():
            self.processes += 1
            self.process = self.holding.enter_context(
                worker.process(self.files, self.limits.unsafe, self.course)
            )
            self.result.level = self.process.level
            self._run_again()
        if self.process is None and self._in_time():
            self._say(f"the kernel ended {MAX_KERNELS} times: the cells after that did not run")
        return self._in_time() and self.process is not None

    def _in_time(self) -> bool:
        if time.monotonic() < self.end:
            return True
        self.stop()
        self._status("timeout")
        limit = self.limits.total
        self._say(f"the notebook did not end within {limit:g} s: the cells after that did not run")
        return False

    def _run_again(self) -> None:
        """Run the cells before in a new process; one that now ends it is left out from then on."""
        for index in list(self.replay):
            cell = self.notebook.cells[index]
            end = self._run(index, cell, Outputs([], Notebook()), again=True)
            if end != "done":
                self.replay.remove(index)
                self._blame(cell, index, end)
            if self.process is None:
                return

    def _run(self, index: int, cell: NotebookNode, outputs: Outputs, again: bool = False) -> str:
        """Run a cell: "done" (an error of its own included), "time", "died" or what it sent."""
        if not cell.source.strip() or "skip-execution" in cell.metadata.get("tags", []):
            return "done"
        try:
            order = {"do": "run", "supply": is_answer(cell)}
            source = cell.source.encode("utf-8", "replace")
            frame, late = self._order(order, source, self.limits.cell, outputs)
        except Died:
            self.stop()
            return "died"
        except Foul as error:
            self.stop()
            return str(error)
        finally:
            outputs.finish()
        if frame is None:
            self.stop()
            return "time"
        head, _ = frame
        assert self.process is not None
        self.process.drew |= head.get("drew") is True
        if not again:
            self._note(index, cell, head)
        if head.get("leaves"):
            self.stop()
            return "time" if late else "died"
        return "time" if late else "done"

    def _note(self, index: int, cell: NotebookNode, head: dict) -> None:
        """What the process says of a cell that it has run: a stranger's words."""
        if type(count := head.get("count")) is int and 0 < count < 1_000_000:
            cell.execution_count = count
        match head.get("stopped"):
            case [int() | None as line, str() as said] if not is_graded(cell):  # hidden tests
                if len(self.result.errors) < MAX_NOTES:
                    self.result.errors.append(CellError(index, line, shown(said, 500)))
        match head.get("passed_over"):
            case [*texts]:
                for text in texts[:MAX_NOTES]:
                    if isinstance(text, str) and len(self.result.passed_over) < MAX_NOTES:
                        self.result.passed_over.append((index, shown(text, 300)))

    def _ask(self, name: str) -> Reply:
        """The process's own answers for the function `name`."""
        order = {"do": "answer", "name": name, "seconds": self.limits.call}
        seconds = self.limits.call + GRACE
        nowhere = Outputs([], Notebook())
        try:
            frame, late = self._order(order, self.requests[name], seconds, nowhere, MAX_REPLY)
        except Died:
            self.stop()
            self._status("crashed")
            self._say(
                f"{name} ended the kernel when it was called; the cells after it ran in a new one"
            )
            return Reply(lost="died")
        except Foul as error:
            self.stop()
            return Reply(lost="foul", why=str(error))
        if frame is None:
            self.stop()
        if frame is None or late:
            return Reply(lost="time")
        head, body = frame
        given = {name for names, _ in self.course for name in names}
        match head.get("supplied"):
            case [*names]:
                self.result.supplied |= given & {name for name in names if isinstance(name, str)}
        return Reply(lost="foul", why="too large") if head.get("large") else Reply(body)

    def _order(
        self,
        order: dict,
        body: bytes,
        seconds: float,
        outputs: Outputs,
        most: int = MAX_BODY,
    ) -> tuple[Frame | None, bool]:
        """(the message that ends what was ordered, whether it had to be interrupted).

        None where not even an interrupt brought it. Raises Died and Foul.
        """
        process = self.process
        assert process is not None
        wanted = "reply" if order["do"] == "answer" else "done"
        number = process.send(order, body, most)
        until, late = min(time.monotonic() + seconds, self.end), False
        while True:
            try:
                frame = process.receive(until)
            except Abandoned:
                if self.again:
                    raise Died from None
                raise
            if frame is None and late:
                return None, True
            if frame is None:
                late = True
                process.interrupt()
                until = time.monotonic() + GRACE
            elif frame[0].get("is") == wanted:
                if frame[0].get("for") != number or not process.silent:
                    raise Foul("a message that nobody asked for")
                return frame, late
            elif not outputs.take(*frame):
                raise Foul("a message that nobody asked for")
