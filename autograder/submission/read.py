"""Reads submissions of unknown origin: finds them, recognises their unit, restores locked cells.

Whatever is wrong with a file, the answer is a `Submission` whose `problem` says so in words.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import stat
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any

import ijson
import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.authoring.exercise import Unit, load_unit
from autograder.authoring.releases import Release, earlier
from autograder.cells import CHECK, grade_id, shown, tags, without_hidden
from autograder.course import AuthorError

MAX_NOTEBOOK = 50_000_000  # bytes; a notebook of this course with all its plots has about 1 MB
MAX_KEPT = 8_000_000  # of a larger one the outputs are not kept for its page
MAX_SHOWN = 500_000_000  # with outputs, which are left out while such a file is read
MAX_NESTED_ZIP = 200_000_000
MAX_MEMBERS = 20_000  # files in one archive
MAX_UNPACKED = 20_000_000_000  # bytes that an archive says its notebooks have
MAX_CELLS = 2_000
MAX_PARTS = 5_000_000  # commas, as a measure of what a notebook becomes in memory
MAX_NESTED = 500_000  # lists and objects
_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,  # an encrypted member, or an unknown compression
    zipfile.BadZipFile,
    zlib.error,
    ijson.JSONError,
)
MARKS_LOST = "the cells had lost what nbgrader notes on them; they were known by their functions"
A_LINK = "is a link to another file; hand in the notebook itself"
# folders, beside hidden ones, in which nobody hands anything in
SKIPPED = {"__MACOSX", "__pycache__", "node_modules", "site-packages", "venv"}


@dataclass(frozen=True)
class UnitSource:
    """A unit as the teacher has it: what submissions are restored from."""

    unit: Unit
    folder: Path  # solutions/<unit>
    notebook: NotebookNode
    earlier: tuple[Release, ...] = ()  # what was released before, from the newest to the oldest

    @property
    def ids(self) -> set[str]:
        return {id for id in map(grade_id, self.notebook.cells) if id}

    def up_to_date(self) -> bool:
        """Whether the notebook's points are those of `exercises.py`."""
        cells = {grade_id(cell): tags(cell).get("points") for cell in self.notebook.cells}
        points = self.unit.contents().exercises
        return all(cells.get(f"{CHECK}{id}") == of for id, of in points.items())


@dataclass(frozen=True)
class Source:
    """Where a submission lies: a file, or a member of an archive.

    problem: why it is not read. data: its bytes, where they were read already (see `sealed`).
    notes: what is known about it beforehand, to be told with its verdict.
    """

    file: Path
    member: str = ""
    problem: str = ""
    data: bytes | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        path = f"{self.file}/{self.member}" if self.member else str(self.file)
        return path.encode(errors="replace").decode()  # a name that is no text is shown with ?

    @property
    def student(self) -> str | None:
        """`ada` for nbgrader's …/submitted/ada/02_forget_gate/forget_gate.ipynb."""
        # not resolved: where a link points is not where it was handed in, and it may be a circle
        parts = (*Path(os.path.abspath(self.file)).parts, *PurePosixPath(self.member).parts)
        places = [i for i, part in enumerate(parts[:-3]) if part == "submitted"]
        return parts[places[-1] + 1] if places else None


@dataclass(frozen=True)
class Submission:
    """A submission that was read.

    problem: why it cannot be graded; where it is "", unit and notebook are set.
    """

    path: str
    student: str | None
    unit: UnitSource | None = None
    notebook: NotebookNode | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()  # what was odd about it, and did not matter
    shown: tuple[list[Any], ...] = ()  # what its cells had shown when it was handed in


class Unreadable(Exception):
    """Why a file is no notebook of this course, and the way out."""


def load_units(course: Path, only: str = "*") -> dict[str, UnitSource]:
    """Every unit of the course whose solution notebook has been built; none that is broken.

    only: the name of one, which is then loaded alone.
    """
    units = {}
    for path in sorted((course / "solutions").glob(f"{only}/exercises.py")):
        try:
            unit = load_unit(path.parent)
        except AuthorError:  # the others are graded all the same
            continue
        notebook = path.parent / f"{unit.notebook}.ipynb"
        if notebook.is_file():
            now = nbformat.read(notebook, as_version=4)
            units[unit.name] = UnitSource(unit, path.parent, now, earlier(path.parent))
    return units


