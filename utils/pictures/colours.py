"""The colours of the course: each part of the LSTM cell has its own and keeps it everywhere.

They are those of Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), which people with any of
the common kinds of colour blindness can tell apart.
"""

COLOURS: dict[str, str] = {
    "forget": "#D55E00",  # vermillion
    "input": "#009E73",  # bluish green
    "candidate": "#E69F00",  # orange
    "output": "#CC79A7",  # reddish purple
    "cell": "#0072B2",  # blue
    "hidden": "#56B4E9",  # sky blue
    "x": "#5A6672",  # slate: the palette's eighth colour is yellow, too pale for a line
    "wrong": "#000000",  # black
}
INK = "#1D2733"
MUTED = "#5A6672"
PALE = "#D9DEE3"
PAPER = "#FFFFFF"


def tint(colour: str, share: float) -> str:
    """`colour` ("#RRGGBB") mixed with white: share 1 is the colour itself, share 0 is white."""
    channels = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02X}" for channel in channels)
