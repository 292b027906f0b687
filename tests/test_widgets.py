"""Explorers, the animated cell, questions and the environment check, without a browser."""

import numpy as np
import pytest

from utils.animation import play
from utils.environment import environment_check
from utils.explorer import explore_candidate, explore_gate
from utils.quiz import ask

STEP = dict.fromkeys(("x", "h_prev", "c_prev", "f", "i", "g", "o", "c", "h"), 0.25)


def gate(x, h_prev, U, W, b):
    return 1 / (1 + np.exp(-(x @ U + h_prev @ W + b)))


def candidate(x, h_prev, U, W, b):
    return np.tanh(x @ U + h_prev @ W + b)


def stub(*args):
    raise NotImplementedError


@pytest.mark.parametrize("kind", ["forget", "input", "output"])
def test_moving_a_slider_changes_the_picture_and_the_words(kind):
    explorer = explore_gate(gate, kind)
    before = (explorer.shown.png, explorer.sentence.value, explorer.image.value)
    explorer.sliders["b"].value = 2.0
    after = (explorer.shown.png, explorer.sentence.value, explorer.image.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "0.881" in explorer.shown.alt  # σ(2)


def test_the_forget_explorer_says_what_is_left():
    explorer = explore_gate(gate, "forget")
    assert "f = 0.5: after 10 steps 0.1% of the memory is left" in explorer.shown.alt


def test_a_static_picture_stands_where_no_widget_can():
    for shown in (explore_gate(gate, "input"), explore_candidate(candidate, gate)):
        bundle = shown._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert len(bundle["image/png"]) > 1000 and bundle["text/plain"]


def test_an_unwritten_gate_gets_a_sentence_not_a_traceback():
    assert "Write the forget gate first" in repr(explore_gate(stub, "forget"))
    assert "shape (1,)" in repr(explore_gate(lambda *a: np.ones(1), "output"))
    assert "Write candidate_state" in repr(explore_candidate(stub, gate))


def test_every_slider_has_a_label():
    for slider in explore_gate(gate, "forget").sliders.values():
        assert slider.description


def test_the_animation_walks_through_three_stages_a_step():
    animation = play([STEP, STEP | {"c": -0.75}])
    assert animation.slider.max == 5
    pictures = []
    for index in range(6):
        animation.slider.value = index
        pictures.append(animation.image.value)
    assert len(set(pictures)) == 6
    assert "-0.75" in pictures[4] and "Step 2 of 2" in animation.sentence.value


def test_the_animation_refuses_steps_without_numbers():
    with pytest.raises(ValueError, match="every step needs numbers for x, h_prev"):
        play([{"x": 1.0}])
    with pytest.raises(ValueError, match="every step"):
        play([])


def test_every_choice_of_a_question_is_answered():
    asked = ask("half_open")
    said = set()
    for option in asked.question.options:
        asked.choice.value = option
        said.add(asked.answer.value)
    assert len(said) == len(asked.question.options)
    assert sum("Right." in answer for answer in said) == 1
    assert all(option in repr(asked) for option in asked.question.options)


def test_the_environment_check_speaks_in_words():
    text = repr(environment_check())
    assert "✔ ready: Python 3." in text and "✔ ready: numpy" in text
