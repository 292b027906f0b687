"""The one diagram of the course: an LSTM cell, with the part at hand in colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from utils.language import say
from utils.pictures.colours import COLOURS, INK, MUTED, PAPER, tint
from utils.pictures.svg import Point, arrow, circle, line, picture, rect, symbol, text
from utils.pictures.themes import Picture

PARTS = (
    "x",
    "h_prev",
    "c_prev",
    "forget_gate",
    "input_gate",
    "candidate_state",
    "output_gate",
    "cell_state",
    "hidden_state",
)
# The numbers the diagram can show, by the names they have in the exercises.
VALUES = ("x", "h_prev", "c_prev", "f", "i", "g", "o", "c", "h")

WIDTH, HEIGHT = 974, 600
GREY = "#8A949E"  # what is not lit: 3 : 1 on paper, still
THIN, THICK = 2.4, 5.0
Piece = tuple[str, str]  # what it belongs to (a part, the value on an arrow), and its SVG
HIGHWAY, MERGE, BOXES, BUS = 150.0, 250.0, 352.0, 444.0  # y of the four levels
LEFT, JOIN, READ, RIGHT = 74.0, 186.0, 764.0, 900.0  # x of nodes, of the join, of tanh(c)
WRITE = 462.0  # x where i ⊙ g is formed and joins the highway


@dataclass(frozen=True)
class _Box:
    part: str
    value: str
    symbol: str
    name: str
    squash: str
    colour: str
    x: float


GATES = (
    _Box("forget_gate", "f", "f", "forget gate", "σ", COLOURS["forget"], 280),
    _Box("input_gate", "i", "i", "input gate", "σ", COLOURS["input"], 400),
    _Box("candidate_state", "g", "g", "candidate state", "tanh", COLOURS["candidate"], 524),
    _Box("output_gate", "o", "o", "output gate", "σ", COLOURS["output"], 648),
)


def about() -> str:
    """What the diagram shows, in words."""
    return say(
        "The LSTM cell. The previous cell state c_{t-1} comes in at the top left and runs along "
        "the top to the right: it is multiplied by the forget gate f_t, then i_t ⊙ g_t, the "
        "input gate times the candidate state, is added, which gives the cell state c_t. The "
        "input x_t from below and the previous hidden state h_{t-1} from the left feed all four "
        "boxes: f_t, i_t and o_t with σ, g_t with tanh. A branch of c_t goes through tanh and is "
        "multiplied by the output gate o_t, which gives the hidden state h_t, bottom right."
    )


def cell(
    lit: tuple[str, ...] = (),
    title: str = "The LSTM cell",
    values: dict[str, str] | None = None,
) -> Picture:
    """The LSTM cell with the parts in `lit` (of PARTS) in colour; with none, all are.

    values: numbers as text to write beside the symbols; keys of VALUES, any of them.
    Raises ValueError for an unknown part or value.
    """
    values = values or {}
    drawn = [svg for _, svg in pieces(lit, title, values)]
    return picture(WIDTH, HEIGHT, title, _alt(lit, values), drawn)


def pieces(lit: tuple[str, ...], title: str, values: dict[str, str]) -> list[Piece]:
    """What `cell` draws, piece by piece, from the lowest to the uppermost.

    A piece is named after the part or the value that it shows (`f`: the arrow that carries f; `zf`:
    the one into the forget gate), and `value f` is the number f itself.
    """
    _known(lit, PARTS, "part")
    _known(values, VALUES, "value")
    on = frozenset(lit or PARTS)
    inside = rect(140, 92, 684, 388, fill="#F6F8FA", stroke="#E3E8ED", r=22, stroke_width=1.5)
    return [
        ("title", text(36, 46, title, size=20, anchor="start", bold=True)),
        ("inside", inside),
        *_bus(on),
        *_highway(on),
        *_write(on),
        *_read(on),
        *(piece for box in GATES for piece in _gate(box, on, values.get(box.value))),
        *_ends(on, values),
    ]


def _known(names: Iterable[str], allowed: tuple[str, ...], kind: str) -> None:
    for name in names:
        if name not in allowed:
            raise ValueError(f"the cell has no {kind} {name!r}; there are {', '.join(allowed)}")


def _alt(lit: tuple[str, ...], values: dict[str, str]) -> str:
    said = about()
    if lit:
        said += " Lit up: " + ", ".join(part.replace("_", " ") for part in lit) + "."
    if values:
        said += " Values: " + ", ".join(f"{name} = {text}" for name, text in values.items()) + "."
    return said


def _pick(is_lit: bool, colour: str) -> str:
    return colour if is_lit else GREY


def _bus(on: frozenset[str]) -> list[Piece]:
    """x_t and h_{t-1} come together and run under the four boxes, with one arrow up to each."""
    inputs_lit = bool(on & {"x", "h_prev"})
    fed = [box for box in GATES if box.part in on]
    if not fed and inputs_lit:
        fed = list(GATES)  # an input by itself reaches all four
    drawn: list[Piece] = []
    # All in grey first, so that no grey line lies over one in colour.
    for boxes, stroke in ((list(GATES), GREY), (fed, MUTED)):
        for box in boxes:
            up: list[Point] = [(box.x, BUS), (box.x, BOXES + 47)]
            if box is boxes[-1]:  # the line to the last box carries the others
                up = [(JOIN, BUS), *up]
            corner = 12 if box is GATES[-1] else 0
            name = f"z{box.value}" if stroke == MUTED else "bus"
            drawn.append((name, arrow(up, stroke, THIN, r=corner)))
            if not corner:
                drawn.append((name, circle(box.x, BUS, 3.6, stroke)))
    ends: tuple[tuple[str, str, float, list[Point]], ...] = (
        ("x", COLOURS["x"], THIN, [(JOIN, 514), (JOIN, BUS)]),
        ("h_prev", COLOURS["hidden"], 3.2, [(LEFT + 32, BUS), (JOIN, BUS)]),
    )
    for part, colour, width, way in ends:
        drawn.append((part, line(way, _pick(part in on, colour), width)))
    return [*drawn, ("bus", circle(JOIN, BUS, 5, _pick(bool(fed), MUTED)))]


def _highway(on: frozenset[str]) -> list[Piece]:
    """The cell state's way along the top, and the branch down to tanh."""
    cell_lit = "cell_state" in on
    before = _pick("c_prev" in on or cell_lit, COLOURS["cell"])
    after = _pick(cell_lit, COLOURS["cell"])
    first = GATES[0].x
    return [
        ("c_prev", arrow([(LEFT + 32, HIGHWAY), (first - 17, HIGHWAY)], before, THICK)),
        ("kept", arrow([(first + 17, HIGHWAY), (WRITE - 17, HIGHWAY)], after, THICK)),
        ("c", arrow([(WRITE + 17, HIGHWAY), (RIGHT - 33, HIGHWAY)], after, THICK)),
        ("kept", _times(first, HIGHWAY, COLOURS["cell"], cell_lit or "forget_gate" in on)),
        ("c", _plus(WRITE, HIGHWAY, COLOURS["cell"], cell_lit)),
    ]


