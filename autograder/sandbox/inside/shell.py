"""IPython without a kernel: what a cell shows goes to one function instead of to sockets.

The classes have the names that the same parts have in ipykernel, because libraries look at those
names to find out that they run in a notebook and not in a terminal.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import getpass
import json
import numbers
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NoReturn

from IPython.core import page
from IPython.core.autocall import ExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Any as AnyTrait
from traitlets import Instance, Type, default
from traitlets.config import Config

from .outlet import Outlet, OutStream

# cell magics that start a program or write a file
NOT_HERE = set(
    [
        "!",
        "bash",
        "cmd",
        "file",
        "perl",
        "pypy",
        "python",
        "python2",
        "python3",
        "ruby",
        "script",
        "sh",
        "sx",
        "system",
    ]
)
NOT_HERE.add("writefile")
# cell magics that start a program or write a file
PROGRAMS = "! bash cmd file perl pypy python python2 python3 ruby script sh sx system writefile"
MAX_TEXT = 100_000  # characters of an error's message, and of each part of its traceback
MAX_METADATA = 50_000
_JSON = re.compile(r"application/(.*\+)?json", re.S)


class ZMQDisplayPublisher(DisplayPublisher):
    """`display(…)` and `clear_output()`."""

    shell: ZMQInteractiveShell
    outlet = Instance(Outlet)

    def publish(  # type: ignore[override]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        self.shell.flush_streams()
        self._validate_data(data, metadata)
        mimes, texts = _bundle(data)
        head = {
            "is": "update_display_data" if update else "display_data",
            "mimes": mimes,
            "metadata": _metadata(metadata),
            "id": (transient or {}).get("display_id"),
        }
        self.outlet.put(head, texts, counts=not update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.flush_streams()
        self.outlet.clear(wait)


class ZMQShellDisplayHook(DisplayHook):
    """The value of a cell's last expression."""

    shell: ZMQInteractiveShell
    outlet = Instance(Outlet)

    def write_output_prompt(self) -> None:
        """The number is sent with the value."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        self.shell.flush_streams()
        mimes, texts = _bundle(format_dict)
        head = {"is": "execute_result", "mimes": mimes, "metadata": _metadata(md_dict)}
        self.outlet.put(head | {"count": self.prompt_count}, texts)

    def log_output(self, format_dict: dict[str, Any]) -> None:
        """Nobody reads a log of outputs here."""

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Compiler(CachingCompiler):
    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        """What warnings name as the file: like a kernel's, and the same for the same cell."""
        return f"/tmp/ipykernel_{os.getpid()}/{zlib.crc32(raw_code.encode('utf-8', 'replace'))}.py"


class _Exit(ExitAutocall):
    _ip: ZMQInteractiveShell

    def __call__(self, keep_kernel: bool = False) -> None:
        if not keep_kernel:
            self._ip.ask_exit()


