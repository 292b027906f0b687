"""Grading from outside: whatever is handed in gets a verdict, and the right one."""

from __future__ import annotations

import copy
import io
import json
import stat
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from small_course import MAX_SCORE, UNIT, cell_of, make_course, save, source_notebook, submission

from autograder import cli, grade_notebook
from autograder.authoring.exercise import load_unit
from autograder.batch.grade_many import grade
from autograder.grading.verdict import Report, SubmissionReport, summary
from autograder.reports.page import ForeignFiles
from autograder.submission.restore import restore
from utils.judging.judge import WAITING
from utils.judging.protocol import answer, read_reply, write_request
from utils.judging.run import answers
from utils.judging.spec import pack_outcome
from utils.judging.wire import Packer, to_bytes

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "autograder" / "schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("small"))


@pytest.fixture
def graded(small: Path, tmp_path: Path) -> Any:
    """Grade one notebook and check the shape of its report."""

    def run(notebook: Any, timeout: float = 10.0) -> SubmissionReport:
        report = grade([save(notebook, tmp_path / "work.ipynb")], course=small, timeout=timeout)
        jsonschema.validate(report.as_json(), SCHEMA)
        return report.submissions[0]

    return run


def scores(report: SubmissionReport) -> dict[str, float]:
    return {exercise.id: exercise.score for exercise in report.exercises}


def said(report: SubmissionReport, id: str) -> str:
    exercise = next(exercise for exercise in report.exercises if exercise.id == id)
    open_checks = [check.message for check in exercise.checks if not check.passed]
    return next((message for message in open_checks if message != WAITING), "")


# What a submission earns


def test_right(graded: Any) -> None:
    report = graded(submission())
    assert (report.status, report.unit, report.student) == ("graded", UNIT, None)
    assert report.score == report.max_score == MAX_SCORE
    assert scores(report) == {"double": 5, "total": 3, "limit_is_seven": 1}
    assert report.seconds > 0
    # the answer that a person must read is not silently left out
    assert (report.waiting, report.unmarked) == (["explain_small"], 2)
    text = summary(Report([report]))
    assert "9 of 11" in text and "2 points not marked yet" in text


def test_partly_right_gets_partial_credit_and_its_own_message(graded: Any) -> None:
    report = graded(
        submission(
            double="def double(x):\n    return 2 * abs(x)",
            total="def total(x, b):\n    return x.sum(axis=1)",
            limit="limit = 3",
        )
    )
    assert report.status == "graded"
    assert scores(report) == {"double": 0, "total": 2, "limit_is_seven": 0}
    assert "You lose the sign of x." in said(report, "double")
    assert "You leave b out." in said(report, "total")
    plain = report.exercises[-1].checks[0]
    assert plain.name == "ran in the student's process" and not plain.passed


def test_untouched_scores_nothing(graded: Any) -> None:
    report = graded(submission(double="", total="", limit=""))
    assert report.status == "graded" and report.score == 0
    assert "not written yet" in said(report, "double")


def test_missing_raising_and_hanging_functions_cost_only_themselves(graded: Any) -> None:
    missing = graded(submission(double="x = 1"))
    assert (missing.status, missing.score) == ("graded", MAX_SCORE - 5)
    assert "there is no double" in said(missing, "double")
    raising = graded(submission(total="def total(x, b):\n    return x.sums()"))
    assert (raising.status, raising.score) == ("graded", MAX_SCORE - 3)
    assert "AttributeError" in said(raising, "total") and "x.sums()" in said(raising, "total")
    hanging = graded(submission(double="def double(x):\n    while True: pass"), timeout=1.0)
    assert (hanging.status, hanging.score) == ("graded", MAX_SCORE - 5)
    assert "no answer within 1 s" in said(hanging, "double")


