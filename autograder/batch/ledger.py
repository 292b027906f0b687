"""What `autograder grade --out` leaves in its folder, and what a second run finds there.

One feedback page per submission, `report.json` for services, and a ledger with a line for each
verdict. A line is added the moment its page is there: a run that is cut off at any moment has lost
none of them, and the next one grades the rest.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from autograder.course import root
from autograder.files import replace
from autograder.grading.fingerprint import fingerprint, version
from autograder.grading.grade import Job
from autograder.grading.verdict import JsonReport, SubmissionReport
from autograder.reports import page as feedback
from autograder.submission.read import Source, sealed

FILE = ".graded.jsonl"


class Ledger:
    """The folder of one run. Raises `reports.ForeignFiles` where it holds someone else's files."""

    def __init__(self, out: Path, sources: list[Source], job: Job, force: bool = False) -> None:
        self.sources = sources
        self.pages = feedback.pages(out, [source.path for source in sources])
        course = job.course or root()
        folders = sorted(path.parent for path in course.glob("solutions/*/exercises.py"))
        self.course = fingerprint(*(version(folder) for folder in folders))
        self.keys: dict[int, str] = {}  # of those under way
        self.lines: dict[str, tuple[str, int]] = {}  # path → its key, and where its line begins
        self.file = (out / FILE).open("a+b")
        if not force:
            self._index()
        self.report = out / feedback.REPORT
        self.part = self.report.with_suffix(".part")
        self.json = JsonReport(self.part.open("w", encoding="utf-8"))

    def _index(self) -> None:
        self.file.seek(0)
        while line := self.file.readline():
            try:
                entry = json.loads(line)
                self.lines[entry["path"]] = entry["key"], self.file.tell() - len(line)
            except (ValueError, KeyError, TypeError):  # cut off while it was written
                continue

    def find(self, number: int) -> SubmissionReport | None:
        """The verdict of an earlier run on the same bytes, by the same grader."""
        source = self.sources[number]
        key, begins = self.lines.get(source.path, ("", 0))
        page = self.pages[number]
        if not key or not page.is_file() or key != self._key(sealed(source)):
            return None
        self.file.seek(begins)
        return SubmissionReport.from_json(json.loads(self.file.readline())["report"])

    def sealed(self, number: int) -> Source:
        """The source with the bytes that are to be graded; their hash is kept for `add`."""
        source = sealed(self.sources[number])
        self.keys[number] = self._key(source)
        return source

    def add(self, number: int, report: SubmissionReport, page: str, final: bool) -> None:
        """Write the page, and unless grading is to be tried again, the line of a verdict."""
        key = self.keys.pop(number)
        if page:
            replace(self.pages[number], page)
        if final:
            entry = {"path": report.path, "key": key, "report": asdict(report)}
            self.file.seek(0, os.SEEK_END)
            self.file.write(b"\n" * self._torn() + json.dumps(entry).encode() + b"\n")
            self.file.flush()

    def _torn(self) -> bool:
        """Whether the last line was cut off."""
        if self.file.tell() == 0:
            return False
        self.file.seek(-1, os.SEEK_END)
        return self.file.read(1) != b"\n"

    def _key(self, source: Source) -> str:
        return fingerprint(self.course, source.problem, source.data or b"")

    def close(self) -> None:
        """Put the report in its place."""
        self.json.close()
        self.json.file.close()
        os.replace(self.part, self.report)
        self.file.close()
