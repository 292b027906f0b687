"""The course's plots: nothing is cut off, powers of ten are letters, and a text stands for each."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread

from utils.pictures.plots import DPI, course_style, picture_of


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        course_style()
        yield


def pixels(shown):
    """(rows, columns, 3) between 0 and 1."""
    return imread(io.BytesIO(shown.png))[:, :, :3]


def blank(edge):
    return bool((edge == 1).all())


@pytest.mark.parametrize("tight", [False, True])
def test_all_that_is_drawn_is_in_the_picture_and_little_else(tight):
    fig, axes = plt.subplots(1, 2, figsize=(5, 2))
    axes[0].set(title="a", xlabel="steps", ylabel="a label on the left", ylim=(0, 1e6))
    axes[1].text(1.0, 1.0, "a word beyond the corner", transform=axes[1].transAxes)
    if tight:
        fig.tight_layout()
    picture = pixels(picture_of(fig, "two plots"))
    assert tight or picture.shape[1] > 5 * DPI  # the word is beyond the figure
    margin = round(0.1 * DPI)
    for turned in (picture, picture[::-1], picture.swapaxes(0, 1), picture.swapaxes(0, 1)[::-1]):
        assert blank(turned[:margin]) and not blank(turned[margin])


@pytest.mark.parametrize("label", ["1", "a long label\non two lines"])
def test_whole_figures_all_have_one_size(label):
    fig, ax = plt.subplots(figsize=(5, 2.5))
    ax.set(ylabel=label, ylim=(0, float(len(label))))
    assert pixels(picture_of(fig, "nothing", whole=True)).shape == (300, 600, 3)


def test_an_empty_figure_is_a_picture_too():
    assert blank(pixels(picture_of(plt.figure(figsize=(1, 1)), "nothing")))


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels() if label.get_text()]


def test_powers_of_ten_are_written_in_letters():
    fig, ax = plt.subplots()
    ax.semilogy([1e-3, 1e2])
    picture_of(fig, "a line")
    assert {"10⁻³", "10⁰", "10²"} <= set(labels(ax.yaxis))
    assert len(ax.yaxis.get_minorticklocs()) == 0


def test_a_short_logarithmic_axis_and_a_chosen_format_stay_as_they_are():
    fig, (short, own) = plt.subplots(1, 2)
    short.semilogy([1.0, 30.0])
    own.semilogy([1e-3, 1e2])
    own.yaxis.set_major_formatter("{x:.0e}")
    picture_of(fig, "two lines")
    assert len(short.yaxis.get_minorticklocs()) > 0
    assert "1e\N{MINUS SIGN}03" in labels(own.yaxis)


def test_the_axes_may_be_reversed():
    fig, ax = plt.subplots()
    ax.loglog(np.logspace(-8, 0), np.logspace(0, 3))
    ax.invert_xaxis()
    picture_of(fig, "a line")
    assert "10⁻⁸" in labels(ax.xaxis)


def test_a_picture_needs_words():
    with pytest.raises(ValueError, match="alt is empty"):
        picture_of(plt.figure(), " ")
