"""A term as docs/teaching.md tells it: every line of sections 1 to 8, with a real exchange."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbgrader.api import Gradebook
from quickly import run
from small_course import cell_of

DOCS = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
UNIT = "02_forget_gate"
EXCHANGE = "/srv/nbgrader/exchange"
WRONG = "    return np.tanh(x @ U_f + h_prev @ W_f + b_f)"
COMMENT = "Near 1, yes. But what tells the gate?"


def blocks() -> Iterator[tuple[int, str, str]]:
    """(section, what kind of block, its text), in order."""
    section = 0
    for match in re.finditer(r"^## (\d+)\.|^```(\w+ [\w.]+)\n(.*?)^```$", DOCS, re.M | re.S):
        if match[1]:
            section = int(match[1])
        else:
            yield section, match[2], match[3]


class Class:
    def __init__(self, place: Path, course: Path) -> None:
        self.place, self.course = place, Path(shutil.copytree(course, place / "course"))
        self.exchange = place / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.student_config = ""

    def here(self, text: str) -> str:
        return text.replace(EXCHANGE, str(self.exchange))

    def run(self, place: Path, line: str) -> str:
        """One line of the docs, in a shell."""
        environment = os.environ | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AUTOGRADER_COURSE": str(self.course),
            "PYTHONPATH": str(ROOT),
        }
        words = shlex.split(line)
        if words[0] not in ("nbgrader", "autograder"):
            done = subprocess.run(
                ["bash", "-c", line], cwd=place, env=environment, capture_output=True, text=True
            )
        else:
            done = run(words, place, environment)
        assert done.returncode == 0, line + done.stdout + (done.stderr or "")
        return done.stdout

    def teacher(self, text: str) -> str:
        return "\n".join(self.run(self.course, line) for line in text.strip().splitlines())

    def student(self, id: str, line: str) -> str:
        home = self.place / "students" / id
        if not home.exists():
            home.mkdir(parents=True)
            own = next(text for _, kind, text in blocks() if kind == "python pretend")
            own = own.replace("/tmp/class/ben", str(home)).replace('"ben"', repr(id))
            (home / "nbgrader_config.py").write_text(self.student_config + own, encoding="utf-8")
        return self.run(home, line)

    def solve(self, id: str, gate: str = "", answer: str = "") -> None:
        """As in JupyterLab: the course's own answers, a gate of the student's, words."""
        file = self.place / "students" / id / UNIT / "forget_gate.ipynb"
        notebook = nbformat.read(file, as_version=4)
        right = nbformat.read(self.course / "solutions" / UNIT / "forget_gate.ipynb", as_version=4)
        for name in ("forget_gate", "remaining_memory"):
            cell_of(notebook, name).source = cell_of(right, name).source
        if gate:
            cell = cell_of(notebook, "forget_gate")
            cell.source = re.sub(r"^ *return.*$", gate, cell.source, flags=re.M)
        if answer:
            cell_of(notebook, "explain_forget_gate").source = answer
        nbformat.write(notebook, file)

    def hand_in_later(self, id: str, when: str) -> None:
        """What is in the exchange, as if it had been submitted then."""
        (folder,) = (self.exchange / "lstm" / "inbound").glob(f"{id}+*")
        student, unit, _, random = folder.name.split("+")
        (folder / "timestamp.txt").write_text(when)
        folder.rename(folder.with_name(f"{student}+{unit}+{when}+{random}"))

    def book(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.course}/autograder/gradebook.db", "lstm")

    def mark(self, id: str, points: float, comment: str) -> None:
        with self.book() as book:
            grade = book.find_grade("explain_forget_gate", "forget_gate", UNIT, id)
            grade.manual_score, grade.needs_manual_grade = points, False
            book.find_comment(
                "explain_forget_gate", "forget_gate", UNIT, id
            ).manual_comment = comment
            book.db.commit()

    def total(self, id: str) -> tuple[float, float]:
        """(points, what being late costs)."""
        with self.book() as book:
            one = book.find_submission(UNIT, id)
            return one.score, one.late_submission_penalty

    def fetched(self, id: str) -> list[str]:
        found = (self.place / "students" / id / UNIT / "feedback").glob("*/*.html")
        return [page.read_text() for page in sorted(found)]


@pytest.fixture(scope="module")
def term(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("term"), course)


def test_a_term(term: Class) -> None:
    found = list(blocks())
    said: dict[int, str] = {}

    def teach(section: int) -> str:
        for number, kind, text in found:
            if number != section:
                continue
            if kind == "python student":
                term.student_config = term.here(text)
            elif kind == "python config":
                with (term.course / "nbgrader_config.py").open("a") as config:
                    config.write("\n" + term.here(text))
            elif kind.startswith("csv "):
                (term.course / kind.split()[1]).write_text(text, encoding="utf-8")
            elif kind == "sh teacher":
                said[section] = said.get(section, "") + term.teacher(text)
            elif kind == "python teacher":
                (term.course / "extra.py").write_text(text)
                term.teacher(f"{sys.executable} extra.py")
        return said.get(section, "")

    def student(section: int) -> list[str]:
        lines = [text for number, kind, text in found if (number, kind) == (section, "sh student")]
        return "".join(lines).splitlines()

    # 1, 2: a roster, a due date, a release
    teach(1)
    assert f"lstm {UNIT}" in teach(2)
    # 3: three of four hand in: right, wrong, and two days late
    fetch, validate, submit = student(3)
    for id, gate, words in (
        ("ada@uni.example", "", "It stays near 1."),
        ("ben", WRONG, ""),
        ("carl.k", "", "Around 1, then 0."),
    ):
        term.student(id, fetch)
        term.solve(id, gate, words)
        if id == "ada@uni.example":
            assert "Success" in term.student(id, validate)
        term.student(id, submit)
    term.hand_in_later("carl.k", "2030-01-17 17:00:00 UTC")
    # 4: one total; what waits is said
    text = teach(4)
    assert text.count("13 of 15") >= 4  # ada and carl.k, by both commands
    assert re.search(r"ada@uni\.example +\d.* graded +13 of 15 +read explain_forget_gate", text)
    assert re.search(r"ben .*graded +\d+ of 15$", text, re.M)  # no answer: nothing to read
    assert re.search(r"carl\.k +2030-01-17 17:00 .*47\.0 h late", text)
    assert re.search(r"李雷 +- +missing", text)
    # 5, 6: marked by hand, handed back, read
    term.mark("ada@uni.example", 1.5, COMMENT)
    said_then = teach(6)
    assert "14.5 of 15" in said_then and "released to the exchange: 3 pages" in said_then
    assert "waiting for a person: 1 submission;" in said_then
    (fetch_feedback,) = student(6)
    term.student("ada@uni.example", fetch_feedback)
    (page,) = term.fetched("ada@uni.example")
    assert "14.5 of 15 points" in page and COMMENT in page and "1.5 of 2" in page
    term.student("ben", fetch_feedback)
    assert "Your forget gate uses tanh" in term.fetched("ben")[0]
    # 7: a policy of one's own, and extra time, without a run
    policy = next(text for number, kind, text in found if (number, kind) == (7, "python config"))
    with (term.course / "nbgrader_config.py").open("a") as config:
        config.write("\n" + policy)
    term.teacher(f"autograder feedback {UNIT}")
    assert term.total("carl.k") == (13, 2.6) and term.total("ada@uni.example") == (14.5, 0)
    found = [block for block in found if block[:2] != (7, "python config")]
    teach(7)
    assert "10.4" not in term.teacher(f"autograder feedback {UNIT}")
    assert term.total("carl.k") == (13, 0)
    # 8: ben again, and zoë m. who has just come; what ada was given stays
    for id in ("ben", "zoë m."):
        if id == "zoë m.":
            term.student(id, fetch)
        term.solve(id, "", "Because of x and h.")
        term.student(id, submit)
    text = teach(4)
    assert "13 of 15" in re.search(r"^  zoë m\. .*", text, re.M)[0]  # type: ignore[index]
    assert term.total("ben") == (13, 0) and term.total("ada@uni.example") == (14.5, 0)
    teach(6)
    term.student("ben", fetch_feedback)
    assert len(term.fetched("ben")) == 2 and "13 of 15 points" in term.fetched("ben")[-1]
    assert "(feedback already fetched)" in term.student("ben", "nbgrader list --cached")
    # and away with the unit
    teach(8)
    with (term.course / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["ada@uni.example"]["score"] == "14.5" and rows["李雷"]["score"] == "0.0"
    with term.book() as book:
        assert not book.assignments and len(book.students) == 5
    assert not list(term.course.glob(f"autograder/*/*/{UNIT}"))
    term.teacher(f"nbgrader list --remove {UNIT}")
    assert "0 of 5 handed in" in term.teacher(f"autograder status {UNIT}")
    assert term.teacher(f"autograder autograde {UNIT}").count("missing ") == 5


def test_the_tables_of_the_guide_are_those_of_the_course(course: Path) -> None:
    from autograder.authoring.exercise import load_unit

    known = {path.name[:2]: path for path in (course / "solutions").glob("[0-9]*_*")}
    mistakes = re.findall(r"^\| (\d\d) \| `(\w+)` \| (.+?) \| (.+) \|$", DOCS, re.M)
    assert {unit for unit, *_ in mistakes} == known.keys()
    for unit, id, name, message in mistakes:
        wrong = {one.name: one.message for one in load_unit(known[unit]).exercises[id].wrong}
        assert wrong[name] == message
    rubric = DOCS.partition("## 12.")[2].partition("## 13.")[0]
    ideas = {
        unit: both for unit, *both in re.findall(r"^\| (\d\d) \| (.+?) \| (.+?) \|$", rubric, re.M)
    }
    assert ideas == {unit: list(load_unit(path).rubric) for unit, path in known.items()}
