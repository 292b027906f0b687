"""The course's plots: nothing is cut off, powers of ten are letters, and a text stands for each."""

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from in_browser import chromium, needs_chromium
from matplotlib.image import imread

from utils.pictures.plots import DPI, course_style, picture_of


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        course_style()
        yield


@pytest.fixture(scope="module")
def photograph():
    """How a browser shows a picture on a page of a theme: (rows, columns, 3) between 0 and 1."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1600, "height": 900})

        def taken(picture, theme="light"):
            page.set_content(f"<body style='color-scheme:{theme}'>{picture.html()}</body>")
            return imread(io.BytesIO(page.locator("img").screenshot()))[:, :, :3]

        yield taken


def size(picture):
    return tuple(map(float, re.search(r'width="([\d.]+)" height="([\d.]+)"', picture.svg).groups()))


@needs_chromium
@pytest.mark.parametrize("tight", [False, True])
def test_all_that_is_drawn_is_in_the_picture_and_little_else(tight, photograph):
    fig, axes = plt.subplots(1, 2, figsize=(5, 2))
    axes[0].set(title="a", xlabel="steps", ylabel="a label on the left", ylim=(0, 1e6))
    axes[1].text(1.0, 1.0, "a word beyond the corner", transform=axes[1].transAxes)
    if tight:
        fig.tight_layout()
    picture = photograph(picture_of(fig, "two plots"))
    assert tight or picture.shape[1] > 5 * DPI  # the word is beyond the figure
    ink = (picture < 0.9).all(axis=2)
    for turned in (ink, ink[::-1], ink.T, ink.T[::-1]):
        first = int(np.flatnonzero(turned.any(axis=1))[0])
        assert 0.04 * DPI < first < 0.25 * DPI


@pytest.mark.parametrize("label", ["1", "a long label\non two lines"])
def test_whole_figures_all_have_one_size(label):
    fig, ax = plt.subplots(figsize=(5, 2.5))
    ax.set(ylabel=label, ylim=(0, float(len(label))))
    assert size(picture_of(fig, "nothing", whole=True)) == (5 * DPI, 2.5 * DPI)


def test_an_empty_figure_is_a_picture_too():
    assert "<text" not in picture_of(plt.figure(figsize=(1, 1)), "nothing").svg


def everything():
    """A figure with all that the course draws: lines, dots, bands, bars, words, arrows, a map."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
    left.plot([1, 2, 3], "o-", label="$b_f$ = 3")
    left.fill_between([0, 1], [0, 1], alpha=0.2)
    left.bar([0, 1], [1, 2])
    left.annotate("", (0, 1), (1, 2), arrowprops={"arrowstyle": "->"})
    left.legend()
    right.imshow(np.eye(4))
    right.text(0, 0, "0.12345 on the map", color="black")
    return fig


@needs_chromium
def test_a_figure_has_the_ground_of_the_page_that_shows_it(photograph):
    picture = picture_of(everything(), "all sorts of things")
    light, dark = photograph(picture, "light"), photograph(picture, "dark")
    middle = light.shape[1] // 2
    ground = [float(np.median(shown[:, :middle])) for shown in (light, dark)]
    assert ground[0] > 0.98 and ground[1] < 0.08
    assert light[:, :middle].min() < 0.2 and dark[:, :middle].max() > 0.85  # ink on both
    same = np.abs(light - dark).max(axis=2) < 0.02
    assert same[:, middle:].mean() > 0.2  # the heat map is the same on both


def test_a_figure_keeps_its_words_and_says_what_it_shows():
    svg = picture_of(everything(), 'all "sorts" of <things>').svg
    assert "0.12345 on the map" in svg  # letters, not shapes, and not rounded
    assert "<title>all &quot;sorts&quot; of &lt;things&gt;</title>" in svg
    assert len(svg) < 25_000


def test_the_same_figure_is_the_same_bytes():
    assert picture_of(everything(), "a").svg == picture_of(everything(), "a").svg


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels() if label.get_text()]


def test_powers_of_ten_are_written_in_letters():
    fig, ax = plt.subplots()
    ax.semilogy([1e-3, 1e2])
    picture_of(fig, "a line")
    assert {"10⁻³", "10⁰", "10²"} <= set(labels(ax.yaxis))
    assert len(ax.yaxis.get_minorticklocs()) == 0


def test_a_short_logarithmic_axis_has_plain_numbers_and_a_chosen_format_stays():
    fig, (short, own) = plt.subplots(1, 2)
    short.semilogy([1.0, 30.0])
    own.semilogy([1e-3, 1e2])
    own.yaxis.set_major_formatter("{x:.0e}")
    picture_of(fig, "two lines")
    assert {"1", "10", "20"} <= set(labels(short.yaxis)) | {
        label.get_text() for label in short.yaxis.get_ticklabels(minor=True)
    }
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


@needs_chromium
def test_thousands_of_dots_are_seen_and_few_bytes(photograph):
    fig, ax = plt.subplots(figsize=(6, 3))
    ax.plot(np.linspace(0, 1, 3000), np.full(3000, 0.5), ".", ms=8, color="black")
    ax.set_axis_off()
    picture = picture_of(fig, "a row of dots", whole=True)
    assert len(picture.svg) < 60_000
    black = (photograph(picture) < 0.3).all(axis=2)
    assert black.any(axis=0).mean() > 0.6  # from left to right
    assert 4 <= black.sum(axis=0).max() <= 9  # as high as a dot: half of 8 points, at 120 dpi
