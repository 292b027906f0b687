"""`autograder similar`: copies are shown, honest right answers are not, and nothing is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from honest import copied, disguised, honest, pairs, units
from small_class import UNIT, hand_in, new_course, submission

from autograder import cli

LOOP = """def total(x, b):
    out = []
    for row, more in zip(x, b):
        s = more
        for value in row:
            s = s + value
        out.append(s)
    return np.array(out).reshape(len(x))"""


def test_an_honest_class_is_not_suspected() -> None:
    for unit in ("02_forget_gate", "10_backward_step", "13_language_model"):
        assert pairs(unit, honest(unit, 60, seed=0)) == set()


def test_copies_with_other_names_and_comments_are_shown() -> None:
    long = {
        way.split("(")[0].removeprefix("def "): pairs(unit, cells)
        for unit in ("09_gradient_check", "12_training", "16_variants")
        for way, cells in copied(unit, 60)
        if len(way) > 250
    }
    assert len(long) >= 10
    # the solution has most of it in the same words, and what is left is short
    assert long.pop("by_difference") == long.pop("by_counting") == set()
    # and nobody is shown beside the two, however alike the short answers of all others are
    assert all(found == {("s0", "s1")} for found in long.values())


def test_what_the_solution_says_and_what_many_say_is_no_sign() -> None:
    unit = "11_bptt"
    same = [ways[0] for ways in units()[unit].values()]
    assert pairs(unit, {f"s{n}": same for n in range(6)}) == set()
    other = [ways[1] for ways in units()[unit].values()]
    assert pairs(unit, {f"s{n}": other if n < 5 else same for n in range(20)}) == set()
    assert len(pairs(unit, {f"s{n}": other if n < 2 else same for n in range(20)})) == 1


def test_the_command_and_its_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    course = new_course(tmp_path)
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    assert cli.main(["similar", UNIT]) == 2
    assert "no notebook of 02_small was handed in" in capsys.readouterr().err
    for number in range(8):
        hand_in(course, f"ada{number}", submission())
    evil = LOOP + "\n# <script>alert(1)</script>"
    ran = "open('RAN', 'w')"
    hand_in(course, "ben", submission(total=evil, before=ran))
    hand_in(course, "kim", submission(total=disguised(LOOP)))
    hand_in(course, "fay", submission()).write_text("{")
    # what is made to take the reader's time and memory
    hand_in(course, "gus", submission(total="(" * 200_000, before="'{" * 100_000))
    page = tmp_path / "page.html"
    assert cli.main(["similar", UNIT, "--html", str(page), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [pair["students"] for pair in said["pairs"]] == [["ben", "kim"]]
    assert said["students"] == 11 and "JSON is broken" in said["unread"]["fay"]
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html
    assert "This accuses nobody" in html and html.count("<mark>") >= 2
    assert not list(tmp_path.rglob("RAN")) and not Path("RAN").exists()
