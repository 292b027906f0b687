"""Explorers, the animated cell, questions and the environment check, without a browser."""

import html
import re

import numpy as np
import pytest

from utils.learner.environment import environment_check
from utils.learner.quiz import ask
from utils.pictures.animation import play
from utils.pictures.explorer import explore_candidate, explore_gate
from utils.pictures.gradient_flow import gradient_flow
from utils.pictures.writer import write_at

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
    before = (explorer.shown.svg, explorer.sentence.value, explorer.image.value)
    explorer.sliders["b"].value = 2.0
    after = (explorer.shown.svg, explorer.sentence.value, explorer.image.value)
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "0.881" in explorer.shown.alt  # σ(2)


def test_the_forget_explorer_says_what_is_left():
    explorer = explore_gate(gate, "forget")
    assert "f = 0.5: after 10 steps 0.1% of the memory is left" in explorer.shown.alt


def test_a_static_picture_stands_where_no_widget_can():
    for shown in (explore_gate(gate, "input"), explore_candidate(candidate, gate)):
        bundle = shown._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert "<img alt=" in bundle["text/html"] and bundle["text/plain"]


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


def test_the_gradient_flows_back_a_step_for_each_picture():
    shown = gradient_flow([0, 0.5, 0.25, 0.2], [1, 0.1, 0.01, 0.001], [1, 1e-4, 1e-8, 1e-12])
    assert shown.slider.max == 3 and shown.slider.description == "steps back"
    pictures = []
    for back in range(4):
        shown.slider.value = back
        pictures.append(shown.image.value)
    assert len(set(pictures)) == 4
    said = shown.sentence.value
    assert "After 3 of 3 steps back" in said
    assert "cell state 2.0e-01" in said and "hidden state 1.0e-03" in said
    assert "plain RNN gone" in said


def test_a_larger_gradient_is_a_wider_band():
    def height(size):
        svg = gradient_flow([0, size], [1, 1]).picture(1)[0].svg
        band = next(line for line in svg.splitlines() if line.startswith('<path d="M930 118L'))
        ys = [float(point.split()[1]) for point in band.split('"')[1].strip("MZ").split("L")]
        return max(ys) - min(ys)

    heights = [height(size) for size in (1e-10, 1e-8, 1e-4, 1.0, 7.0)]
    assert heights[0] == 0 and heights[1] > 0
    assert heights[1] < heights[2] < heights[3] == heights[4]


def test_the_gradient_flow_has_a_static_picture_and_says_it_in_words():
    bundle = gradient_flow([0, 0.5], [1, 0.1])._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<img alt=" in bundle["text/html"] and "plain RNN" not in bundle["text/html"]
    assert "After 1 of 1 steps back" in bundle["text/plain"]


def test_the_gradient_flow_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="same number of sizes"):
        gradient_flow([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="not negative"):
        gradient_flow([1, -2], [1, 2])
    with pytest.raises(ValueError, match="finite"):
        gradient_flow([1, np.inf], [1, 2])


def test_every_choice_of_a_question_is_answered():
    asked = ask("half_open")
    shown = asked._repr_html_()
    folded = re.findall(r"<summary>(.*?)</summary><p.*?>(.*?)</p></details>", shown)
    assert [html.unescape(option) for option, _ in folded] == list(asked.question.options)
    assert len({answer for _, answer in folded}) == len(asked.question.options)
    assert sum("Right." in answer for _, answer in folded) == 1
    assert all(option in repr(asked) for option in asked.question.options)


def test_the_environment_check_speaks_in_words():
    text = repr(environment_check())
    assert "✔ ready: Python 3." in text and "✔ ready: numpy" in text


def test_the_writer_writes_at_the_sliders_temperature():
    asked = []
    writer = write_at(lambda temperature: asked.append(temperature) or f"text {len(asked)}")
    assert asked == [0.5, 1.0, 1.5] and "text 2" in writer.text.value
    writer.slider.value = 0.3
    assert asked[-1] == pytest.approx(0.3) and "text 4" in writer.text.value
    writer.button.click()
    assert asked[-1] == pytest.approx(0.3) and "text 5" in writer.text.value
    assert writer.slider.description == "temperature" and writer.slider.min > 0


def test_where_no_kernel_runs_three_texts_stand_there():
    bundle = write_at(lambda t: f"at {t:g} <script>alert(1)</script> & so\non")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    html, text = bundle["text/html"], bundle["text/plain"]
    for t in ("0.5", "1", "1.5"):
        assert f"at {t} &lt;script&gt;" in html and f"temperature {t}:\nat {t} <script>" in text
    assert "<script" not in html and "&amp; so\non" in html


def test_the_live_text_is_escaped_too():
    writer = write_at(lambda t: "<b>bold</b>")
    writer.button.click()
    assert "<b>" not in writer.text.value and "&lt;b&gt;" in writer.text.value
