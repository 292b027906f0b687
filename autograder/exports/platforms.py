"""How Canvas, Moodle and Blackboard write a gradebook as a file, and read one.

What each does with a file, by its own documents and code (2026):

- Canvas ("Import grades in the Gradebook"; lib/gradebook_importer.rb): the first column is Student,
  the second ID, then SIS User ID, SIS Login ID, Section and the assignments as "Title (number)";
  a row "Points Possible" stands above the students. A title without a known number is offered as a
  new assignment, an empty cell changes nothing.
- Moodle ("Grade import"; grade/import/csv): a header, then one row for each user, who is found by
  ID number, e-mail address or username; the teacher says which column is which grade item. One row
  of somebody unknown ends the whole import. "-" is no grade.
- Blackboard Learn ("Upload or download grades to work offline"): rows are found by Username,
  columns by the number after "|" in "Title [Total Pts: 10 Score] |123". A column without one
  becomes a new column of text without points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.exports.grades import Column, Row


@dataclass(frozen=True)
class Platform:
    """One system's file.

    identity: the columns that say who it is, where no file of its own is given. known: what such
    columns are called in a file of its own. found_by: those by which a student is found, the
    surest first. title: finds the name of a grade column in its header. none: no grade.
    own_numbers: columns with numbers of the system's own, which no id of ours may be taken for.
    """

    name: str
    identity: tuple[str, ...]
    known: tuple[str, ...]
    found_by: tuple[str, ...]
    title: re.Pattern[str]
    none: str = ""
    own_numbers: tuple[str, ...] = ()
    points_row: bool = False
    quoted: bool = False

    def who(self, row: Row) -> list[str]:
        """The identity of a student, from the gradebook alone."""
        name = ", ".join(filter(None, [row.last_name, row.first_name])) or row.student
        values = {
            "Student": name,
            "ID": row.lms_id,
            "SIS Login ID": row.student,
            "First name": row.first_name,
            "Last name": row.last_name,
            "First Name": row.first_name,
            "Last Name": row.last_name,
            "ID number": row.lms_id or row.student,
            "Email address": row.email,
            "Username": row.student,
            "Student ID": row.lms_id,
        }
        return [values.get(column, "") for column in self.identity]

    def is_student(self, cells: Sequence[str]) -> bool:
        """Whether a row of its file is a student's."""
        if not any(cell.strip() for cell in cells):
            return False
        notes = all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in cells)
        return not notes and not (self.points_row and "Points Possible" in cells[0])

    def header(self, column: Column, known: Sequence[str]) -> str:
        """The column's header: as it stands in the system's own file, where it is there."""
        wanted = column.title.casefold()
        for header in known:
            if match := self.title.fullmatch(header.strip()):
                title = match["title"].strip().casefold()
                if wanted in (title, title.partition(": ")[2]):  # Moodle: "Assignment: …"
                    return header
        return column.title

    def worth(self, header: str) -> str:
        """The points that a header says, "" where it says none."""
        match = self.title.fullmatch(header.strip())
        return (match.groupdict().get("worth") or "") if match else ""

    def points(self, columns: Sequence[Column], width: int) -> list[list[str]]:
        """Rows between the header and the students. width: of the identity."""
        if not self.points_row:
            return []
        return [["    Points Possible", *[""] * (width - 1), *(number(c.points) for c in columns)]]


def number(score: float) -> str:
    """With two decimals at most, as all three keep them."""
    return f"{score:.2f}".rstrip("0").rstrip(".")


_CANVAS = (
    *("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID"),
    *("Integration ID", "Root Account", "Section"),
)
_MOODLE = (
    *("First name", "Last name", "Surname", "ID number", "Institution", "Department"),
    *("Email address", "Username"),
)
_BLACKBOARD = (
    *("Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability"),
    "Child Course ID",
)
PLATFORMS = {
    "canvas": Platform(
        "Canvas",
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
        _CANVAS,
        ("SIS Login ID", "SIS User ID", "Integration ID", "ID"),
        re.compile(r"(?P<title>.*?)( \(\d+\))?"),
        own_numbers=("ID",),
        points_row=True,
    ),
    "moodle": Platform(
        "Moodle",
        ("First name", "Last name", "ID number", "Email address", "Username"),
        _MOODLE,
        ("Username", "ID number", "Email address"),
        re.compile(r"(?P<title>.*?)( \(Real\))?"),
        none="-",
    ),
    "blackboard": Platform(
        "Blackboard",
        ("Last Name", "First Name", "Username", "Student ID"),
        _BLACKBOARD,
        ("Username", "Student ID"),
        re.compile(r"(?P<title>.*?)( \[Total Pts: (up to )?(?P<worth>[\d.]*).*\])?( ?\|\d+)?"),
        quoted=True,
    ),
}
