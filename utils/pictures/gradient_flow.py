"""A gradient on its way back through time, to play or to scrub through: the cell state's highway
against the hidden path. The width of each path is the measured size, on a logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from utils.pictures.colours import COLOURS, INK, MUTED
from utils.pictures.player import Player
from utils.pictures.svg import Point, line, num, picture, rect, text
from utils.pictures.themes import Picture

__all__ = ["gradient_flow"]

WIDTH, HEIGHT = 974, 420
LEFT, RIGHT = 236.0, 930.0  # x of the states before the first step and after the last
FLOOR, WIDEST = 1e-9, 34.0  # smaller than FLOOR counts as gone; the width at size 1 and above
GREY = "#8A949E"


@dataclass(frozen=True)
class _Lane:
    name: str
    words: str
    colour: str
    y: float


LANES = {
    lane.name: lane
    for lane in (
        _Lane("cell", "LSTM, cell state", COLOURS["cell"], 118),
        _Lane("hidden", "LSTM, hidden state", COLOURS["hidden"], 200),
        _Lane("rnn", "plain RNN", COLOURS["wrong"], 316),
    )
}


class GradientFlow(Player):
    """The paths of a gradient, one more step back at each picture. `sizes`: path → T + 1 sizes."""

    def __init__(self, sizes: dict[str, Sequence[float]]) -> None:
        self.sizes = {name: [float(size) for size in path] for name, path in sizes.items()}
        unknown = [name for name in self.sizes if name not in LANES]
        if unknown or not self.sizes:
            raise ValueError(f"paths are {', '.join(LANES)}, not {', '.join(unknown) or 'none'}")
        lengths = {len(path) for path in self.sizes.values()}
        if len(lengths) > 1 or min(lengths) < 2:
            raise ValueError("every path needs the same number of sizes, at least two")
        if not all(size >= 0 and math.isfinite(size) for p in self.sizes.values() for size in p):
            raise ValueError("a size is a finite number that is not negative")
        self.steps = min(lengths) - 1
        super().__init__(self.steps, "steps back", max(60, 9000 // self.steps))

    def picture(self, index: int) -> tuple[Picture, str]:
        """The paths after `index` steps back, and the sizes there in words."""
        said = "; ".join(
            f"{LANES[name].words} {_size(path[index])}" for name, path in self.sizes.items()
        )
        sentence = f"After {index} of {self.steps} steps back: {said}."
        alt = (
            f"Two networks unrolled over {self.steps} steps. From the right, bands run back to the "
            f"left, as wide as the logarithm of the gradient that is left. {sentence}"
        )
        title = f"A gradient on its way back: {index} of {self.steps} steps"
        return picture(WIDTH, HEIGHT, title, alt, self._parts(index, title)), sentence

    def static(self) -> Picture:
        """All steps back."""
        return self.picture(self.steps)[0]

    def _parts(self, index: int, title: str) -> list[str]:
        parts = [text(36, 46, title, size=20, anchor="start", bold=True)]
        parts += self._cells()
        for name, path in self.sizes.items():
            lane = LANES[name]
            parts.append(line([(LEFT, lane.y), (RIGHT, lane.y)], GREY, 1.6, dash="5 5"))
            parts.append(self._band(lane, path[: index + 1]))
            parts.append(text(36, lane.y - 2, lane.words, 15, INK, anchor="start", bold=True))
            parts.append(text(36, lane.y + 19, _size(path[index]), 15, INK, anchor="start"))
        front = self._x(index)
        top, bottom = 76, max(LANES[name].y for name in self.sizes) + 36
        parts.append(line([(front, top), (front, bottom)], INK, 1.4))
        return [*parts, *_scale()]

    def _x(self, back: float) -> float:
        return RIGHT - (RIGHT - LEFT) * back / self.steps

    def _cells(self) -> list[str]:
        """Ten or fewer of the cells, as boxes behind the paths, with their time steps."""
        every = math.ceil(self.steps / 10)
        wide = min(44.0, 0.6 * every * (RIGHT - LEFT) / self.steps)
        boxes = [("cell", "hidden"), ("rnn",)]
        drawn = []
        for back in range(0, self.steps, every):
            x = self._x(back + 0.5)
            for names in boxes:
                there = [LANES[name].y for name in names if name in self.sizes]
                if there:
                    y, height = min(there) - 30, max(there) - min(there) + 60
                    drawn.append(rect(x - wide / 2, y, wide, height, "#F6F8FA", GREY, 9, 1.4))
            bottom = max(LANES[name].y for name in self.sizes)
            drawn.append(text(x, bottom + 48, f"t = {self.steps - back}", 12, MUTED))
        return drawn

    def _band(self, lane: _Lane, path: list[float]) -> str:
        """A filled band over the steps that have been walked; where nothing is left it is empty."""
        upper: list[Point] = []
        lower: list[Point] = []
        for back, size in enumerate(path):
            half = _width(size) / 2
            upper.append((self._x(back), lane.y - half))
            lower.append((self._x(back), lane.y + half))
        corners = "L".join(f"{num(x)} {num(y)}" for x, y in [*upper, *lower[::-1]])
        return f'<path d="M{corners}Z" fill="{lane.colour}"/>'


def _width(size: float) -> float:
    """0 at FLOOR and below, WIDEST at 1 and above, and in between by the logarithm."""
    if size <= FLOOR:
        return 0.0
    return WIDEST * min(1.0, 1 - math.log10(size) / math.log10(FLOOR))


def _size(size: float) -> str:
    return "gone" if size <= FLOOR else f"{size:.1e}"


def _scale() -> list[str]:
    """What the widths mean."""
    parts = [text(36, HEIGHT - 20, "size of the gradient:", 13, MUTED, anchor="start")]
    for k, (size, words) in enumerate(((1.0, "1"), (1e-3, "1e-3"), (1e-6, "1e-6"))):
        x, wide = 196.0 + 100 * k, _width(size)
        parts.append(rect(x, HEIGHT - 24 - wide / 2, 26, wide, MUTED))
        parts.append(text(x + 34, HEIGHT - 20, words, 13, MUTED, anchor="start"))
    return [*parts, text(496, HEIGHT - 20, "1e-9 and below: gone", 13, MUTED, anchor="start")]


def gradient_flow(
    cell: Sequence[float], hidden: Sequence[float], rnn: Sequence[float] | None = None
) -> GradientFlow:
    """Show how a gradient fades on its way back through an LSTM, and through a plain RNN.

    cell, hidden, rnn: the size of the gradient at the last step and after each step back, T + 1
    numbers: of dc and dh in an LSTM, of dh in an RNN. Raises ValueError where they are not finite,
    negative, of different number, or fewer than two.
    """
    paths = {"cell": cell, "hidden": hidden}
    return GradientFlow(paths if rnn is None else {**paths, "rnn": rnn})
