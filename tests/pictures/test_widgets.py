"""The writer, questions and the environment check, without a browser."""

import html
import re

import pytest

from utils.learner.environment import environment_check
from utils.learner.quiz import ask
from utils.pictures.writer import write_at


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


def test_the_writer_writes_at_the_temperature_chosen():
    asked = []
    writer = write_at(lambda temperature: asked.append(temperature) or f"text {len(asked)}")
    assert asked == [0.5, 1.0, 1.5] and "text 2" in writer.text.value
    writer.temperature.value = 0.3
    assert asked[-1] == pytest.approx(0.3) and "text 4" in writer.text.value
    writer.button.click()
    assert asked[-1] == pytest.approx(0.3) and "text 5" in writer.text.value
    assert writer.temperature.description == "temperature" and writer.temperature.min > 0


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
