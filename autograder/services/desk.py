"""Where submissions wait for the workers of a batch, and verdicts for whoever asks.

A desk takes a notebook and gives it an id. Its engine (`autograder/batch/local.py`) runs in a
thread of its own; everything else belongs to the thread of the event loop. What waits and what is
kept is bounded in number and in bytes.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from autograder.batch import processes
from autograder.batch.local import Local
from autograder.batch.task import Result, Task
from autograder.course import Refused
from autograder.grading.grade import Job
from autograder.grading.verdict import SCHEMA, SubmissionReport
from autograder.sandbox import isolation
from autograder.submission.read import Source

MOST_KEPT = 64_000_000  # bytes of verdicts
OVERHEAD = 2_000  # bytes that a submission takes besides its verdict
RENEW = 300.0  # seconds that submissions meet the same secret cases
KEPT_FOR = 3600.0  # seconds that a verdict can be asked for


class Full(Exception):
    """No more can wait. seconds: when it is worth another try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many submissions are waiting; try again in {seconds} s")
        self.seconds = seconds


class Closed(Exception):
    """Nothing is graded any more; the message says why."""


@dataclass
class Ticket:
    """One submission. state: "waiting", "grading" or "done", and then `verdict` is its JSON."""

    id: str
    number: int
    source: Source
    state: str = "waiting"
    verdict: bytes = b""
    since: float = field(default_factory=time.monotonic)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Desk:
    """Takes submissions while the event loop that it was opened in runs.

    most, most_bytes: what may wait. seen: told of each verdict. Raises Refused where this computer
    cannot keep strangers' code apart.
    """

    def __init__(
        self,
        job: Job,
        workers: int,
        most: int,
        most_bytes: int,
        seen: Callable[[SubmissionReport], None] = lambda report: None,
    ) -> None:
        try:
            sandbox = isolation.detect(unsafe=job.limits.unsafe)
        except isolation.NoSandbox as error:
            raise Refused(str(error)) from None
        self.level, self.job = sandbox.level, job
        sandbox.close()
        self.workers, self.most, self.most_bytes, self.seen = workers, most, most_bytes, seen
        self.problem = ""  # why nothing is graded any more
        self.seconds = 1.0  # that one submission takes, of late
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()  # all that can be asked for
        self._waiting: deque[Ticket] = deque()
        self._grading: dict[int, Ticket] = {}
        self._bytes = self._kept = self._number = 0
        self._lock = threading.Lock()  # over _waiting and _grading, which the engine reads
        self._ears, self._bell = multiprocessing.Pipe(duplex=False)
        self._given, self._drawn = 0, 0.0  # submissions on these cases, and since when
        self._given_out: dict[int, Ticket] = {}  # of these, those without a verdict
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def open(self) -> None:
        """Begin to grade. To be called from the event loop's thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        """Take no more, and wait for what is being graded."""
        self.problem = self.problem or "the service is being stopped"
        self._stopped = True
        self._bell.send_bytes(b".")
        self._thread.join()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def grading(self) -> int:
        return len(self._grading)

    def hold(self, size: int) -> None:
        """Make room for bytes that are coming in. Raises Full or Closed where there is none."""
        if self.problem:
            raise Closed(self.problem)
        if self.waiting >= self.most or self._bytes + size > self.most_bytes:
            raise Full(self.wait_for(self.waiting))
        self._bytes += size

    def let_go(self, size: int) -> None:
        """Those bytes are not kept."""
        self._bytes -= size

    def submit(self, name: str, data: bytes) -> Ticket:
        """Take a notebook whose bytes are held. Raises Full or Closed."""
        self.hold(0)
        self._forget()
        self._number += 1
        ticket = Ticket(secrets.token_urlsafe(16), self._number, Source(Path(name), data=data))
        self._tickets[ticket.id] = ticket
        with self._lock:
            self._waiting.append(ticket)
        self._bell.send_bytes(b".")
        return ticket

    def find(self, id: str) -> Ticket | None:
        """The submission of that id, as long as it is remembered."""
        self._forget()
        return self._tickets.get(id)

    def position(self, ticket: Ticket) -> int:
        """How many are before it, itself included; 0 once it is being graded."""
        with self._lock:
            first = self._waiting[0].number if self._waiting else ticket.number + 1
        return max(0, ticket.number - first + 1) if ticket.state == "waiting" else 0

    def wait_for(self, before: int) -> int:
        """Seconds until so many are graded, as far as can be told."""
        return min(600, max(1, round(before * self.seconds / self.workers)))

    def _run(self) -> None:
        try:
            while not self._stopped:
                self._given, self._drawn = 0, time.monotonic()
                # so that the first who comes need not wait for them
                processes.start(self.workers, self.job.limits.unsafe)
                job = replace(self.job, seed=secrets.randbits(63))
                engine = Local(job, self.workers, self._ears)
                for number, result in engine(_Feed(self._next), self._over):
                    del self._given_out[number]
                    self._loop.call_soon_threadsafe(self._finish, number, result)
                self._take_back()
        except Exception as error:
            problem = f"grading has ended: {type(error).__name__}: {error}"
            self._loop.call_soon_threadsafe(self._fail, problem)

    def _over(self) -> bool:
        """Whether the engine is to end: for good, or to go on with cases drawn anew.

        Verdicts tell expected values. Whoever asked often enough on the same cases could answer
        by heart.
        """
        return self._stopped or bool(self._given and time.monotonic() - self._drawn > RENEW)

    def _take_back(self) -> None:
        """What a worker had when it died, and no other was given because the engine was to end."""
        with self._lock:
            for number, ticket in sorted(self._given_out.items(), reverse=True):
                del self._grading[number]
                ticket.state = "waiting"
                self._waiting.appendleft(ticket)
        self._given_out.clear()

    def _next(self) -> Task | None:
        """The next task for the engine, in its thread."""
        with self._lock:
            if not self._waiting:
                return None
            ticket = self._waiting.popleft()
            self._grading[ticket.number] = ticket
        self._given += 1
        self._given_out[ticket.number] = ticket
        ticket.state = "grading"
        return ticket.number, ticket.source

    def _finish(self, number: int, result: Result) -> None:
        with self._lock:
            ticket = self._grading.pop(number)
        report = result.report
        self.seconds += 0.1 * (report.seconds - self.seconds)
        text = json.dumps({"schema": SCHEMA, "submissions": [asdict(report)]}, ensure_ascii=False)
        ticket.verdict = text.encode(errors="replace")
        self.let_go(len(ticket.source.data or b""))
        self._kept += len(ticket.verdict) + OVERHEAD
        ticket.source, ticket.state, ticket.since = Source(Path()), "done", time.monotonic()
        self.seen(report)
        ticket.done.set()

    def _fail(self, problem: str) -> None:
        """Nothing more will come: let everyone who waits know."""
        self.problem = problem
        for ticket in self._tickets.values():
            ticket.done.set()

    def _forget(self) -> None:
        """Let go of verdicts that are old, and of the oldest where there are too many."""
        for ticket in list(self._tickets.values()):
            old = time.monotonic() - ticket.since > KEPT_FOR
            if ticket.state != "done" or not (old or self._kept > MOST_KEPT):
                break
            self._kept -= len(ticket.verdict) + OVERHEAD
            del self._tickets[ticket.id]


class _Feed(Iterator[Task]):
    """Tasks that are there now; at an end for a moment where there are none."""

    def __init__(self, take: Callable[[], Task | None]) -> None:
        self.take = take

    def __next__(self) -> Task:
        task = self.take()
        if task is None:
            raise StopIteration
        return task