def _write(on: frozenset[str]) -> list[Piece]:
    """i ⊙ g and its way up to the highway."""
    writes = bool(on & {"cell_state", "input_gate"})
    stroke = _pick(writes, COLOURS["cell"])
    return [
        ("written", arrow([(WRITE, MERGE - 16), (WRITE, HIGHWAY + 17)], stroke, 3)),
        ("written", _times(WRITE, MERGE, COLOURS["cell"], writes or "candidate_state" in on)),
    ]


def _read(on: frozenset[str]) -> list[Piece]:
    """tanh(c) times o, and its way out as the hidden state."""
    lit = "hidden_state" in on
    colour = COLOURS["hidden"]
    stroke = _pick(lit, colour)
    out: list[Point] = [(READ, MERGE + 16), (READ, BUS), (RIGHT - 33, BUS)]
    branch = _pick(lit or "cell_state" in on, COLOURS["cell"])
    return [
        ("tc", arrow([(READ, HIGHWAY), (READ, 184)], _pick(lit, COLOURS["cell"]), 3)),
        ("c", circle(READ, HIGHWAY, 6, branch)),
        ("tc", arrow([(READ, 212), (READ, MERGE - 16)], stroke, 3)),
        ("tc", _squash(READ, 198, "tanh", colour, lit)),
        ("h", arrow(out, stroke, 3.2, r=16)),
        ("h", _times(READ, MERGE, colour, lit or "output_gate" in on)),
    ]


