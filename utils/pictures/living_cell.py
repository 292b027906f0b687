"""The living cell as a picture: the one diagram with numbers, bars and strips over time.

`draw` makes the SVG of one moment. The same SVG, in colours that follow the page's theme, is what
living_cell.js puts numbers into: what it may change has a `data-of`, and it draws nothing itself.

A state is a dict: `steps`, the number of steps T; `series`, name → T numbers, or one if all are
alike; `wrong`, name → T flags; `tracks`, mode → rows of dicts of label, kind (`signed`, `share` or
`size`), colour (a part of COLOURS), values and heights (-1 to 1). The names of numbers are those of
utils/networks/cell.py.
"""

from __future__ import annotations

import re
from typing import Any

from utils.language import say
from utils.pictures import diagram
from utils.pictures.colours import COLOURS, INK, MUTED, PALE, PAPER, on_dark, tint
from utils.pictures.svg import Picture, Point, circle, num, picture, rect, shown, text

__all__ = ["ARROWS", "brief", "draw", "themed", "value", "variables"]

State = dict[str, Any]

LEFT, RIGHT = 176.0, 938.0  # the strips' first and last edge
TOP, ROW, HIGH = 606.0, 54.0, 40.0  # the first strip's top, from strip to strip, a strip's height
BAR = 52.0  # a gate's bar at its longest

# the gradients that lstm_step_backward hands out, and where "right" or "wrong" is written
ARROWS: dict[str, Point] = {
    "dc_prev": (diagram.LEFT, diagram.HIGHWAY + 88),
    "dh_prev": (diagram.LEFT, diagram.BUS + 88),
    "dx": (diagram.JOIN + 92, 572),
    **{f"dz{box.value}": (box.x + 34, 433) for box in diagram.GATES},
}
_STYLE = re.compile(r"<style>.*?</style>\n?", re.S)
_NAMED: dict[str, str] = {  # what each colour is called in the page
    **COLOURS,
    **{f"{name}-tint": tint(colour, 0.16) for name, colour in COLOURS.items()},
    "ink": INK,
    "muted": MUTED,
    "pale": PALE,
    "paper": PAPER,
    "off": diagram.GREY,
    "inside": "#F6F8FA",
    "edge": "#E3E8ED",
}
# numbers that the course's plain diagram has no place for
_MORE: dict[str, Point] = {
    "kept": ((diagram.GATES[0].x + diagram.WRITE) / 2, diagram.HIGHWAY - 14),
    "written": (diagram.WRITE + 32, (diagram.HIGHWAY + diagram.MERGE) / 2 + 4),
    "tc": (diagram.READ + 32, 229),
    **{f"z{box.value}": (box.x + 34, 415) for box in diagram.GATES},
}
# what can be pointed at: x, y, half width, half height
PARTS: dict[str, tuple[float, float, float, float]] = {
    "x": (diagram.JOIN, 546, 36, 36),
    "h_prev": (diagram.LEFT, diagram.BUS, 36, 36),
    "c_prev": (diagram.LEFT, diagram.HIGHWAY, 36, 36),
    **{box.part: (box.x, diagram.BOXES, 56, 40) for box in diagram.GATES},
    "kept": (diagram.GATES[0].x, diagram.HIGHWAY, 20, 20),
    "written": (diagram.WRITE, diagram.MERGE, 20, 20),
    "cell_state": (diagram.RIGHT, diagram.HIGHWAY, 36, 36),
    "tc": (diagram.READ, 198, 28, 15),
    "hidden_state": (diagram.RIGHT, diagram.BUS, 36, 36),
}


def value(state: State, name: str, step: int) -> float | str | None:
    """A number at a step, None where the state has none of that name."""
    series = state["series"].get(name)
    return None if series is None else series[min(step, len(series) - 1)]


def slot(name: str, mode: str) -> str:
    """The number that stands at a place of the diagram: forwards a value, backwards a gradient."""
    if mode == "forward":
        return name
    return "dc_all" if name in ("kept", "written") else f"d{name}"


def brief(number: float | str | None, mode: str = "forward") -> str:
    """A number short enough for an arrow. A gradient too small for two decimals has its power.

    What is none, nan or inf, is a word already.
    """
    if number is None or isinstance(number, str):
        return number or ""
    if mode == "backward" and 0 < abs(number) < 0.005:
        return f"{number:.0e}".replace("e-0", "e-").replace("-", "−")
    return shown(number, 2 if abs(number) < 100 else 0)


