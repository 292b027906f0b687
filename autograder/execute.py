"""Runs a restored notebook in a kernel of its own and collects what its functions answer.

Nothing here judges and nothing here knows an expected value. Cells run from top to bottom, each
with a time limit. Where a check stands, the kernel is asked instead for the answers of the function
that is checked. A kernel that dies is replaced and the cells that ran before are run again without
the one that ended it, so that only what could not be reached is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output

import utils
from autograder.restore import CHECK, grade_id, is_graded
from utils.answer import MAX_REPLY

GRACE = 3.0  # seconds that an interrupted cell has to stop before its kernel is ended
MAX_KERNELS = 5  # how many one submission may use up
MAX_OUTPUT = 2_000_000  # characters of output that are kept of one cell
PASSED_ON = [
    *("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL"),
    *("XDG_CACHE_HOME", "MPLCONFIGDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
]

_log = logging.getLogger("autograder.execute")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # nbclient reports every time limit as an error; here it is a verdict


@dataclass(frozen=True)
class Limits:
    """cell: seconds for one cell. call: seconds for all calls of one function that is judged."""

    cell: float = 30.0
    call: float = 20.0


@dataclass
class Reply:
    """What came of asking for one function: the bytes it wrote, or why there are none.

    lost: "", "time" (no answer within the limit), "died" (the kernel ended) or "unreached".
    """

    data: bytes | None = None
    lost: str = ""


@dataclass
class Execution:
    """What came of running a notebook. Its cells hold their outputs afterwards."""

    status: str = "graded"  # or "timeout", "crashed"
    replies: dict[str, Reply] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)  # grade ids of plain grade cells that ran to the end
    messages: list[str] = field(default_factory=list)


def execute(
    notebook: NotebookNode,
    requests: Mapping[str, bytes],
    files: Mapping[str, bytes],
    limits: Limits | None = None,
) -> Execution:
    """Run `notebook`, whose cells get their outputs, and ask for every function in `requests`.

    requests: function → what `utils.answer.write_request` made for it. files: what lies beside the
    notebook, path → content. Not to be called where an event loop runs in this thread.
    """
    with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as place:
        run = _Run(notebook, requests, Path(place).resolve(), limits or Limits())
        for name, data in files.items():
            path = run.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return asyncio.run(run.all())


class _OneKernel(KernelSpecManager):
    """Knows one kernel: ours, under this Python, whatever the notebook or this computer names."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