class ZMQInteractiveShell(InteractiveShell):
    """The shell of a notebook. leaves: whether a cell has called exit()."""

    compiler_class = Type(_Compiler)
    displayhook_class = Type(ZMQShellDisplayHook)
    display_pub_class = Type(ZMQDisplayPublisher)
    exiter = Instance(_Exit)
    outlet = Instance(Outlet)
    streams = AnyTrait()
    kernel = None  # there is none, but libraries ask for the name to tell a notebook
    leaves = False
    passed_over: list[str]

    @default("exiter")
    def _exiter(self) -> _Exit:
        return _Exit(self)

    def init_display_pub(self) -> None:
        self.display_pub = ZMQDisplayPublisher(parent=self, shell=self, outlet=self.outlet)

    def init_displayhook(self) -> None:
        super().init_displayhook()
        self.displayhook.outlet = self.outlet  # type: ignore[attr-defined]

    def init_hooks(self) -> None:
        super().init_hooks()
        # help in a pager is no output of a cell
        self.set_hook("show_in_pager", page.as_hook(lambda *args, **options: None), 99)

    def flush_streams(self) -> None:
        """What was printed comes before what is shown next, unless the cell replaced the stream."""
        for stream in self.streams:
            stream.flush()

    def ask_exit(self) -> None:
        self.leaves = True

    def pass_over(self, what: str, why: str) -> None:
        """Go on without a line that makes sense at home alone. It is said once for each."""
        self.passed_over.append(f"{what[:100]}: {why}"[:300])

    def system(self, command: str) -> None:
        self.pass_over(f"!{command.strip()}", "no program is run and nothing installed here")

    system_piped = system_raw = system

    def getoutput(self, command: str, split: bool = True, depth: int = 0) -> Any:
        self.system(command)
        return SList() if split else ""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """A magic that fails, or that would change how figures are shown, is passed over."""
        shown = f"%{magic_name} {line}".strip()
        if magic_name == "matplotlib" and line.strip() not in ("", "inline", "-l", "--list"):
            self.pass_over(shown, "figures are shown inline here")
            return None
        try:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        except Exception as error:
            self.pass_over(shown, f"{type(error).__name__}: {error}")
            if isinstance(error, UsageError):  # as a kernel says it
                self.show_usage_error(error)
            return None

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """One that is unknown or starts a program is passed over; its cell's errors are errors."""
        try:
            if magic_name in PROGRAMS.split():
                raise UsageError("no program is run and no file written here")
            return super().run_cell_magic(magic_name, line, cell)
        except UsageError as error:
            self.pass_over(f"%%{magic_name} {line}".strip(), str(error))
            return None

    def enable_gui(self, gui: Any = None) -> None:
        if gui not in (None, "inline", "asyncio"):
            raise UsageError(f"there is no window to show {gui!r} in")

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """There is no next input."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.flush_streams()
        try:
            message = str(evalue)
        except Exception:  # an exception class of the submission's own
            message = "<exception str() failed>"
        texts = [str(etype.__name__), message, *map(str, stb[:1000])]
        self.outlet.put({"is": "error"}, [text[:MAX_TEXT] for text in texts])

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """IPython would keep a second copy of everything that is printed."""
        yield


def make_shell(outlet: Outlet, streams: tuple[OutStream, OutStream]) -> ZMQInteractiveShell:
    """The one shell of this process: no history file, no threads, no terminal."""
    config = Config()
    config.HistoryManager.enabled = False
    config.Completer.use_jedi = False
    # older and newer releases of tqdm look at these two to tell a notebook from a terminal
    config.IPKernelApp.parent_appname = ""
    sys.modules.setdefault("ipykernel.zmqshell", sys.modules[__name__])
    shell = ZMQInteractiveShell.instance(config=config, outlet=outlet, streams=streams)
    shell.passed_over = []
    builtins.input = _refuse_input
    getpass.getpass = _refuse_password
    sys.breakpointhook = lambda *args, **options: None  # a kernel goes on where nobody debugs
    return shell


def _refuse_input(prompt: object = "") -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def _refuse_password(prompt: str = "", stream: Any = None) -> NoReturn:
    raise StdinNotImplementedError(
        "getpass was called, but this frontend does not support input requests."
    )


def _bundle(data: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The mime types of a display and their texts; what a notebook file cannot hold is left out."""
    found: dict[str, str] = {}
    for mime, value in list(data.items())[:100]:
        if not isinstance(mime, str) or not mime or len(mime) > 200:
            continue
        if _JSON.fullmatch(mime):
            found[mime] = json.dumps(value, default=_plain)
        elif isinstance(value, bytes):
            found[mime] = base64.b64encode(value).decode()
        elif isinstance(value, str):
            found[mime] = value
        elif isinstance(value, list) and all(isinstance(line, str) for line in value):
            found[mime] = "".join(value)
    return list(found), list(found.values())


def _metadata(metadata: dict[str, Any] | None) -> dict[str, Any]:
    text = json.dumps(metadata or {}, default=_plain)
    return json.loads(text) if len(text) <= MAX_METADATA else {}


def _plain(value: Any) -> Any:
    """What Jupyter makes of values that JSON does not know."""
    match value:
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            return float(value)
        case Iterable():
            return list(value)
    raise TypeError(f"{value!r} is not JSON serializable")