def written(state: State, name: str, step: int, mode: str) -> str:
    """The text at a place; in the round nodes a gradient has a d in front."""
    said = brief(value(state, slot(name, mode), step), mode)
    return f"d {said}" if said and mode == "backward" and name in diagram.VALUES else said


def draw(setup: dict[str, Any], state: State, step: int, mode: str) -> Picture:
    """The picture of a moment. setup: title, lit (parts in colour), labels (T texts or None)."""
    values = {name: written(state, name, step, mode) for name in diagram.VALUES}
    if mode == "forward" and values["x"] == "":
        values["x"] = setup["labels"][step] if setup["labels"] else "…"
    values = {name: number for name, number in values.items() if number}
    title = f"{setup['title']}: {when(setup, state, step, mode)}"
    drawn = []
    for name, svg in diagram.pieces(tuple(setup["lit"]), title, values):
        wrong = mode == "backward" and flag(state, f"d{name}", step)
        drawn.append(_named(name, svg, 'stroke-dasharray="9 6"' if wrong else ""))
    for name, (x, y) in _MORE.items():
        number = written(state, name, step, mode)
        drawn.append(_named(f"value {name}", text(x, y, number, 14, INK, bold=True)))
    for box in diagram.GATES:
        height = value(state, box.value, step)
        drawn += [] if height is None else [_bar(box, height)]
    drawn += [_mark(name, state, step, mode) for name in ARROWS if name in state["wrong"]]
    tracks = state["tracks"][mode]
    for row in range(max(len(rows) for rows in state["tracks"].values())):
        drawn += _track(row, tracks[row] if row < len(tracks) else None, state["steps"], step)
    rows = max(len(rows) for rows in state["tracks"].values())
    bottom = TOP + rows * ROW
    drawn += _times(setup["labels"], state["steps"], bottom)
    wide = (RIGHT - LEFT) / state["steps"]
    cursor = rect(-1, TOP - 5, wide + 2, rows * ROW, "none", INK, 3, 2)
    drawn.append(_named("cursor", cursor, f'transform="translate({num(LEFT + step * wide)} 0)"'))
    drawn += [_target(name, *where) for name, where in PARTS.items()]
    alt = f"{diagram.about()} {describe(setup, state, step, mode)}"
    return picture(diagram.WIDTH, bottom + 30, title, alt, drawn)


def when(setup: dict[str, Any], state: State, step: int, mode: str) -> str:
    """Which moment it is, in words."""
    label = f", “{setup['labels'][step]}”" if setup["labels"] else ""
    way = f", {say('backwards')}" if mode == "backward" else ""
    return say(f"step {step + 1} of {state['steps']}") + label + way


def describe(setup: dict[str, Any], state: State, step: int, mode: str) -> str:
    """The numbers of a moment in words."""
    names = [slot(name, mode) for name in (*diagram.VALUES, *(_MORE if mode == "backward" else ()))]
    numbers = {name: value(state, name, step) for name in dict.fromkeys(names)}
    said = ", ".join(f"{k} = {brief(v, mode)}" for k, v in numbers.items() if v is not None)
    wrong = [name for name in ARROWS if mode == "backward" and flag(state, name, step)]
    about = " " + say(f"Wrong: {', '.join(wrong)}.") if wrong else ""
    rows = " ".join(
        say(
            f"Strip below: {row['label']}, {brief(row['values'][0], mode)} at step 1, "
            f"{brief(row['values'][-1], mode)} at step {state['steps']}."
        )
        for row in state["tracks"][mode]
    )
    return f"{when(setup, state, step, mode).capitalize()}: {said}.{about} {rows}"


def flag(state: State, name: str, step: int) -> bool:
    """Is the learner's gradient of this name wrong at this step?"""
    flags = state["wrong"].get(name, [False])
    return bool(flags[min(step, len(flags) - 1)])


def themed(svg: str) -> str:
    """The SVG with variables in the place of its colours; `variables` gives them values."""
    svg = _STYLE.sub("", svg)  # in a page it would be the whole page's
    for name, colour in _NAMED.items():
        svg = svg.replace(f'"{colour}"', f'"var(--cell-{name}, {colour})"')
    return svg