def find(path: Path) -> Iterator[Source]:
    """The submissions in a notebook file, a folder (all notebooks below it) or a zip file."""
    if path.is_dir():
        yield from _in_folder(path)
    elif path.is_symlink():
        yield Source(path, problem=A_LINK)
    elif not path.exists():
        yield Source(path, problem="does not exist")
    elif path.suffix.lower() == ".zip" or _starts_like_zip(path):
        yield from _in_archive(path)
    else:
        yield Source(path)


def read(source: Source, units: dict[str, UnitSource]) -> Submission:
    """The submission at `source`. Never raises: what is wrong stands in `problem`."""
    try:
        notes: list[str] = []
        outputs: list[list[Any]] = []
        notebook = _parse(_bytes(source), notes, outputs)
        unit = _recognise(notebook, units, notes)
    except Unreadable as error:
        return Submission(source.path, source.student, problem=f"{source.path}: {error}")
    shown_then = tuple(outputs)
    return Submission(source.path, source.student, unit, notebook, "", tuple(notes), shown_then)


def sealed(source: Source) -> Source:
    """The source with its bytes, or with the reason why there are none: it can travel now."""
    try:
        return replace(source, data=_bytes(source))
    except Unreadable as error:
        return replace(source, problem=str(error))


def _in_folder(folder: Path) -> Iterator[Source]:
    found = False
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_spare(PurePosixPath(name)))
        for name in sorted(files):
            file = Path(place, name)
            if _is_notebook(PurePosixPath(name)):
                found = True
                yield Source(file, problem=A_LINK if file.is_symlink() else "")
            elif file.suffix.lower() == ".zip" and not file.is_symlink():
                found = True
                yield from _in_archive(file)
    if not found:
        yield Source(folder, problem="there is no notebook (*.ipynb) in this folder")


def _is_notebook(name: PurePosixPath) -> bool:
    """By its name, also as Windows and Safari save it."""
    low = name.name.lower()
    return low.endswith((".ipynb", ".ipynb.txt", ".ipynb.json")) and not low.startswith(
        ("._", ".~", "~$")
    )


def _is_spare(name: PurePosixPath) -> bool:
    """Whether it lies where tools keep what nobody hands in."""
    folders = name.parts[:-1] if _is_notebook(name) else name.parts
    return any(
        part in SKIPPED or (part.startswith(".") and part not in (".", "..")) for part in folders
    )


def _starts_like_zip(path: Path) -> bool:
    return path.suffix.lower() != ".ipynb" and path.is_file() and zipfile.is_zipfile(path)


def _in_archive(path: Path) -> Iterator[Source]:
    try:
        members = _archive(path, path.stat().st_mtime_ns).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield Source(path, problem=f"is no readable zip file ({error}); pack it again")
        return
    if len(members) > MAX_MEMBERS:
        problem = f"holds more than {MAX_MEMBERS:,} files; pack the notebooks alone"
        yield Source(path, problem=problem)
        return
    names = {
        member: PurePosixPath(member.filename.replace("\\", "/"))
        for member in members
        if not member.is_dir()
    }
    names = {member: name for member, name in names.items() if not _is_spare(name)}
    wanted = [
        member
        for member, name in names.items()
        if _is_notebook(name) or name.suffix.lower() == ".zip"
    ]
    if not wanted:
        yield Source(path, problem="there is no notebook (*.ipynb) in this archive")
        return
    if sum(member.file_size for member in wanted) > MAX_UNPACKED:
        gigabytes = MAX_UNPACKED // 1_000_000_000
        problem = f"its notebooks would have more than {gigabytes} GB; pack the notebooks alone"
        yield Source(path, problem=problem)
        return
    again = Counter(member.filename for member in wanted)
    for member in wanted:
        again[member.filename] -= 1
        problem = _problem(member, names[member], bool(again[member.filename]))
        if problem or _is_notebook(names[member]):
            yield Source(path, member.filename, problem)
        else:
            yield from _nested(path, member)
    yield from _without_notebook(path, list(names.values()))


