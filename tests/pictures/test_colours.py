"""Colours stand out from their ground, light or dark, and from each other."""

import itertools

import numpy as np
import pytest

from utils.judging import report
from utils.pictures.colours import COLOURS, INK, MUTED, PAPER, on_dark
from utils.pictures.diagram import GREY, PARTS, cell
from utils.pictures.encoder_decoder import encoder_decoder
from utils.pictures.themes import in_both_themes

WHITE, DARK_THEME = "#FFFFFF", "#111111"  # of JupyterLab

# Machado, Oliveira, Fernandes: A physiologically-based model for simulation of colour vision
# deficiency, 2009; severity 1
SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def linear(colour):
    channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2's contrast ratio."""
    dark, light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", [*COLOURS, "GREY"])
def test_every_colour_stands_out_from_both_grounds(name):
    colour = COLOURS.get(name, GREY)
    assert contrast(colour, WHITE) >= 3 and contrast(colour, PAPER) >= 3
    assert contrast(on_dark(colour), DARK_THEME) >= 3


@pytest.mark.parametrize("ink", [INK, MUTED, *(COLOURS[n] for n in ("forget", "cell", "x"))])
def test_words_can_be_read_on_both_grounds(ink):
    assert contrast(ink, PAPER) >= 4.5 and contrast(on_dark(ink), DARK_THEME) >= 4.5


def test_the_papers_are_the_grounds():
    assert contrast(PAPER, WHITE) < 1.02 and on_dark(PAPER) == DARK_THEME


def lab(light):
    from utils.pictures.colours import _CONES, _OKLAB

    return _OKLAB @ np.cbrt(_CONES @ np.clip(light, 0, 1))


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_no_two_colours_look_alike(eyes, ground):
    """Okabe and Ito's own come as near as 7.6 (100 times the distance in Oklab)."""
    shown = {n: c if ground == "light" else on_dark(c) for n, c in COLOURS.items()}
    seen = {name: lab(SEEN[eyes] @ linear(colour)) for name, colour in shown.items()}
    apart = {(a, b): 100 * np.linalg.norm(seen[a] - seen[b])
             for a, b in itertools.combinations(seen, 2)}  # fmt: skip
    assert min(apart.values()) > 8, min(apart, key=apart.get)


def test_signs_of_a_verdict_are_seen_on_both_grounds():
    for colour in (report._GREEN, report._ORANGE):
        assert contrast(colour, WHITE) >= 3 and contrast(colour, DARK_THEME) >= 3


@pytest.mark.parametrize(
    "svg",
    [cell().svg, cell(lit=PARTS[:3]).svg, encoder_decoder().svg],
)
def test_in_a_diagram_every_colour_changes_with_the_ground(svg):
    rules, drawn = svg.split("</style>")
    for colour in {piece[:7] for piece in drawn.split('"#')[1:] for piece in ["#" + piece]}:
        assert f'="{colour}"]' in rules, colour


def test_a_picture_says_both_colours_of_what_it_draws():
    svg = in_both_themes(f'<svg><path fill="none" stroke="{INK}"/><text fill="#000000"/></svg>')
    assert f'[stroke="{INK}"]{{stroke:{on_dark(INK)}}}' in svg
    assert "[fill" not in svg  # black is what is written on heat maps
