"""How fast submissions are graded: `autograder autograde` beside stock `nbgrader autograde`.

    .venv/bin/python benchmarks/grading_speed.py [--submissions 100]
    .venv/bin/python benchmarks/grading_speed.py --many 5000

Submissions of one unit (right, wrong in several ways, untouched, hostile) are graded in a course of
their own: by ours with one worker, by stock, by ours with two. Then it is checked that honest work
has the same scores in both gradebooks, and told where the time of one submission goes, beside the
floor, executing its cells. Memory is the proportional set size of a worker process with all that it
has started. `--many` grades so many in one go, ours alone, and tells whether memory stays flat.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell

from autograder.course import root

UNIT, NOTEBOOK = "02_forget_gate", "forget_gate"  # where --unit names no other
WRONG = {
    "nothing": "    return None",
    "raises": "    raise ValueError('not yet')",
    "zero": "    return 0.0",
    "argument": "    return locals().popitem()[1]",
}
TRANSFORMER = """import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(NoAsserts())"""
HOSTILE = {
    "ends its process": "import os\nos._exit(0)",
    "kills itself": "import os\nos.kill(os.getpid(), 9)",
    "removes asserts": TRANSFORMER,
    "patches numpy": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None",
    "prints a lot": "for _ in range(200): print('x' * 10_000)",
    "100 errors": "raise ValueError('no')",
}


def submissions(
    released: Any, solved: Any, count: int, hostile: bool = True
) -> Iterator[tuple[str, Any]]:
    """(kind, notebook): of 20 ten are right, five wrong, three untouched and two hostile."""
    answers = [id_of(cell) for cell in solved.cells if marks(cell).get("solution")]
    answers = [id for id in answers if cell_of(solved, id).cell_type == "code"]
    wrongs, attacks = list(WRONG), list(HOSTILE)
    for number in range(count):
        notebook, turn = copy.deepcopy(released), number % 20
        if turn in (3, 9, 15):
            yield "untouched", notebook
            continue
        for id in answers:
            cell_of(notebook, id).source = cell_of(solved, id).source
        kind = "right"
        if turn in (1, 5, 11, 13, 19):
            id, kind = answers[number // 2 % len(answers)], wrongs[number % len(wrongs)]
            spoil(cell_of(notebook, id), kind)
            kind = f"{id}: {kind}"
        if hostile and turn in (7, 17):
            attack = attacks[number // 10 % len(attacks)]
            notebook.cells.insert(2, new_code_cell(HOSTILE[attack]))
            spoil(cell_of(notebook, answers[0]), "zero")
            kind = f"hostile: {attack}"
        yield kind, notebook


def spoil(cell: Any, kind: str) -> None:
    head = next(line for line in cell.source.splitlines() if line.startswith("def "))
    cell.source = f"{head}\n{WRONG[kind]}"


def marks(cell: Any) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def id_of(cell: Any) -> str:
    return marks(cell).get("grade_id", "")


def cell_of(notebook: Any, id: str) -> Any:
    return next(cell for cell in notebook.cells if id_of(cell) == id)


def make_course(course: Path) -> None:
    """The package and one unit alone, released by nbgrader into a gradebook."""
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for package in ("utils", "autograder"):
        shutil.copytree(root() / package, course / package, ignore=skip)
    shutil.copytree(root() / "solutions" / UNIT, course / "solutions" / UNIT, ignore=skip)
    for shared in (root() / "solutions").glob("*.py"):
        shutil.copy(shared, course / "solutions")
    shutil.copy(root() / "nbgrader_config.py", course)
    (course / "notebooks").mkdir()
    run(course, "nbgrader", "generate_assignment", UNIT)


def hand_in(course: Path, count: int, hostile: bool = True) -> dict[str, str]:
    """Write `count` submissions; student → kind."""
    released, solved = (
        nbformat.read(course / kind / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
        for kind in ("notebooks", "solutions")
    )
    kinds = {}
    for number, (kind, notebook) in enumerate(submissions(released, solved, count, hostile)):
        student = f"s{number:05}"
        folder = course / "autograder" / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NOTEBOOK}.ipynb")
        kinds[student] = kind
    return kinds


def run(course: Path, module: str, *arguments: str) -> tuple[float, str]:
    """Run a command in the course; (seconds, what it printed)."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=course,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(course)},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1):  # 1: some could not be graded
        raise RuntimeError(f"{module} {arguments}: {done.stderr[-2000:]}")
    return seconds, done.stdout