def _nested(path: Path, outer: zipfile.ZipInfo) -> Iterator[Source]:
    """The notebooks of an archive within an archive, as a class's download holds them."""
    if outer.file_size > MAX_NESTED_ZIP:
        yield Source(path, outer.filename, "is too large for a zip file within a zip file")
        return
    try:
        with _archive(path, path.stat().st_mtime_ns).open(outer) as file:
            inner = zipfile.ZipFile(io.BytesIO(file.read(MAX_NESTED_ZIP)))
        named = {i: PurePosixPath(i.filename.replace("\\", "/")) for i in inner.infolist()}
        listed = [i for i, name in named.items() if _is_notebook(name) and not _is_spare(name)]
    except _UNREADABLE as error:
        yield Source(path, outer.filename, f"is no readable zip file ({error}); pack it again")
        return
    if not listed or len(listed) > MAX_MEMBERS:
        yield Source(path, outer.filename, "there is no notebook (*.ipynb) in this archive")
        return
    for info in listed:
        name = f"{outer.filename}/{info.filename}"
        problem = _problem(info, named[info], False)
        if not problem and info.file_size > MAX_NOTEBOOK:
            problem = "is too large within two archives; hand in the notebook itself"
        if problem:
            yield Source(path, name, problem)
            continue
        try:
            yield Source(path, name, data=inner.read(info))
        except _UNREADABLE as error:
            yield Source(path, name, f"cannot be read ({error})")


def _without_notebook(path: Path, names: list[PurePosixPath]) -> Iterator[Source]:
    """Of a class's download: the folders of those who handed in something else."""
    folders: dict[str, list[PurePosixPath]] = {}
    for name in names:
        if len(name.parts) > 1:
            folders.setdefault(name.parts[0], []).append(name)
    if len(folders) < 2:
        return
    for folder, files in folders.items():
        if not any(_is_notebook(file) or file.suffix.lower() == ".zip" for file in files):
            held = ", ".join(shown(file.name) for file in files[:3])
            yield Source(path, folder, f"holds no notebook but {held}; hand in the notebook itself")


def _problem(member: zipfile.ZipInfo, name: PurePosixPath, again: bool) -> str:
    """Why a member is not read, "" where it is."""
    if name.is_absolute() or ".." in name.parts:
        return "its name in the archive points outside of it; pack it again"
    if stat.S_ISLNK(member.external_attr >> 16):
        return A_LINK
    return "is in the archive twice: the last one is read" if again else ""


@lru_cache(maxsize=1)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    """The archive, kept open: a class in one archive is not listed anew for each of its members."""
    return zipfile.ZipFile(path)


def _bytes(source: Source) -> bytes:
    if source.problem:
        raise Unreadable(source.problem)
    if source.data is not None:
        return source.data
    large = (
        f"is larger than {MAX_SHOWN // 1_000_000} MB; clear its outputs (in JupyterLab: Edit, "
        f"Clear Outputs of All Cells) and save it again"
    )
    try:
        if source.member:
            archive = _archive(source.file, source.file.stat().st_mtime_ns)
            size = archive.getinfo(source.member).file_size
            if size > MAX_SHOWN:
                raise Unreadable(large)
            # read into memory: nothing from the archive is ever written to the disk
            with archive.open(source.member) as member:
                data = without_outputs(member) if size > MAX_NOTEBOOK else member.read(size + 1)
        else:
            if not source.file.is_file():
                raise Unreadable("is no regular file; hand in the notebook itself")
            size = source.file.stat().st_size
            if size > MAX_SHOWN:
                raise Unreadable(large)
            with source.file.open("rb") as file:
                data = without_outputs(file) if size > MAX_NOTEBOOK else file.read(size + 1)
    except _UNREADABLE as error:
        raise Unreadable(f"cannot be read ({error})") from None
    if len(data) > MAX_NOTEBOOK:
        raise Unreadable(large)
    return data


def _is_crowded(data: bytes) -> bool:
    return data.count(b",") > MAX_PARTS or data.count(b"[") + data.count(b"{") > MAX_NESTED


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # PowerShell's `>`
        return data.decode("utf-16").rstrip("\0")
    return data.decode("utf-8-sig").rstrip("\0")


def without_outputs(file: IO[bytes]) -> bytes:
    """A notebook without what its cells have shown, read piece by piece."""
    builder = ijson.ObjectBuilder()
    for prefix, event, value in ijson.parse(file, use_float=True):
        shown_there = prefix.startswith(("cells.item.outputs", "metadata.widgets"))
        begins = event == "map_key" and (prefix, value) in (
            ("cells.item", "outputs"),
            ("metadata", "widgets"),
        )
        if not shown_there and not begins:
            builder.event(event, value)
    return json.dumps(builder.value).encode()