def _gate(box: _Box, on: frozenset[str], value: str | None) -> list[Piece]:
    """One of the four boxes, the wire that leaves it, and its value on the wire."""
    lit = box.part in on
    stroke = _pick(lit, box.colour)
    top = BOXES - 36
    wires: dict[str, list[Point]] = {
        "f": [(box.x, top), (box.x, HIGHWAY + 17)],
        "i": [(box.x, top), (box.x, MERGE), (WRITE - 16, MERGE)],
        "g": [(box.x, top), (box.x, MERGE), (WRITE + 16, MERGE)],
        "o": [(box.x, top), (box.x, MERGE), (READ - 16, MERGE)],
    }
    ink = INK if lit else MUTED
    fill = tint(box.colour, 0.16) if lit else PAPER
    drawn: list[Piece] = [
        (box.value, arrow(wires[box.value], stroke, 3, r=12)),
        (box.part, rect(box.x - 52, top, 104, 72, fill, stroke, 12, THIN)),
        (box.part, symbol(box.x, BOXES - 6, box.symbol, "t", 27, ink)),
        (box.part, text(box.x, BOXES + 17, say(box.name), 12.5, ink)),
        (box.part, _squash(box.x, BOXES + 36, box.squash, box.colour, lit)),
    ]
    if value is not None:
        drawn.append((box.value, rect(box.x - 27, 272, 54, 25, PAPER, stroke, 8, 1.6)))
        drawn.append((f"value {box.value}", text(box.x, 289.5, value, 14, ink, bold=lit)))
    return drawn


def _ends(on: frozenset[str], values: dict[str, str]) -> list[Piece]:
    """The five round nodes where numbers come in and go out."""
    drawn: list[Piece] = []
    nodes = (
        (
            "c_prev",
            "c_prev",
            "c",
            "t−1",
            COLOURS["cell"],
            LEFT,
            HIGHWAY,
            (say("previous"), say("cell state")),
        ),
        (
            "h_prev",
            "h_prev",
            "h",
            "t−1",
            COLOURS["hidden"],
            LEFT,
            BUS,
            (say("previous"), say("hidden state")),
        ),
        ("cell_state", "c", "c", "t", COLOURS["cell"], RIGHT, HIGHWAY, (say("cell state"),)),
        ("hidden_state", "h", "h", "t", COLOURS["hidden"], RIGHT, BUS, (say("hidden state"),)),
        ("x", "x", "x", "t", COLOURS["x"], JOIN, 546, (say("input"),)),
    )
    for part, name, base, sub, colour, x, y, words in nodes:
        lit = part in on
        ink = INK if lit else MUTED
        fill = tint(colour, 0.16) if lit else PAPER
        drawn.append((part, circle(x, y, 32, fill, _pick(lit, colour), THIN)))
        if name in values:
            drawn.append((part, symbol(x, y - 3, base, sub, 21, ink)))
            number = text(x, y + 18, values[name], 14, ink, bold=lit)
            drawn.append((f"value {name}", number))
        else:
            drawn.append((part, symbol(x, y + 6, base, sub, 25, ink)))
        if part == "x":
            drawn.append((part, text(x + 44, y + 5, words[0], 13, ink, anchor="start")))
        else:
            for row, word in enumerate(words):
                drawn.append((part, text(x, y + 52 + 16 * row, word, 13, ink)))
    return drawn


def _times(x: float, y: float, colour: str, lit: bool) -> str:
    """⊙, drawn: few fonts have it at the right size."""
    stroke = _pick(lit, colour)
    return circle(x, y, 15, PAPER, stroke, THIN) + circle(x, y, 3.4, INK if lit else MUTED)


def _plus(x: float, y: float, colour: str, lit: bool) -> str:
    ink = INK if lit else MUTED
    bars = line([(x - 7, y), (x + 7, y)], ink, 2.2) + line([(x, y - 7), (x, y + 7)], ink, 2.2)
    return circle(x, y, 15, PAPER, _pick(lit, colour), THIN) + bars


def _squash(x: float, y: float, name: str, colour: str, lit: bool) -> str:
    """A pill with the function's name, σ or tanh."""
    half = 14 if name == "σ" else 24
    pill = rect(x - half, y - 11, 2 * half, 22, PAPER, _pick(lit, colour), 11, 1.8)
    return pill + text(x, y + 4.5, name, 14, INK if lit else MUTED)
