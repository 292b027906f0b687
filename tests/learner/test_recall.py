"""Three quick questions on earlier units: which come, and what becomes of an answer."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from utils.learner import memory, recall
from utils.learner.course import contents

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
HERE = "05_cell_state"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty course, with a notebook of unit 05 running."""
    place = tmp_path / "notebooks" / HERE
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def units(chosen):
    return [question.unit for question in chosen]


def ask(root, days=0):
    return recall.choose(HERE, root=root, now=NOW + timedelta(days=days))


def test_every_unit_but_the_last_has_four_questions_with_a_right_choice():
    every = recall.questions()
    assert len({question.key for question in every}) == len(every)
    known = [unit.unit for unit in contents()][:-1]  # after the capstone nobody asks
    for unit in known:
        own = [question for question in every if question.unit == unit]
        assert len(own) >= 4, unit
        for question in own:
            assert 0 <= question.answer < len(question.choices) == len(set(question.choices))
            assert question.text.endswith("?") and question.why.endswith((".", ")"))
    assert {question.unit for question in every} <= set(known)


def test_only_earlier_units_are_asked_about_and_each_once(root):
    chosen = ask(root)
    assert units(chosen) == ["04_output_gate", "03_input_gate", "02_forget_gate"]
    assert units(recall.choose("01_vanishing_gradient", root=root)) == ["00_start_here"] * 3
    assert recall.choose("00_start_here", root=root) == []


def test_a_right_answer_stays_away_and_a_wrong_one_comes_back(root):
    right, wrong, _ = ask(root)
    recall.remember(right, True, root, NOW)
    recall.remember(wrong, False, root, NOW)
    assert not {right, wrong} & set(ask(root))
    assert ask(root, days=1)[0] == wrong and right not in ask(root, days=1)
    later = ask(root, days=30)
    assert set(later[:2]) == {wrong, right}
    recall.remember(wrong, True, root, NOW + timedelta(days=1))
    recall.remember(wrong, True, root, NOW + timedelta(days=5))
    recall.remember(wrong, True, root, NOW + timedelta(days=15))
    assert wrong not in ask(root, days=17)  # known by now: the pauses grow


def test_where_a_check_did_not_pass_questions_come_first(root):
    memory.stumbled("00_start_here", root)
    assert units(ask(root))[0] == "00_start_here"


def test_what_is_remembered_can_be_deleted_and_may_be_broken(root):
    file = root / "notebooks" / memory.FILE
    recall.remember(ask(root)[0], True, root, NOW)
    assert json.loads(file.read_text())["cards"]
    memory.forget_answers(root)
    assert not file.exists()
    memory.forget_answers(root)
    question = ask(root)[0]
    for broken in ("{", "[]", '{"cards": {"a": "{}"}, "stumbles": {}}', '{"cards": 3}'):
        file.write_text(broken)
        assert len(ask(root)) == 3
        recall.remember(question, False, root, NOW)
        assert ask(root, days=1)[0] == question


def test_nothing_is_remembered_outside_the_course_or_while_work_is_graded(root, monkeypatch):
    file = root / "notebooks" / memory.FILE
    question = ask(root)[0]
    with monkeypatch.context() as graded:
        graded.setenv("NBGRADER_EXECUTION", "execute")
        recall.remember(question, True, root, NOW)
    monkeypatch.chdir(root)
    recall.remember(question, True, root, NOW)
    assert not file.exists()


def test_the_first_choice_counts_and_every_choice_is_answered(root):
    shown = recall.Recall(ask(root), root)
    question = shown.questions[0]
    others = [i for i in range(len(question.choices)) if i != question.answer]
    shown.buttons[0][others[0]].click()
    assert "✘ Not quite" in shown.said[0].value and "role='status'" in shown.said[0].value
    shown.buttons[0][question.answer].click()
    assert "✔ Right" in shown.said[0].value
    assert shown.answered == {question.key: False}
    later = datetime.now(UTC) + timedelta(days=2)
    assert recall.choose(HERE, root=root, now=later)[0] == question


def test_without_a_kernel_the_answers_unfold(root):
    shown = recall.Recall(ask(root), root)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"].count("<details>") == 3
    assert "Answers: 1 " in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
