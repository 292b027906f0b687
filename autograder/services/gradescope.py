"""`autograder gradescope UNIT -o unit.zip`: what Gradescope builds a unit's autograder from.

The archive holds `setup.sh`, which Gradescope runs once, `run_autograder`, which it runs for every
submission (`autograder/services/gradescope_run.py`), the grader, and the unit's sources. None of
it is shown to students, and what they hand in runs isolated from it.
"""

from __future__ import annotations

import os
import shlex
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from autograder.authoring.packages import packages
from autograder.course import AuthorError
from autograder.submission.read import load_units

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
RUN, SETUP = "run_autograder", "setup.sh"
_NAME = "lstm-course"
_SPARE = {"__pycache__", ".ipynb_checkpoints"}

_SETUP_SH = """\
#!/usr/bin/env bash
# Gradescope runs this once, when the autograder is uploaded: it makes the grader's environment.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$source")

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then
            return 0
        fi
    done
    return 1
}

if ! find_python; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for version in "" .12 .11; do
        apt-get install -qq -y "python3$version" "python3$version-venv" || continue
        if find_python; then break; fi
    done
fi
find_python || { echo "Python 3.11 is needed: choose Ubuntu 24.04 as base image" >&2; exit 1; }

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install -q --disable-pip-version-check \\
    -r "$source/requirements.txt" -c "$source/constraints.txt"
packages=$("$root/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$source/lib" > "$packages/course.pth"
"$root/venv/bin/python" -I -m autograder doctor || true
"""

_RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for every submission, from /autograder.
root=$(cd "$(dirname "$0")" && pwd)
export AUTOGRADER_COURSE="$root/source/course"
exec "$root/venv/bin/python" -I -m autograder.services.gradescope_run "$root" {arguments}
"""


def pack(course: Path, unit: str, out: Path, arguments: list[str]) -> None:
    """Write the archive. arguments: those of `gradescope_run` after its first.

    Raises AuthorError where the unit is not built, or `out` is someone else's file.
    """
    source = load_units(course).get(unit)
    if source is None or not source.up_to_date():
        raise AuthorError(f"{unit} is not built as it stands: run `autograder build {unit}` first")
    if out.exists() and not _ours(out):
        raise AuthorError(f"{out} is there and no autograder for Gradescope: name another file")
    run = _RUN.format(arguments=shlex.join([unit, *arguments]))
    part = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            _write(archive, SETUP, _SETUP_SH.encode(), 0o755)
            _write(archive, RUN, run.encode(), 0o755)
            _write(archive, "requirements.txt", _lines(_requirements()))
            _write(archive, "constraints.txt", _lines(_pins()))
            for name, path in _files(course, unit):
                _write(archive, name, path.read_bytes())
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AuthorError(f"{out} cannot be written ({error.strerror})") from None


def _ours(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return {SETUP, RUN} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _write(archive: zipfile.ZipFile, name: str, data: bytes, mode: int = 0o644) -> None:
    """The same bytes make the same archive, whenever and wherever."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _files(course: Path, unit: str) -> Iterator[tuple[str, Path]]:
    """Name in the archive → file: the packages without a classroom's data, and the unit."""
    for name, path in packages():
        yield f"lib/{name}", path
    solutions = course / "solutions"
    for path in sorted([*solutions.glob("*.py"), *(solutions / unit).rglob("*")]):
        if path.is_file() and not _SPARE & set(path.parts) and path.suffix != ".pyc":
            yield f"course/{path.relative_to(course).as_posix()}", path


def _requirements() -> list[str]:
    """What the grader needs, as its own package says it."""
    return sorted(line for line in metadata.requires(_NAME) or [] if "extra ==" not in line)


def _pins() -> list[str]:
    """The versions that are installed here: the grader that was tried is the one that grades."""
    found = {each.metadata["Name"]: each.version for each in metadata.distributions()}
    left_out = {_NAME, "pip", "setuptools"}
    # a version with + was built here and is nowhere to be had
    return sorted(f"{k}=={v}" for k, v in found.items() if k not in left_out and "+" not in v)


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
