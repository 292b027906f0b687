"""What one sees while a network trains: a progress bar with the time left, and the loss so far.

In a notebook both are one picture that is drawn anew about once a second and stays when the run is
over; elsewhere a line of text every few seconds. Nothing is written to stderr.
"""

from __future__ import annotations

import html
import io
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle
from matplotlib.figure import Figure
from tqdm import tqdm  # type: ignore[import-untyped]

from utils.pictures.colours import COLOURS, INK
from utils.pictures.plots import picture_of

__all__ = ["Curve", "LiveView"]

Curve = tuple[str, np.ndarray]  # a run's name and its number after each update
STYLES = ("-", "--", "-.", ":")
NOTEBOOK_SECONDS, TEXT_SECONDS = 1.0, 10.0
PLOT_SHARE = 0.05  # of the time, at most, goes into drawing the curve; the bar moves in between


def in_notebook() -> bool:
    return hasattr(get_ipython(), "kernel")


class _Bar(tqdm):
    """tqdm's own counting of time and rate; what it says is shown by the view."""

    monitor_interval = 0  # no thread that wakes a slow bar: every update looks at the clock

    def __init__(self, view: LiveView, **options: Any) -> None:
        self.view = view
        super().__init__(file=io.StringIO(), miniters=1, **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        self.view.draw()


class LiveView:
    """The progress of one run.

    what: the number that is plotted, such as "loss". goal: a level to draw in, with its name.
    beside: curves of earlier runs, drawn with it. log: whether the plot's axis is logarithmic.
    """

    def __init__(
        self,
        name: str,
        updates: int,
        what: str,
        begun: int = 0,
        goal: tuple[float, str] | None = None,
        beside: Sequence[Curve] = (),
        log: bool = False,
    ) -> None:
        self.name, self.updates, self.what = name, updates, what
        self.goal, self.beside, self.log = goal, list(beside), log
        self.values: list[float] = []
        self.said = ""
        self.curve, self.curve_due = "", 0.0  # the last picture, and when the next may be drawn
        self.handle = DisplayHandle() if in_notebook() else None
        self.shown = False
        seconds = NOTEBOOK_SECONDS if self.handle else TEXT_SECONDS
        self.bar = _Bar(
            self, total=updates, initial=begun, desc=name, unit="update", mininterval=seconds
        )

    def update(self, value: float | None) -> None:
        """One update is done; its number, where it gave one."""
        if value is not None:
            self.values.append(value)
        self.bar.update()

    def stop(self) -> None:
        """Nothing more will come: tqdm would otherwise show itself again when it is deleted."""
        self.bar.disable = True

    def end(self, said: str) -> None:
        """The run is over: `said` stays on show."""
        self.said, self.curve_due = said, 0.0
        self.draw(last=True)

    def draw(self, last: bool = False) -> None:
        """Show how things stand."""
        if not hasattr(self, "bar"):  # tqdm shows itself while it is made
            return
        if self.handle is None:
            print(self.said if last else self.line())
        elif self.shown:
            self.handle.update(self)
        else:
            self.handle.display(self)
            self.shown = True

    def line(self) -> str:
        """What the bar says, in words: share done, number, time gone and time left."""
        if self.said:
            return self.said
        done, total = self.bar.n, self.updates
        gone = self.bar.format_dict["elapsed"]
        rate = self.bar.format_dict["rate"] or (
            (done - self.bar.initial) / gone if gone and done > self.bar.initial else 0
        )
        left = tqdm.format_interval((total - done) / rate) if rate else "?"
        number = f", {self.what} {self._latest():.4g}" if self.values else ""
        return (
            f"{self.name}: {done:,} of {total:,} updates{number}, "
            f"{tqdm.format_interval(gone)} gone, {left} left"
        )

    def _latest(self) -> float:
        return float(np.mean(self.values[-20:]))

    def __repr__(self) -> str:
        return self.line()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        line = html.escape(self.line())
        bar = (
            f'<progress max="{self.updates}" value="{self.bar.n}" style="width:100%" '
            f'aria-label="{html.escape(self.name)}"></progress>'
        )
        begun = time.monotonic()
        if len(self.values) > 1 and begun >= self.curve_due:
            self.curve = self.picture()
            now = time.monotonic()  # a slow computer draws less often
            self.curve_due = now + (now - begun) / PLOT_SHARE
        return {
            "text/plain": self.line(),
            "text/html": f"<div style='max-width:46em'>{bar}<div>{line}</div>{self.curve}</div>",
        }

    def picture(self) -> str:
        """The curves so far, as HTML with a text for those who cannot see them."""
        fig = Figure(figsize=(7.5, 3.2))
        ax = fig.subplots(gridspec_kw={"left": 0.12, "right": 0.98, "bottom": 0.17, "top": 0.88})
        colours = [COLOURS[name] for name in ("cell", "wrong", "hidden", "input")]
        curves = [*self.beside, (self.name, np.asarray(self.values))]
        own = len(curves) - 1
        for index, (name, values) in enumerate(curves):
            steps, smooth = smoothed(values)
            look = (index - own) % 4
            ax.plot(steps, smooth, STYLES[look], color=colours[look], label=name)
        if self.goal:
            ax.axhline(self.goal[0], color=INK, lw=1, ls=(0, (1, 2)), label=self.goal[1])
        label = "loss" if self.what.startswith("loss") else self.what  # of what, the title says
        ax.set(title=f"{self.name}: {self.what}", xlabel="updates", ylabel=label)
        if self.log:
            ax.set_yscale("log")
        if len(curves) > 1 or self.goal:
            ax.legend()
        shown = picture_of(fig, alt=f"Curve of the {self.what}. {self.line()}", whole=True)
        return shown.html()


def smoothed(values: np.ndarray, points: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """(updates, means of as many neighbouring values as give at most `points` points)."""
    values = np.asarray(values, dtype=float)
    width = max(1, -(-len(values) // points), min(10, len(values) // 20))
    whole = len(values) - len(values) % width
    means = values[:whole].reshape(-1, width).mean(axis=1)
    return (np.arange(len(means)) + 1) * width, means