def _parse(data: bytes, notes: list[str], outputs: list[list[Any]]) -> NotebookNode:
    _refuse_other_files(data)
    if not data.strip():
        raise Unreadable("the file is empty; save the notebook and hand it in again")
    if _is_crowded(data):
        with contextlib.suppress(*_UNREADABLE):
            data = without_outputs(io.BytesIO(data))
        if _is_crowded(data):
            raise Unreadable("has far too many parts; clear its outputs and save it again")
    try:
        raw = json.loads(_text(data))
        if isinstance(raw, str):  # written as JSON once too often
            raw = json.loads(raw)
        if isinstance(raw, dict) and raw.get("type") == "notebook" and "content" in raw:
            raw = raw["content"]  # what Jupyter's own server answers
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text; save the notebook in JupyterLab") from None
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(
            f"is no notebook: its JSON is broken ({said}); open it in JupyterLab, save it, "
            f"hand it in again"
        ) from None
    version = raw.get("nbformat") if isinstance(raw, dict) else None
    if isinstance(version, float | str) and str(version) in ("4", "4.0", "3", "3.0"):
        raw["nbformat"] = version = int(float(version))
    if type(version) is not int:
        raise Unreadable("is no notebook: it has no nbformat number")
    if version > 4:
        raise Unreadable(f"has the notebook format {version}; save it as nbformat 4")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about cell ids, which _clean makes anew
            if len(data) > MAX_KEPT:
                return _clean(_upgraded(raw, version), notes, [])
            return _clean(_upgraded(raw, version), notes, outputs)
    except Unreadable:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[:1]
        raise Unreadable(
            f"is no valid notebook ({type(error).__name__}: {shown(' '.join(reason), 200)}); open "
            f"it in JupyterLab, save it, hand it in again"
        ) from None


def _upgraded(raw: dict[str, Any], version: int) -> NotebookNode:
    if version < 4:
        return nbformat.convert(nbformat.reader.reads(json.dumps(raw)), 4)
    return nbformat.from_dict(raw)


def _clean(notebook: NotebookNode, notes: list[str], outputs: list[list[Any]]) -> NotebookNode:
    """The same cells without outputs, built anew: whatever else the file held is left behind.

    outputs: takes those of every cell, as they were handed in.
    """
    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    cells = []
    if len(notebook["cells"]) > MAX_CELLS:
        raise Unreadable(f"has more than {MAX_CELLS:,} cells; hand in the unit's own notebook")
    for number, cell in enumerate(notebook["cells"], 1):
        kind, source = cell["cell_type"], cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if source is None and kind in make:
            notes.append(f"cell {number} has no source: it counts as empty")
            source = ""
        if kind not in make or not isinstance(source, str):
            what = f"cell {number} is none (type {shown(repr(kind))})"
            raise Unreadable(f"is no valid notebook: {what}")
        metadata = cell.get("metadata")
        clean = make[kind](source, metadata=metadata if isinstance(metadata, dict) else {})
        if kind != "code" and isinstance(cell.get("attachments"), dict):
            clean.attachments = cell["attachments"]
        cells.append(clean)
        then = cell.get("outputs")
        outputs.append(list(then) if isinstance(then, list) else [])
    metadata = notebook.get("metadata")
    stamp = metadata.get("lstm_course") if isinstance(metadata, dict) else None
    return new_notebook(cells=cells, metadata={"lstm_course": stamp} if stamp else {})


def _recognise(
    notebook: NotebookNode, units: dict[str, UnitSource], notes: list[str]
) -> UnitSource:
    """The unit most of whose grade ids the cells have, else the one whose functions they define.

    Tools that drop what nbgrader has noted on the cells leave the functions and their checks to go
    by: the cells get their marks back.
    """
    ids = {id for id in map(grade_id, notebook.cells) if id}
    shared = {name: len(ids & source.ids) for name, source in units.items()}
    best = max(shared, key=shared.__getitem__, default="")
    if best and shared[best]:
        return units[best]
    stamp = notebook.metadata.get("lstm_course")
    stamped = stamp.get("unit") if isinstance(stamp, dict) else None
    unit = units.get(stamped) if isinstance(stamped, str) else None
    unit = unit or by_functions(notebook, units.values())
    if unit is not None:
        if mark_again(notebook, unit):
            notes.append(MARKS_LOST)
        return unit
    raise Unreadable(
        "is no notebook of this course: none of its cells has a known grade id, and none defines a "
        "function of an exercise and checks it. Copy the answers "
        "into the unit's own notebook and hand that in"
    )