def scores(course: Path) -> dict[tuple[str, str], float | None]:
    """(student, grade cell) → what stands in the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(UNIT)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


class Memory(threading.Thread):
    """Samples the proportional set size of what this process has started, in MB.

    workers: the largest worker, with all it has started, at each moment; main: all the rest.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.workers: list[float] = []
        self.main: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.25):
            children, commands = processes()
            below = tree(os.getpid(), children)
            servers = [pid for pid in below if "multiprocessing.forkserver" in commands[pid]]
            workers = [pid for server in servers for pid in children.get(server, [])]
            trees = [tree(pid, children) for pid in workers]
            sizes = [sum(map(pss, processes)) for processes in trees]
            if sizes:
                inside = {pid for processes in trees for pid in processes}
                self.workers.append(max(sizes))
                self.main.append(sum(pss(pid) for pid in below if pid not in inside))


def processes() -> tuple[dict[int, list[int]], dict[int, str]]:
    """(parent → children, process → command line)."""
    children, commands = defaultdict(list), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
        children[parent].append(int(folder.name))
    return children, commands


def tree(top: int, children: dict[int, list[int]]) -> list[int]:
    """A process and all below it."""
    return [top, *(pid for child in children.get(top, []) for pid in tree(child, children))]


def pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0.0


@contextmanager
def measured() -> Iterator[Memory]:
    memory = Memory()
    memory.start()
    try:
        yield memory
    finally:
        memory.over.set()
        memory.join()


def compare(place: Path, count: int) -> None:
    """Ours and stock on the same submissions."""
    courses = {name: place / name for name in ("one", "stock", "two")}
    for course in courses.values():
        make_course(course)
        kinds = hand_in(course, count)
    taken, memory = {}, {}
    for name, workers in (("one", 1), ("stock", 0), ("two", 2)):
        if name == "stock":
            taken[name], _ = run(courses[name], "nbgrader", "autograde", UNIT)
            continue
        with measured() as memory[name]:
            options = ["--json", "--workers", str(workers)]
            taken[name], printed = run(courses[name], "autograder", "autograde", UNIT, *options)
        reports = json.loads(printed)["submissions"]
        print(f"{name}: median of a submission {median(r['seconds'] for r in reports):.3f} s")
    done = sorted(
        p.stat().st_mtime for p in courses["stock"].glob("autograder/autograded/*/*/*.ipynb")
    )
    gaps = [after - before for before, after in pairwise(done)]
    print(f"stock: median of a submission {median(gaps):.3f} s")
    print(f"\n| {count} submissions | seconds | a second | times stock | MB: median, peak |")
    print("|---|---|---|---|---|")
    for name, words in (
        ("stock", "stock `nbgrader autograde`"),
        ("one", "`autograder autograde --workers 1`"),
        ("two", "`autograder autograde --workers 2`"),
    ):
        sizes = memory[name].workers if name in memory else []
        peak = f"{median(sizes):.0f}, {max(sizes):.0f}" if sizes else ""
        ratio, rate = taken["stock"] / taken[name], count / taken[name]
        print(f"| {words} | {taken[name]:.1f} | {rate:.1f} | {ratio:.1f} | {peak} |")
    check_scores({name: scores(course) for name, course in courses.items()}, kinds)


def check_scores(found: dict[str, dict], kinds: dict[str, str]) -> None:
    """Honest work has the same score everywhere; raises AssertionError where it has not."""
    stock, compared = found["stock"], 0
    for name in ("one", "two"):
        for (student, cell), score in found[name].items():
            if not kinds[student].startswith("hostile"):
                assert stock[student, cell] == score, (kinds[student], cell, score, name)
                compared += 1
    honest = sum(not kind.startswith("hostile") for kind in kinds.values())
    print(f"\n{honest} honest submissions: {compared} scores compared, all equal to stock's")


def break_down(place: Path, count: int = 40) -> None:
    """Where the time of one submission goes, in this process, beside its floor."""
    from autograder.batch import grade_many
    from autograder.classroom import classroom
    from autograder.grading import grade
    from autograder.reports import marked, page
    from autograder.sandbox import execute, worker
    from autograder.sandbox.execute import Limits

    course = place / "parts"
    make_course(course)
    hand_in(course, count, hostile=False)
    spent: dict[str, float] = defaultdict(float)

    def timed(owner: Any, name: str, label: str) -> None:
        function: Callable = getattr(owner, name)

        def wrapper(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                spent[label] += time.perf_counter() - began

        setattr(owner, name, wrapper)

    with classroom.Classroom(course, UNIT, Limits()) as unit:
        roster = unit.roster()
        unit.grade(roster[:2], grade_many.engine(unit.job))  # what is done once
        timed(execute._Run, "_run", "its cells run")
        timed(execute._Run, "_ask", "its functions are called")
        timed(grade, "execute", "execute")
        timed(grade, "read", "read")
        timed(grade, "restore", "restored")
        timed(grade, "judge", "judged")
        timed(page, "page", "feedback page")
        timed(marked, "mark", "marks and autograded notebook")
        timed(unit.book, "write", "files and gradebook")
        began = time.perf_counter()
        unit.grade(roster[2:], grade_many.engine(unit.job))
        whole = time.perf_counter() - began
        worker.close()
    inside = spent["its cells run"] + spent["its functions are called"]
    spent["its process starts and ends"] = spent.pop("execute") - inside
    spent["the rest"] = whole - sum(spent.values())
    print("\n| part of one submission | ms |\n|---|---|")
    for label, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"| {label} | {1000 * seconds / (count - 2):.1f} |")
    print(f"| together | {1000 * whole / (count - 2):.1f} |")
    print(f"| floor: the cells an answer needs, warmed, and nothing else | {floor(course):.1f} |")