def variables() -> str:
    """CSS: every colour of the living cell on light and on dark ground."""
    lines = [f"--cell-{name}: light-dark({c}, {on_dark(c)});" for name, c in _NAMED.items()]
    return f".living-cell {{ {' '.join(lines)} }}\n"


def _named(name: str, svg: str, more: str = "") -> str:
    return f'<g data-of="{name}"{" " + more if more else ""}>{svg}</g>'


def _bar(box: diagram._Box, height: float | str) -> str:
    """A gate's bar beside its box; the candidate's goes up or down from the middle."""
    x, signed = box.x - 64, box.value == "g"
    y = diagram.BOXES + (0 if signed else BAR / 2)
    long = BAR / 2 if signed else BAR
    frame = rect(x, diagram.BOXES - BAR / 2, 9, BAR, PAPER, box.colour, 2, 1)
    bar = f'<rect width="9" y="{num(-long)}" height="{num(long)}" fill="{box.colour}"/>'
    grown = 0 if isinstance(height, str) else height
    lying = f'transform="translate({num(x)} {num(y)}) scale(1 {num(grown)})"'
    return frame + _named(f"bar {box.value}", bar, lying)


def _mark(name: str, state: State, step: int, mode: str) -> str:
    """Whether the learner's own number on this arrow is right, in a sign and in words."""
    x, y = ARROWS[name]
    words = ""
    if mode == "backward":
        yours = brief(value(state, f"your {name}", step), mode)
        words = say(f"✘ yours {yours}" if flag(state, name, step) else "✔ yours")
    return _named(f"mark {name}", text(x, y, words, 13, INK, bold=True))


def _track(row: int, track: dict[str, Any] | None, steps: int, step: int) -> list[str]:
    """A strip: for each step a field, as strong as the value is large, with a bar in it."""
    top = TOP + row * ROW
    kind = track["kind"] if track else "share"
    heights = track["heights"] if track else [0.0] * steps
    label = track["label"] if track else ""
    number = brief(track["values"][step], "backward") if track else ""
    wide = (RIGHT - LEFT) / steps
    fields, bars = [], []
    middle, long = track_base(kind)
    colour = COLOURS[track["colour"]] if track else PAPER
    for t, height in enumerate(heights):
        x = num(LEFT + t * wide)
        fields.append(
            f'<rect x="{x}" y="{num(top)}" width="{num(wide)}" height="{num(HIGH)}" '
            f'fill="{colour}" fill-opacity="{num(0.55 * abs(height))}"/>'
        )
        bars.append(
            f'<rect x="{num(0.2 * wide)}" y="{num(-long)}" width="{num(0.6 * wide)}" '
            f'height="{num(long)}" fill="{colour}" '
            f'transform="translate({x} {num(top + middle)}) scale(1 {num(height)})"/>'
        )
    edge = rect(LEFT, top, RIGHT - LEFT, HIGH, "none", MUTED, 2, 1)
    return [
        _named(f"label {row}", text(36, top + 16, label, 14, INK, anchor="start", bold=True)),
        _named(f"number {row}", text(36, top + 35, number, 14, INK, anchor="start")),
        _named(f"fields {row}", "".join(fields)),
        _named(f"bars {row}", "".join(bars)),
        edge,
    ]


def track_base(kind: str) -> tuple[float, float]:
    """Where the bars of a strip begin, below its top, and how long they are at height 1."""
    return (HIGH / 2, HIGH / 2) if kind == "signed" else (HIGH, HIGH)


def _times(labels: list[str] | None, steps: int, y: float) -> list[str]:
    """What stands under the strips: the symbols that are read, or some of the times."""
    wide = (RIGHT - LEFT) / steps
    every = 1 if labels and wide >= 9 else -(-steps // 12)
    size = 13.0 if wide * every >= 20 or labels else 11.0
    return [
        text(LEFT + (t + 0.5) * wide, y + 4, labels[t] if labels else f"{t + 1}", size, MUTED)
        for t in range(0, steps, every)
    ] + [text(36, y + 4, say("read" if labels else "time step t"), 13, MUTED, anchor="start")]


def _target(name: str, x: float, y: float, wide: float, high: float) -> str:
    """An invisible shape over a part: what can be pointed at and walked to."""
    if wide == high:
        shape = circle(x, y, wide, "none")
    else:
        shape = rect(x - wide, y - high, 2 * wide, 2 * high, "none", r=14)
    return f'<g data-part="{name}">{shape}</g>'