_OTHER_FILES = (
    (b"version https://git-lfs", "is a pointer of Git LFS, not the notebook: run `git lfs pull`"),
    (
        b"<!doctype html",
        "is a web page, not a notebook (that of a login, perhaps): log in and download the "
        "notebook itself",
    ),
    (b"<html", "is a web page, not a notebook: download the notebook itself again"),
    (b"%pdf", "is a PDF: hand in the notebook itself (*.ipynb)"),
    (b"\x1f\x8b", "is a compressed archive: pack a zip file, or hand in the notebook itself"),
    (b"7z\xbc\xaf", "is a 7-Zip archive: pack a zip file, or hand in the notebook itself"),
    (b"rar!", "is a RAR archive: pack a zip file, or hand in the notebook itself"),
    (b"\x89png", "is a picture: hand in the notebook itself (*.ipynb)"),
    (b"<<<<<<<", "has conflicts that git left in it: resolve them (git checkout --ours FILE)"),
    (b"pk\x03\x04", "is a zip file with another name: call it .zip, or unpack it"),
)


def _refuse_other_files(data: bytes) -> None:
    """Raises Unreadable for what is no notebook at all, by how it begins."""
    begins = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, said in _OTHER_FILES:
        if begins.startswith(mark):
            raise Unreadable(said)


_DEFINES = re.compile(r"^(?:def[ \t]+(\w+)[ \t]*\(|(\w+)[ \t]*=[ \t]*lambda)", re.M)
_CHECKS = re.compile(r"^[ \t]*check\([ \t]*(\w+)[ \t]*\)", re.M)


def by_functions(notebook: NotebookNode, units: Iterable[UnitSource]) -> UnitSource | None:
    """The unit most of whose exercises the cells define and check; None where none is."""
    defined, checked = set(_defined(notebook)), set(_checked(notebook))
    units = list(units)
    for names in (defined & checked, defined):  # without the checks only where there is no doubt
        found = {unit.unit.name: len(names & unit.unit.exercises.keys()) for unit in units}
        best = sorted(found, key=found.__getitem__, reverse=True)[:2]
        sure = len(best) < 2 or found[best[0]] > found[best[1]]
        if best and found[best[0]] and (sure or names is not defined):
            return next(unit for unit in units if unit.unit.name == best[0])
    return None


def mark_again(notebook: NotebookNode, unit: UnitSource) -> bool:
    """Give cells that lack them the marks of the unit's, by functions and their order."""
    if any(map(grade_id, notebook.cells)):
        return False
    known = {id: cell for cell in unit.notebook.cells if (id := grade_id(cell))}
    for name in unit.unit.exercises:
        definitions = [c for c in notebook.cells if name in _definitions(c) and not tags(c)]
        checks = [c for c in notebook.cells if name in _checks(c) and not tags(c)]
        for cells, id in ((definitions, name), (checks, f"{CHECK}{name}")):
            free = [cell for cell in cells if not tags(cell)]  # an answer with its check below it
            if free and id in known:
                free[-1].metadata["nbgrader"] = dict(tags(known[id]))
    texts = {"".join(without_hidden(cell.source).split()): id for id, cell in known.items()}
    for cell in notebook.cells:
        id = texts.get("".join(cell.source.split()), "")
        if id and not tags(cell):
            cell.metadata["nbgrader"] = dict(tags(known[id]))
    return any(map(grade_id, notebook.cells))


def _defined(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        yield from _definitions(cell)


def _checked(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        yield from _checks(cell)


def _definitions(cell: NotebookNode) -> list[str]:
    if cell.cell_type != "code":
        return []
    return [a or b for a, b in _DEFINES.findall(cell.source)]


def _checks(cell: NotebookNode) -> list[str]:
    if cell.cell_type != "code":
        return []
    return _CHECKS.findall(cell.source)