def test_a_function_that_no_alarm_stops_is_ended_with_its_kernel(
    graded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.sandbox.execute.GRACE", 0.5)
    deaf = (
        "import signal\n"
        "def double(x):\n"
        "    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "    while True: pass"
    )
    report = graded(submission(double=deaf), timeout=1.0)
    assert scores(report) == {"double": 0, "total": 3, "limit_is_seven": 1}
    assert "no answer within 1 s" in said(report, "double")


def test_errors_prints_and_warnings_elsewhere_cost_nothing(graded: Any) -> None:
    noisy = (
        "import sys, warnings\n"
        "def double(x):\n"
        "    warnings.warn('careful'); print('hello', file=sys.stderr)\n"
        "    return 2 * x"
    )
    report = graded(submission(before="1 / 0", double=noisy))
    assert (report.status, report.score) == ("graded", MAX_SCORE)


def test_answers_copied_from_the_committed_cases_fail(small: Path, graded: Any) -> None:
    spec = load_unit(small / "solutions" / UNIT).spec("double")
    table = [(c.args["x"].tolist(), c.expected.tolist()) for c in spec.cases]
    copied = (
        f"TABLE = {table!r}\n"
        "def double(x):\n"
        "    return next((np.array(b) for a, b in TABLE if a == x.tolist()), np.zeros_like(x))"
    )
    namespace: dict[str, Any] = {"np": np}
    exec(copied, namespace)
    known = answers(namespace["double"], spec)
    assert all(np.array_equal(o.value, c.expected) for o, c in zip(known, spec.cases, strict=True))
    assert scores(graded(submission(double=copied)))["double"] <= 1  # the shape alone


def test_the_kernel_has_neither_solutions_nor_expected_values(graded: Any) -> None:
    look = (
        "import os, utils.learner.course, utils.judging.spec\n"
        "assert sorted(os.listdir()) == ['cases.npz', 'earlier.py'], os.listdir()\n"
        "from utils.judging.wire import names\n"
        "assert names(open('cases.npz', 'rb').read()) == ['contents']\n"
        "assert sorted(os.listdir(utils.learner.course.ROOT)) == ['inside', 'utils', 'zygote.py']\n"
        "assert 'SECRET_TOKEN' not in os.environ\n"
        "limit = 7"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_TOKEN", "x")
        assert scores(graded(submission(limit=look)))["limit_is_seven"] == 1


def test_names_of_builtins_may_be_used_up_and_odd_values_returned(graded: Any) -> None:
    report = graded(
        submission(before="len = open = globals = print = None", double="double = lambda x: 10**50")
    )
    assert (report.status, report.score) == ("graded", MAX_SCORE - 5)
    assert "an int beyond 64 bits" in said(report, "double")


# Cells that stop the notebook


def test_an_endless_cell_is_stopped_and_the_rest_is_judged(graded: Any) -> None:
    report = graded(submission(before="seen = 1\nwhile True: pass"), timeout=1.0)
    assert (report.status, report.score) == ("timeout", MAX_SCORE)
    assert any("cell 2 did not end within 1 s" in m for m in report.messages)


def test_an_endless_cell_that_ignores_interrupts_costs_only_itself(
    graded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.sandbox.execute.GRACE", 0.5)
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    report = graded(submission(total=deaf), timeout=1.0)
    assert report.status == "timeout"
    assert scores(report) == {"double": 5, "total": 0, "limit_is_seven": 1}


def test_a_cell_that_ends_the_kernel_costs_only_what_it_defined(graded: Any) -> None:
    for end in ("import os\nos._exit(3)", "exit()"):
        report = graded(submission(total=end))
        assert report.status == "crashed"
        assert scores(report) == {"double": 5, "total": 0, "limit_is_seven": 1}
        assert any("the cell total ended the kernel" in m for m in report.messages)


def test_a_function_that_ends_the_kernel_costs_only_itself(graded: Any) -> None:
    report = graded(submission(double="import os\ndef double(x):\n    os._exit(1)"))
    assert report.status == "crashed"
    assert scores(report) == {"double": 0, "total": 3, "limit_is_seven": 1}
    assert "ended the kernel" in said(report, "double")


def test_a_kernel_that_always_dies_is_given_up(graded: Any) -> None:
    notebook = submission()
    notebook.cells[2:2] = [new_code_cell("import os; os._exit(1)") for _ in range(6)]
    report = graded(notebook)
    assert (report.status, report.score) == ("crashed", 0)
    assert "could not be reached" in said(report, "double")


# Files of every kind


def test_bad_files_are_invalid_and_the_good_one_is_graded(small: Path, tmp_path: Path) -> None:
    good = save(submission(), tmp_path / "homework (2).ipynb")
    foreign = nbformat.v4.new_notebook(cells=[new_code_cell("1")])
    bad = {
        "empty.ipynb": b"",
        "broken.ipynb": good.read_bytes()[:-30],
        "binary.ipynb": bytes(range(256)),
        "list.ipynb": b"[1, 2]",
        "deep.ipynb": b"[" * 100_000,
        "future.ipynb": b'{"nbformat": 7, "nbformat_minor": 0, "cells": [], "metadata": {}}',
        "no_cells.ipynb": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        "odd_cells.ipynb": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [7]}',
        "foreign.ipynb": json.dumps(foreign).encode(),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    report = grade([tmp_path], course=small)
    jsonschema.validate(report.as_json(), SCHEMA)
    assert not report.complete
    status = {Path(one.path).name: one.status for one in report.submissions}
    assert status == {name: "invalid" for name in bad} | {good.name: "graded"}
    for one in report.submissions:
        if one.status == "invalid":
            assert Path(one.path).name in one.messages[0] and one.score == 0
        else:
            assert one.score == MAX_SCORE


def test_old_formats_marks_and_missing_grade_ids_are_understood(
    small: Path, tmp_path: Path
) -> None:
    old = json.loads(json.dumps(submission()))
    old["nbformat_minor"] = 2
    for cell in old["cells"]:
        del cell["id"]
    marked = tmp_path / "marked.ipynb"
    marked.write_bytes(b"\xef\xbb\xbf" + json.dumps(old).replace("\n", "\r\n").encode())
    third = tmp_path / "third.ipynb"
    nbformat.write(nbformat.convert(submission(), 3), third, version=3)
    bare = submission()
    bare.metadata["lstm_course"] = {"unit": UNIT}
    for cell in bare.cells:
        cell.metadata = {}
    save(bare, tmp_path / "bare.ipynb")
    report = grade([tmp_path], course=small, workers=2)
    found = {Path(one.path).name: one.exercises[0].score for one in report.submissions}
    assert found == {"marked.ipynb": 5, "third.ipynb": 5, "bare.ipynb": 5}


def test_zip_folder_and_student(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "submitted" / "ada" / UNIT
    save(submission(), place / "small.ipynb")
    save(submission(), place / ".ipynb_checkpoints" / "small-checkpoint.ipynb")
    (place / "linked.ipynb").symlink_to(place / "small.ipynb")
    data = (place / "small.ipynb").read_bytes()
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("submitted/bob/02_small/mine.ipynb", data)
        archive.writestr("../outside.ipynb", data)
        archive.writestr("__MACOSX/._mine.ipynb", b"\0")
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (tmp_path / "torn.zip").write_bytes(packed.read_bytes()[:100])
    (tmp_path / "nothing").mkdir()
    paths = [tmp_path / name for name in ("submitted", "all.zip", "torn.zip", "nothing", "gone")]
    report = grade(paths, course=small, workers=2)
    found = [(one.student, one.status, one.score) for one in report.submissions]
    assert found == [
        ("ada", "invalid", 0),  # the link
        ("ada", "graded", MAX_SCORE),
        ("bob", "graded", MAX_SCORE),
        (None, "invalid", 0),  # the one that points outside
        (None, "invalid", 0),  # the one that is a link
        (None, "invalid", 0),
        (None, "invalid", 0),
        (None, "invalid", 0),
    ]
    assert not list(tmp_path.rglob("outside.ipynb"))


# Locked cells


def test_edited_cells_are_restored_and_named() -> None:
    source = source_notebook()
    notebook = submission()
    cell_of(notebook, "check_double").source = "print('all right')\n5.0"
    cell_of(notebook, "check_total").metadata.nbgrader.points = 99
    twice = copy.deepcopy(cell_of(notebook, "double"))
    twice.source = "def double(x):\n    return 3 * x"
    invented = new_code_cell("1", metadata={"nbgrader": {"grade_id": "free", "grade": True}})
    notebook.cells += [twice, copy.deepcopy(cell_of(notebook, "check_total")), invented]
    notebook.cells.remove(cell_of(notebook, "limit_is_seven"))
    cell_of(notebook, "limit").cell_type = "markdown"
    restored, messages, tampered, _ = restore(notebook, source)
    assert tampered
    text = "\n".join(messages)
    assert "locked cell check_double was changed" in text
    assert "cell check_total had other points" in text
    assert "cell double was there twice" in text and "cell check_total was there twice" in text
    assert "cell free is not part of this unit" in text
    assert "locked cell limit_is_seven was missing" in text
    assert "cell limit was made a markdown cell" in text
    assert cell_of(restored, "check_double").source == "check(double)"
    assert cell_of(restored, "check_total").metadata.nbgrader.points == 3
    assert "limit == 7" in cell_of(restored, "limit_is_seven").source
    assert cell_of(restored, "limit").cell_type == "code"
    ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in restored.cells]
    assert ids.count("double") == ids.count("check_total") == 1 and "free" not in ids
    assert twice.source in [cell.source for cell in restored.cells]  # its code stays
    for untouched in (submission(), source):
        assert restore(untouched, source)[1:3] == ([], False)


def test_edited_grade_cells_earn_nothing(graded: Any) -> None:
    notebook = submission(double="", total="", limit="")
    for id in ("check_double", "check_total", "limit_is_seven"):
        cell_of(notebook, id).source = "5.0"
    report = graded(notebook)
    assert (report.status, report.score, report.max_score) == ("tampered", 0, MAX_SCORE)


def test_deleted_checks_are_put_back(graded: Any) -> None:
    notebook = submission()
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    report = graded(notebook)
    assert (report.status, report.score) == ("tampered", MAX_SCORE)
    assert any("check_double was missing" in m for m in report.messages)


# The wire


def test_an_answer_crosses_the_wire_unchanged(small: Path) -> None:
    spec = load_unit(small / "solutions" / UNIT).spec("total", seed=3)
    request = write_request(spec)
    for function in (lambda x, b: x.sum(axis=1) + b, lambda x, b: [x], lambda x, b: "\ud800"):
        reply = answer("total", request, 5.0, {"total": function})
        here, there = answers(function, spec), read_reply(reply, spec)
        if not isinstance(here[0].value, str):
            assert repr(here) == repr(there)
    assert b"expected" not in request.replace(b'"expected":{"value":null}', b"")


def test_malformed_replies_are_refused(small: Path) -> None:
    spec = load_unit(small / "solutions" / UNIT).spec("double", seed=3)

    def reply(values: list[Any], arrays: dict | None = None) -> bytes:
        return to_bytes({"reply": (values, arrays or {})})

    def value(node: Any) -> list[Any]:
        return [{"value": node} for _ in spec.cases]

    packer = Packer()
    right = [pack_outcome(outcome, packer) for outcome in answers(lambda x: 2 * x, spec)]
    good = reply(right, packer.arrays())
    assert len(read_reply(good, spec)) == len(spec.cases)
    one = {"float64": np.ones(1)}
    deep: Any = {"value": 1}
    for _ in range(100):
        deep = {"list": [deep]}
    nested = io.BytesIO()
    np.savez(nested, **{"reply/description": np.frombuffer(b"[" * 100_000, dtype=np.uint8)})
    pickled = io.BytesIO()
    np.savez(pickled, **{"reply/description": np.array([{"a": 1}], dtype=object)})
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("reply/description.npy", bytes(50_000_000))
    for bad in (
        b"",
        b"PK",
        good[:-50],
        pickled.getvalue(),
        bomb.getvalue(),
        nested.getvalue(),
        reply(right[1:], packer.arrays()),
        reply(right),
        reply([7 for _ in spec.cases]),
        reply([{} for _ in spec.cases]),
        reply([{"value": {"value": 1}, "score": 5} for _ in spec.cases]),
        reply([{"failure": {"kind": "won"}} for _ in spec.cases]),
        reply([{"failure": {"kind": "raised"}} for _ in spec.cases]),
        reply([{"value": {"value": 1}, "printed": "x" * 100_000} for _ in spec.cases]),
        reply(value({"make": ["rng", 1]})),
        reply(value({"array": ["float64", 0, [2]]}), one),
        reply(value({"array": ["float64", -1, [1]]}), one),
        reply(value({"array": ["float64", 0, [2**62, 4]]}), one),
        reply(value({"array": ["float32", 0, [1]]}), one),
        reply(value({"dict": [["a", {"value": 1}], ["a", {"value": 2}]]})),
        reply(value({"value": [1]})),
        reply(value(deep)),
    ):
        with pytest.raises(ValueError):
            read_reply(bad, spec)


def test_a_forged_reply_scores_nothing(graded: Any) -> None:
    forged = (
        "import utils.judging.protocol\n"
        "def forge(files):\n"
        "    return b'full marks'\n"
        "utils.judging.protocol.to_bytes = forge"
    )
    report = graded(submission(before=forged))
    assert scores(report) == {"double": 0, "total": 0, "limit_is_seven": 1}
    assert "no readable answer" in said(report, "double")


# Feedback and the command line


def test_feedback_shows_work_and_verdict_and_runs_nothing(small: Path, tmp_path: Path) -> None:
    notebook = submission(double="def double(x):\n    return x**2", limit="limit = 3")
    hostile = (
        "from IPython.display import HTML, Javascript, display\n"
        'display(HTML(\'<img src="https://example.org/x" onerror="steal()" alt="a dot">\''
        "'<script>steal()</script><b>bold</b>'), Javascript('steal()'))"
    )
    notebook.cells.insert(1, new_code_cell(hostile))
    notebook.cells[0].source = "# Mine <script>steal()</script>[x](javascript:steal())"
    save(notebook, tmp_path / "in" / "work.ipynb")
    out = tmp_path / "out"
    report = grade([tmp_path / "in"], course=small, out=out)
    written = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert written == report.as_json()
    (page,) = out.glob("*.html")
    html = page.read_text(encoding="utf-8")
    assert "3 of 11 points" in html and "You square x: doubling is 2 * x." in html
    assert "<b>bold</b>" in html and 'alt="a dot"' in html  # what is harmless stays
    assert "limit == 7" not in html  # a hidden test
    tags = Tags(html).found
    assert ("b", {}) in tags and "script" not in {tag for tag, _ in tags}
    for tag, attributes in tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert not attributes.get("href", "").startswith("javascript")
        assert tag == "img" or "src" not in attributes
        assert attributes.get("src", "data:").startswith("data:")
    # again into the same folder is fine; over a file of someone else's it is not
    grade([tmp_path / "in"], course=small, out=out)
    page.write_text("my own notes")
    with pytest.raises(ForeignFiles, match=r"work\.html was not written by"):
        grade([tmp_path / "in"], course=small, out=out)
    assert page.read_text() == "my own notes"


class Tags(HTMLParser):
    """The tags of a page with their attributes, as a browser would read them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def test_grade_notebook_is_the_plain_api(small: Path, tmp_path: Path) -> None:
    path = save(submission(), tmp_path / "a.ipynb")
    assert grade_notebook(path, course=small).score == MAX_SCORE
    save(submission(), tmp_path / "b.ipynb")
    with pytest.raises(ValueError, match="holds 2 notebooks"):
        grade_notebook(tmp_path, course=small)


def test_summary_has_a_line_for_each_and_detail_for_one() -> None:
    one = SubmissionReport("a.ipynb", None, "02_small", "graded", 3.0, 9.0)
    bad = SubmissionReport("b.ipynb", None, status="invalid", messages=["b.ipynb: is empty"])
    text = summary(Report([one, bad]))
    assert "3 of 9" in text and "b.ipynb: is empty" in text and len(text.splitlines()) == 3


def test_command_line(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(small))
    good = save(submission(total=""), tmp_path / "good.ipynb")
    assert cli.main(["grade", str(good), "--json"]) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    jsonschema.validate(report, SCHEMA)
    assert report["submissions"][0]["score"] == MAX_SCORE - 3 and printed.err == ""
    (tmp_path / "bad.ipynb").write_text("")
    assert cli.main(["grade", str(tmp_path / "bad.ipynb")]) == 1
    assert "the file is empty" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["grade", "no/such.ipynb"], "no/such.ipynb does not exist"),
        (["grade"], "PATH"),
        (["grade", "x", "--workers", "0"], "0 is not above 0"),
        (["grade", "x", "--timeout", "soon"], "soon"),
        (["mutants", "02_forget_gat"], "did you mean 02_forget_gate?"),
        (["build", "quantum"], "there is no unit 'quantum'"),
        (["autograd"], "autograd"),
        (["autograde", "02_forget_gat"], "did you mean 02_forget_gate?"),
        ([], "COMMAND"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    line: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = cli.main(line)
    except SystemExit as end:
        code = end.code
    error = capsys.readouterr().err
    assert code == 2 and said in error and len(error.splitlines()) == 1


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("build", "grade", "autograde", "mutants", "progress", "update"):
        with pytest.raises(SystemExit) as end:
            cli.main([command, "--help"])
        assert end.value.code == 0 and command in capsys.readouterr().out


def test_one_submission_that_breaks_the_grader_does_not_stop_the_others(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.grading import grade as module

    save(submission(before="'this one'"), tmp_path / "a.ipynb")
    save(submission(), tmp_path / "b.ipynb")
    real = module.execute

    def breaks(notebook: Any, *rest: Any) -> Any:
        if any(cell.source == "'this one'" for cell in notebook.cells):
            raise OSError("no space left on device")
        return real(notebook, *rest)

    monkeypatch.setattr(module, "execute", breaks)
    before = sys.stdout
    report = grade([tmp_path], course=small, out=tmp_path / "out")
    assert sys.stdout is before  # the references did not keep it
    first, second = report.submissions
    assert (first.status, first.score, first.max_score) == ("crashed", 0, MAX_SCORE)
    assert "no space left on device" in "\n".join(first.messages)
    assert (second.status, second.score) == ("graded", MAX_SCORE)
    assert len(list((tmp_path / "out").glob("*.html"))) == 2