class _Client(NotebookClient):
    """nbclient's own, keeping no more output of a cell than a person would read.

    leaves: whether the last cell called exit(), after which the kernel still answers for a moment.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, on_cell_executed=self._executed, **options)
        self.kept: dict[int, int] = {}
        self.leaves = False

    def _executed(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.leaves = any(part.get("source") == "ask_exit" for part in payload)

    def output(self, outs: list, msg: Any, display_id: str | None, cell_index: int) -> Any:
        kept = self.kept.get(cell_index, 0)
        self.kept[cell_index] = kept + len(str(msg["content"]))
        if kept > MAX_OUTPUT:
            return None
        if self.kept[cell_index] > MAX_OUTPUT:
            note = new_output("stream", name="stdout", text="\n… more output was left out …\n")
            outs.append(note)
            return None
        return super().output(outs, msg, display_id, cell_index)


class _Run:
    """One notebook on its way through one or more kernels."""

    def __init__(
        self, notebook: NotebookNode, requests: Mapping[str, bytes], place: Path, limits: Limits
    ) -> None:
        self.notebook, self.requests, self.limits = notebook, requests, limits
        self.work, self.wire, self.home = place / "work", place / "wire", place / "home"
        for folder in (self.work, self.wire, self.home):
            folder.mkdir()
        self.library = _library(place / "library")
        self.client: _Client | None = None
        self.replay: list[int] = []  # cells that ran, to be run again in a new kernel
        self.kernels = 0
        self.result = Execution()

    async def all(self) -> Execution:
        try:
            for index, cell in enumerate(self.notebook.cells):
                if cell.cell_type == "code":
                    await self._one(index, cell)
        finally:
            await self._stop()
        for name in self.requests:
            self.result.replies.setdefault(name, Reply(lost="unreached"))
        return self.result

    async def _one(self, index: int, cell: NotebookNode) -> None:
        id = grade_id(cell) or ""
        name = id.removeprefix(CHECK)
        asked = is_graded(cell) and id.startswith(CHECK) and name in self.requests
        if not await self._ready():
            if asked:
                self.result.replies[name] = Reply(lost="unreached")
            return
        if asked:
            self.result.replies[name] = await self._ask(name)
            return
        end = await self._run(cell, index, self.limits.cell)
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
        else:
            self._status("crashed")
            text = f"{where} ended the kernel; the cells after it ran in a new one, without it"
        self.result.messages.append(text)
        error = {"ename": "Stopped", "evalue": text, "traceback": [text]}
        cell.outputs.append(new_output("error", **error))

    def _status(self, status: str) -> None:
        if self.result.status != "crashed":  # the graver of two
            self.result.status = status

    async def _ready(self) -> bool:
        """Make sure that a kernel runs in which the cells before have run. False: given up."""
        if self.client is None and self.kernels == MAX_KERNELS:
            text = f"the kernel ended {MAX_KERNELS} times: the cells after that did not run"
            if text not in self.result.messages:
                self.result.messages.append(text)
        while self.client is None and self.kernels < MAX_KERNELS:
            self.kernels += 1
            self.client = await self._start()
            await self._run_again()
        return self.client is not None

    async def _run_again(self) -> None:
        """Run the cells before in a new kernel; one that now ends it is left out from then on."""
        for index in list(self.replay):
            again = new_code_cell(self.notebook.cells[index].source)
            end = await self._run(again, index, self.limits.cell)
            if end != "done":
                self.replay.remove(index)
                self._blame(self.notebook.cells[index], index, end)
            if self.client is None:
                return

    async def _run(self, cell: NotebookNode, index: int, limit: float) -> str:
        """Run a cell: "done" (an error of its own included), "time" or "died"."""
        client = self.client
        assert client is not None
        task = asyncio.ensure_future(client.async_execute_cell(cell, index))
        late = False
        with contextlib.suppress(Exception):  # what went wrong is read from the task below
            await asyncio.wait({task}, timeout=limit)
            if not task.done():
                late = True
                await ensure_async(client.km.interrupt_kernel())  # type: ignore[union-attr]
                await asyncio.wait({task}, timeout=GRACE)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._stop()
        elif task.exception() is not None:
            if not isinstance(task.exception(), DeadKernelError):
                _log.warning("a cell could not be run", exc_info=task.exception())
            await self._stop()
        elif client.leaves:
            await self._stop()
        if late:
            return "time"
        return "done" if self.client is not None else "died"

    async def _ask(self, name: str) -> Reply:
        """The kernel's own answers for the function `name`."""
        request, reply = self.wire / f"{name}.request", self.wire / f"{name}.reply"
        request.write_bytes(self.requests[name])
        arguments = f"{name!r}, {str(request)!r}, {str(reply)!r}, {self.limits.call!r}"
        cell = new_code_cell(f"import utils.answer as __wire__\n__wire__.answer({arguments})")
        end = await self._run(cell, len(self.notebook.cells), self.limits.call + GRACE)
        if end == "time":
            return Reply(lost="time")
        if end == "died":
            self._status("crashed")
            self.result.messages.append(
                f"{name} ended the kernel when it was called; the cells after it ran in a new one"
            )
            return Reply(lost="died")
        try:
            with reply.open("rb") as file:
                return Reply(file.read(MAX_REPLY + 1))
        except OSError:
            return Reply(b"")

    async def _start(self) -> _Client:
        manager = AsyncKernelManager(kernel_spec_manager=_OneKernel(), log=_log)
        # past its last cell, so that asking can use a place of its own
        cells = NotebookNode(self.notebook, cells=[*self.notebook.cells, new_code_cell()])
        client = _Client(
            cells,
            km=manager,
            timeout=None,
            allow_errors=True,
            coalesce_streams=True,
            store_widget_state=False,
            log=_log,
        )
        await client.async_start_new_kernel(
            cwd=str(self.work),
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await client.async_start_new_kernel_client()
        return client

    def _environment(self) -> dict[str, str]:
        """What a computation needs, and nothing that this computer's owner keeps in his own."""
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return kept | {
            "PYTHONPATH": str(self.library),
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": str(self.home),
            "JUPYTER_RUNTIME_DIR": str(self.home),
            "JUPYTER_PLATFORM_DIRS": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "NBGRADER_EXECUTION": "autograde",
        }

    async def _stop(self) -> None:
        client, self.client = self.client, None
        if client is None or client.km is None:
            return
        manager, channels = client.km, client.kc
        with contextlib.suppress(Exception):  # it may have ended by itself at any moment
            if hasattr(signal, "SIGKILL"):  # goes to its whole process group
                await ensure_async(manager.signal_kernel(signal.SIGKILL))
        with contextlib.suppress(Exception):
            await ensure_async(manager.shutdown_kernel(now=True))
        if channels is not None:
            channels.stop_channels()
        await ensure_async(manager.cleanup_resources())


def _library(place: Path) -> Path:
    """A folder to import from in which `utils` lies alone: a copy, for nobody else's use."""
    shutil.copytree(Path(utils.__file__ or "").parent, place / "utils")
    return place