def floor(course: Path, rounds: int = 5) -> float:
    """Milliseconds that the cells take that an answer needs, and nothing else.

    The mean over the same submissions, each run in a copy of a process that has run one already;
    of each the median of `rounds`.
    """
    import numpy as np

    import utils.check
    from autograder.submission.leave_out import left_out
    from autograder.submission.read import find, load_units, read
    from autograder.submission.restore import restore

    assert np and utils.check
    units = load_units(course)
    sources = {}
    for path in sorted((course / "autograder" / "submitted").glob("*/*/*.ipynb")):
        submission = read(next(find(path)), units)
        notebook = restore(submission.notebook, units[UNIT].notebook)[0]
        spare = left_out(notebook, units[UNIT].notebook)
        sources[path] = [
            compile(cell.source, "cell", "exec")
            for index, cell in enumerate(notebook.cells)
            if cell.cell_type == "code" and index not in spare and not marks(cell).get("grade")
        ]
    os.chdir(course / "solutions" / UNIT)
    sys.path.insert(0, "")
    given = needed_imports(units[UNIT].notebook)
    run_cells(given, next(iter(sources.values())))  # warmed
    found = []
    for cells in sources.values():
        found.append(median(in_a_copy(given, cells) for _ in range(rounds)))
    return 1000 * sum(found) / len(found)


def needed_imports(notebook: Any) -> list[tuple[list[str], str]]:
    from autograder.submission.needs import given, needed

    answers = [i for i, cell in enumerate(notebook.cells) if not marks(cell).get("solution")]
    return needed(given(notebook), notebook, answers)


