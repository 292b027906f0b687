"""`autograder collect`: a learning platform's zip of a class, into nbgrader's folders.

Moodle, Canvas and others pack one archive in which a file or folder is named after its student, by
the name and a number that the platform gives. The roster, the CSV file that `nbgrader db student
import` takes, says who that is here. Nobody is guessed and nobody dropped: whoever cannot be told
for certain is listed, with the way out.
"""

from __future__ import annotations

import csv
import re
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.cells import shown
from autograder.course import Refused
from autograder.submission.handed_in import SECRET, STAMP
from autograder.submission.read import MAX_MEMBERS, MAX_SHOWN, MAX_UNPACKED, SKIPPED

# how a platform names what one student handed in: the first part of a path in its zip
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)")
_CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")


@dataclass
class Parcel:
    """What one student has in the archive. late: whether the platform says so."""

    name: str
    number: str = ""
    late: bool = False
    files: dict[str, zipfile.ZipInfo] = field(default_factory=dict)


@dataclass
class Collected:
    """What became of an archive: students by what was done, and in words what could not be."""

    written: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)  # a notebook: student → the files
    nothing: list[str] = field(default_factory=list)  # of the roster, without a file


class Roster:
    """Who is in the course: a CSV file with id, and what else of nbgrader's columns there is."""

    def __init__(self, file: Path) -> None:
        self.file, self.ids = file, list[str]()
        self.known: dict[str, set[str]] = {}  # what somebody may be called → ids
        try:
            with file.open(newline="", encoding="utf-8-sig") as text:
                rows = list(csv.DictReader(text))
        except (OSError, ValueError, csv.Error) as error:
            raise Refused(f"{file} cannot be read ({error})") from None
        if not rows or "id" not in rows[0]:
            raise Refused(
                f"{file} is no roster: its first line must name the columns, among them id "
                f"(and first_name, last_name, email, lms_user_id where they are known)"
            )
        for row in rows:
            self._add({key: (value or "").strip() for key, value in row.items() if key in _COLUMNS})

    def _add(self, row: dict[str, str]) -> None:
        id = row.get("id", "")
        if not id:
            return
        if "/" in id or "\\" in id or id.startswith(".") or "+" in id or not id.isprintable():
            raise Refused(
                f"{self.file}: {shown(id)} cannot be an id: it names a folder, so it has no slash, "
                f"no + and no control character, and does not begin with a dot"
            )
        self.ids.append(id)
        first, last = row.get("first_name", ""), row.get("last_name", "")
        names = [id, row.get("email", ""), f"{first} {last}", f"{last} {first}"]
        for name in filter(None, map(_key, names)):
            self.known.setdefault(name, set()).add(id)
        if row.get("lms_user_id"):
            self.known.setdefault(f"#{row['lms_user_id']}", set()).add(id)

    def who(self, parcel: Parcel) -> tuple[str, str]:
        """(the student's id, "") or ("", why it cannot be told)."""
        found = self.known.get(f"#{parcel.number}") or self.known.get(_key(parcel.name), set())
        if len(found) == 1:
            return next(iter(found)), ""
        number = f", or lms_user_id {parcel.number}" if parcel.number else ""
        if found:
            return "", f"may be {' or '.join(sorted(found))}: lms_user_id in {self.file} would tell"
        return "", f"is nobody in {self.file}: write this name there{number}, and run it again"


_COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")


