"""What the pictures of several seeds say to those who cannot see them, and in which order."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.pictures import seeds


@pytest.fixture
def shown(monkeypatch):
    kept = []
    monkeypatch.setattr(seeds, "show", lambda fig, alt: kept.append((fig, alt)))
    yield kept
    plt.close("all")


def test_the_dots_are_told_by_median_and_range_best_first(shown):
    scores = {"a": np.array([0.3, 0.1, 0.2]), "b": np.array([0.02, 0.04, 0.03])}
    seeds.seed_dots(scores, "Mistakes", "share", first="a", mark=(0.5, "guessing"), best=-1)
    fig, alt = shown[0]
    assert re.findall(r"(\w): median ([\d.]+), from ([\d.]+) to ([\d.]+)\.", alt) == [
        ("b", "0.03", "0.02", "0.04"),
        ("a", "0.2", "0.1", "0.3"),
    ]
    ax = fig.axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b", "a"]
    assert ax.get_xlim()[0] < 0 < 0.5 < ax.get_xlim()[1]  # dots at 0 and the mark are seen


def test_a_trick_that_loses_says_so_right_of_the_line(shown):
    seeds.bars({"gains": 3.0, "loses": 0.8}, "Tricks", "times as fast")
    fig, alt = shown[0]
    assert "gains: 3.0. loses: 0.8." in alt
    assert min(text.get_position()[0] for text in fig.axes[0].texts) >= 1


def test_who_notices_prints_what_each_half_saw(shown, capsys):
    before = np.zeros((5, 1, 4))
    after = before.copy()
    after[2:, :, :2], after[:3, :, 2:] = 0.5, 0.25
    seeds.who_notices(before, after, touched=2)
    assert capsys.readouterr().out.splitlines() == [
        "forward half: before the step 0.0, after it 0.50",
        "backward half: after the step 0.0, before it 0.25",
    ]
    assert "step 2" in shown[0][1]
