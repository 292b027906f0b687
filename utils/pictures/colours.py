"""The colours of the course: each part of the LSTM cell has its own and keeps it everywhere.

Every colour has two values, one on light ground and one on dark. They began as those of Okabe and
Ito (2008, https://jfly.uni-koeln.de/color/) and were moved until each stands out from its ground
(3 : 1 or more, WCAG 2.2, 1.4.11) and no two look alike to people with protanopia, deuteranopia or
tritanopia. Pictures are drawn in the colours for light ground; `utils.pictures.themes` adds the
others.
"""

from __future__ import annotations

from functools import cache

import numpy as np

COLOURS: dict[str, str] = {
    "forget": "#AD3E00",  # vermillion
    "input": "#0B936E",  # bluish green
    "candidate": "#A6931C",  # gold
    "output": "#D65EB7",  # reddish purple
    "cell": "#264E86",  # dark blue
    "hidden": "#0F97F9",  # sky blue
    "x": "#5A6672",  # slate
    "wrong": "#101418",  # black
}
INK = "#1D2733"  # words, axes
MUTED = "#5B6773"  # words that matter less
PALE = "#D9DEE3"  # grids, borders
PAPER = "#FEFEFE"  # the ground
# What does not change with the ground: words and lines on heat maps. INK and PAPER are what black
# and white would be anywhere else.
ON_HEAT_MAPS = "#000000", "#FFFFFF", "#FF9A3C"

DARK: dict[str, str] = {
    COLOURS["forget"]: "#DA6209",
    COLOURS["input"]: "#6EBF82",
    COLOURS["candidate"]: "#FFCB2F",
    COLOURS["output"]: "#C295DB",
    COLOURS["cell"]: "#3F88E4",
    COLOURS["hidden"]: "#B9D0FE",
    COLOURS["x"]: "#8D8491",
    COLOURS["wrong"]: "#F4F6F8",
    INK: "#E6EAEE",
    MUTED: "#A3AFBA",
    PALE: "#3A434C",
    PAPER: "#111111",  # JupyterLab's own ground in its dark theme
}

# https://bottosson.github.io/posts/oklab/: linear sRGB → cone responses → lightness, a, b
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def tint(colour: str, share: float) -> str:
    """`colour` ("#RRGGBB") mixed with white: share 1 is the colour itself, share 0 is white."""
    channels = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02X}" for channel in channels)


@cache
def on_dark(colour: str) -> str:
    """What `colour` ("#RRGGBB") is on dark ground: light becomes dark, its hue stays.

    The colours of the course have theirs in DARK; for any other, lightness in Oklab is turned
    round so that white becomes the dark ground.
    """
    colour = colour.upper()
    if colour in ON_HEAT_MAPS:
        return colour
    if colour in DARK:
        return DARK[colour]
    channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    lab = _OKLAB @ np.cbrt(_CONES @ linear)
    lab[0] = 1.16 - 0.98 * lab[0]
    back = np.linalg.solve(_CONES, np.linalg.solve(_OKLAB, lab) ** 3).clip(0, 1)
    shown = np.where(back <= 0.0031308, 12.92 * back, 1.055 * back ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(channel)):02X}" for channel in shown)