def collect(archive: Path, roster: Roster, submitted: Path, unit: str, update: bool) -> Collected:
    """Write what is in the archive below `submitted`, as nbgrader lays it out.

    update: also over what a student had handed in before. Raises Refused where the archive cannot
    be read.
    """
    done, kept = Collected(), list[str]()
    with _opened(archive) as packed:
        for parcel in _parcels(packed, done.problems):
            student, why = roster.who(parcel)
            if why:
                files = ", ".join(shown(name) for name in list(parcel.files)[:3])
                done.problems.append(f"{shown(parcel.name)} ({files}) {why}")
                continue
            if student in (*done.written, *done.same):
                done.problems.append(f"{shown(parcel.name)} is {student} a second time: left out")
                continue
            if parcel.late:
                done.late.append(student)
            if not any(name.lower().endswith((".ipynb", ".zip")) for name in parcel.files):
                done.without[student] = ", ".join(shown(name) for name in list(parcel.files)[:3])
            folder = submitted / student / unit
            try:
                if _is_there(packed, parcel, folder):
                    done.same.append(student)
                elif folder.exists() and not update:
                    kept.append(student)
                    done.problems.append(
                        f"{student} had handed in something else: {folder} is as it was "
                        f"(--update takes what is in the archive)"
                    )
                else:
                    _write(packed, parcel, folder)
                    done.written.append(student)
            except Exception as error:  # whatever a packed file does to its reader
                said = str(error) or type(error).__name__
                done.problems.append(f"{student} is not collected: {said}")
    there = {*done.written, *done.same, *kept}
    done.nothing = [id for id in roster.ids if id not in there]
    return done


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        packed = zipfile.ZipFile(archive)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Refused(f"{archive} is no readable zip file ({error})") from None
    members = packed.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
        packed.close()
        raise Refused(f"{archive} holds more than a class hands in; collect it in parts")
    return packed


def _parcels(packed: zipfile.ZipFile, problems: list[str]) -> Iterator[Parcel]:
    """What belongs together, by the name and number that the platform gave."""
    found: dict[tuple[str, str], Parcel] = {}
    for member in packed.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or SKIPPED & set(path.parts) or path.name.startswith("._"):
            continue
        if path.name in (STAMP, SECRET):  # nbgrader's own: no student writes them
            continue
        if ".." in path.parts or path.is_absolute() or stat.S_ISLNK(member.external_attr >> 16):
            problems.append(f"{shown(str(path))} points outside of the archive: left out")
            continue
        if member.file_size > MAX_SHOWN:
            problems.append(f"{shown(str(path))} is larger than {MAX_SHOWN // 10**6} MB: left out")
            continue
        name, number, late, file = _belongs(path)
        parcel = found.setdefault((name, number), Parcel(name, number))
        parcel.late |= late
        parcel.files[_free(file, parcel.files)] = member
    yield from found.values()


def _free(name: str, taken: Collection[str]) -> str:
    """The name, with a number where another file has it: nothing that was handed in is lost."""
    path, number, free = PurePosixPath(name), 1, name
    while free in taken:
        number += 1
        free = str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
    return free


def _belongs(path: PurePosixPath) -> tuple[str, str, bool, str]:
    """(the student's name, number, whether it came late, the file's own name)."""
    first, rest = path.parts[0], "/".join(path.parts[1:])
    moodle, canvas = _MOODLE.fullmatch(first), None if rest else _CANVAS.fullmatch(first)
    # what comes first is the platform's; what follows may be a name that a student chose
    if canvas and not (moodle and moodle.start("number") <= canvas.start("number")):
        return canvas["name"], canvas["number"], bool(canvas["late"]), canvas["file"]
    if moodle:
        return moodle["name"], moodle["number"], False, rest or moodle["file"] or first
    return (first, "", False, rest) if rest else (path.stem, "", False, path.name)


def _is_there(packed: zipfile.ZipFile, parcel: Parcel, folder: Path) -> bool:
    """Whether the folder holds just these files."""
    if not folder.is_dir():
        return False
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    files.pop(STAMP, None)
    return files.keys() == parcel.files.keys() and all(
        files[name].read_bytes() == packed.read(member) for name, member in parcel.files.items()
    )


def _write(packed: zipfile.ZipFile, parcel: Parcel, folder: Path) -> None:
    """All files of one student, or where something goes wrong, none."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name, member in parcel.files.items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        with packed.open(member) as source, (part / name).open("wb") as target:
            shutil.copyfileobj(source, target)
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)


def _key(name: str) -> str:
    """A name without what platforms change about it: case, accents, spaces, punctuation."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