def run_cells(given: list[tuple[list[str], str]], cells: list[Any]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    with redirect_stdout(io.StringIO()):
        for _, text in given:
            exec(text, names)
        for cell in cells:
            with suppress(Exception):
                exec(cell, names)


def in_a_copy(given: list[tuple[list[str], str]], cells: list[Any]) -> float:
    """Seconds that the cells take in a fork of this process."""
    ours, theirs = os.pipe()
    if os.fork() == 0:
        began = time.perf_counter()
        run_cells(given, cells)
        os.write(theirs, str(time.perf_counter() - began).encode())
        os._exit(0)
    os.close(theirs)
    os.wait()
    with os.fdopen(ours) as answer:
        return float(answer.read())


def start_up(place: Path, rounds: int = 9) -> None:
    """Seconds from a command to its verdict where there is next to nothing to do."""
    course = place / "start"
    make_course(course)
    hand_in(course, 20, hostile=False)
    one = f"autograder/submitted/s00000/{UNIT}/{NOTEBOOK}.ipynb"
    run(course, "autograder", "autograde", UNIT)
    commands = {
        "autograder --help": ["--help"],
        "autograder grade NOTEBOOK": ["grade", one],
        "autograder autograde UNIT --student ID --force": [
            "autograde",
            UNIT,
            "--student",
            "s00000",
            "--force",
        ],
        "autograder autograde UNIT, the first time after that": ["autograde", UNIT],
        "autograder autograde UNIT, nothing has changed": ["autograde", UNIT],
    }
    taken = defaultdict(list)
    for _ in range(rounds):
        for label, arguments in commands.items():
            taken[label].append(run(course, "autograder", *arguments)[0])
    print("\n| command | seconds: median, slowest |\n|---|---|")
    for label, seconds in taken.items():
        print(f"| `{label}` | {median(seconds):.2f}, {max(seconds):.2f} |")


OTTER_TEST = """from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = {points}

@test_case(points={points})
def test({name}):
    from autograder.stock import points
    assert points("{name}", {name}) == {points}
"""


def beside_otter(place: Path, python: str, rounds: int = 5) -> None:
    """One right submission, from the command to the verdict: ours, stock and `otter run`."""
    course = place / "otter"
    make_course(course)
    hand_in(course, 1, hostile=False)
    folder = course / "autograder" / "submitted" / "s00000" / UNIT
    work = place / "otter-work"
    (work / "tests").mkdir(parents=True)
    total = 0
    for cell in nbformat.read(course / "solutions" / UNIT / f"{NOTEBOOK}.ipynb", 4).cells:
        if id_of(cell).startswith("check_"):
            name, points = id_of(cell).removeprefix("check_"), marks(cell)["points"]
            total += points
            text = OTTER_TEST.format(name=name, points=points)
            (work / "tests" / f"{name}.py").write_text(text)
    shutil.copy(folder / f"{NOTEBOOK}.ipynb", work)
    beside = [p for p in (course / "notebooks" / UNIT).iterdir() if p.suffix != ".ipynb"]
    for path in beside:
        shutil.copy(path, work)
    environment = os.environ | {"PYTHONPATH": str(course), "AUTOGRADER_COURSE": str(course)}
    environment["NBGRADER_EXECUTION"] = "autograde"  # the short budget, as for the others
    otter = [python, "-m", "otter"]
    made = ["generate", "-t", "tests", "-o", "all.zip", *(path.name for path in beside)]
    subprocess.run([*otter, *made], cwd=work, env=environment, check=True, capture_output=True)
    commands = {
        "stock `nbgrader autograde`": (course, [sys.executable, "-m", "nbgrader", "autograde"]),
        "`otter run`": (work, [*otter, "run", "-a", "all.zip", f"{NOTEBOOK}.ipynb"]),
        "`autograder grade`": (
            course,
            [sys.executable, "-m", "autograder", "grade", str(folder / f"{NOTEBOOK}.ipynb")],
        ),
    }
    commands["stock `nbgrader autograde`"][1].extend([UNIT, "--force"])
    taken = defaultdict(list)
    for _ in range(rounds):
        for label, (where, command) in commands.items():
            began = time.perf_counter()
            done = subprocess.run(
                command, cwd=where, env=environment, capture_output=True, text=True
            )
            taken[label].append(time.perf_counter() - began)
            assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads((work / "results.json").read_text())
    assert sum(test.get("score", 0) for test in results["tests"]) == total, results
    ours = median(taken["`autograder grade`"])
    print("\n| one submission, from the command to the verdict | seconds | times ours |")
    print("|---|---|---|")
    for label, seconds in taken.items():
        print(f"| {label} | {median(seconds):.2f} | {median(seconds) / ours:.1f} |")


def grade_many(place: Path, count: int) -> None:
    """So many in one go: does memory grow?"""
    course = place / "many"
    make_course(course)
    hand_in(course, count, hostile=False)
    with measured() as memory:
        options = ["--json", "--workers", "2"]
        seconds, printed = run(course, "autograder", "autograde", UNIT, *options)
    reports = json.loads(printed)["submissions"]
    assert len(reports) == count and all(r["status"] == "graded" for r in reports)
    print(f"{count} submissions in {seconds:.0f} s, {count / seconds:.1f} a second, 2 workers")
    print("\n| of the run | MB of a worker, largest | MB of the main process |\n|---|---|---|")
    for tenth in range(10):
        part = slice(tenth * len(memory.main) // 10, (tenth + 1) * len(memory.main) // 10)
        workers, main = memory.workers[part], memory.main[part]
        print(f"| to {10 * (tenth + 1)} % | {max(workers):.0f} | {max(main):.0f} |")


def main() -> None:
    global UNIT, NOTEBOOK
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=100, metavar="N")
    parser.add_argument("--unit", default=UNIT, metavar="UNIT")
    parser.add_argument("--many", type=int, metavar="N")
    parser.add_argument("--parts", action="store_true", help="only where the time goes")
    text = "how long commands take that have next to nothing to do"
    parser.add_argument("--start-up", action="store_true", help=text)
    text = "a Python with otter-grader and this course's libraries: one submission beside it"
    parser.add_argument("--otter-python", metavar="PATH", help=text)
    options = parser.parse_args()
    UNIT, NOTEBOOK = options.unit, options.unit.partition("_")[2]
    with tempfile.TemporaryDirectory(prefix="grading-speed-") as folder:
        place = Path(folder).resolve()
        if options.many:
            grade_many(place, options.many)
            return
        if options.start_up:
            start_up(place)
            return
        if options.otter_python:
            beside_otter(place, options.otter_python)
            return
        if not options.parts:
            compare(place, options.submissions)
        break_down(place)


if __name__ == "__main__":
    main()
