"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autograder.course import Refused


def replace(path: Path, text: str) -> None:
    """Write a file so that whoever looks sees the old one or the new one, never a half.

    A name that is no text is written with a ? in it: it must not end a command at its last step.
    """
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", errors="replace")
    os.replace(part, path)


def write_out(path: Path, text: str) -> None:
    """What a command was asked to write; says so on stderr. Raises Refused where it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, text)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from None
    print(f"written: {path}", file=sys.stderr)
