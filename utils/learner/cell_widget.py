"""The living cell as a widget: what Python and the browser tell each other.

An anywidget: this class, utils/pictures/living_cell.js and .css, no build step. It works in
JupyterLab, Notebook 7 and VS Code, by keyboard too. The numbers are computed here, by the learner's
functions; the browser puts them into the SVG. Where no kernel or no JavaScript runs, the picture of
the first moment stands in its place, with alt text. `to_html` gives a page of its own; where
LSTM_COURSE_PAGES is set, as when the book is made, every cell that is shown brings one along.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from utils import pictures
from utils.language import say, words_here
from utils.learner.cell_states import Scene, Slider, State, compute, moved
from utils.pictures.living_cell import draw, themed, variables
from utils.pictures.svg import Picture

__all__ = ["LivingCell"]

Function = Callable[..., Any]
_PLACE = Path(pictures.__file__).parent
SCRIPT = (_PLACE / "living_cell.js").read_text(encoding="utf-8")
STYLE = variables() + (_PLACE / "living_cell.css").read_text(encoding="utf-8")
POSITIONS = 21  # of each slider in a page without a kernel
MOST = 600_000  # characters of states in such a page
PAGE = "application/vnd.lstm-course.living-cell+html"  # of `to_html`, where somebody asks for pages
ASKED = "LSTM_COURSE_PAGES"  # and that asks


class LivingCell(anywidget.AnyWidget):
    """The widget. Its traits are what Python and the browser tell each other."""

    _esm = SCRIPT
    _css = STYLE
    setup = traitlets.Dict().tag(sync=True)  # what never changes
    picture = traitlets.Unicode().tag(sync=True)  # the SVG of the first moment, themed
    state = traitlets.Dict().tag(sync=True)  # what Python computed for these settings
    settings = traitlets.Dict().tag(sync=True)  # unit, sliders, and the number of the move
    step = traitlets.Int().tag(sync=True)
    mode = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        scene: Scene,
        functions: Mapping[str, Function],
        whose: Sequence[tuple[str, str]],
        step: int,
        state: State,
    ) -> None:
        self.scene, self.functions = scene, functions
        unit = scene.units[0]
        setup = {
            "title": say(scene.title),
            "lit": list(scene.lit),
            "labels": scene.labels,
            "focus": scene.focus,
            "modes": list(scene.tracks),
            "units": list(scene.units),
            "single": len(scene.h0) == 1 and scene.x.shape[1] == 1,
            "whose": [list(pair) for pair in whose],
            "sliders": [_spec(slider, scene, unit) for slider in scene.sliders],
            "words": words_here(SCRIPT),
        }
        mode = "forward" if scene.dh is None else "backward"
        self.first = draw(setup, state, step, mode)
        super().__init__(
            setup=setup,
            state=state,
            picture=themed(self.first.svg),
            settings={"unit": unit, "sliders": {}, "move": 0},
            step=step,
            mode=mode,
        )

    @traitlets.observe("settings")
    def _moved(self, change: dict[str, Any]) -> None:
        """Somebody has moved a slider or chosen a unit."""
        if change["old"] is not traitlets.Undefined and change["old"]:
            self.state = self._state(change["new"])

    def _state(self, settings: dict[str, Any]) -> dict[str, Any]:
        unit = int(settings["unit"])
        scene = moved(self.scene, unit, settings["sliders"])
        try:
            state = compute(scene, self.functions, unit)
        except Exception as error:  # a learner's function may fail in any way
            fault = f"{type(error).__name__}: {error}".rstrip(": ")
            return {**self.state, "fault": fault, "move": settings["move"]}
        # another unit has biases of its own: the sliders are put where they are
        sliders = {s.name: _spec(s, scene, unit)["value"] for s in self.scene.sliders}
        return {**state, "move": settings["move"], "sliders": sliders}

    def __repr__(self) -> str:
        return self.first.alt

    def static(self) -> Picture:
        """The picture of the moment that is shown now, in fixed colours, with alt text."""
        return draw(self.setup, self.state, self.step, self.mode)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for whatever cannot show it a picture with alt text."""
        shown = super()._repr_mimebundle_(**kwargs)
        data, metadata = shown if isinstance(shown, tuple) else (shown or {}, {})
        page = {PAGE: self.to_html()} if ASKED in os.environ else {}
        return {**data, **self.static()._repr_mimebundle_(), **page}, metadata

    def to_html(self) -> str:
        """The cell as a piece of HTML that needs no kernel and asks nobody for anything.

        Time, play, both modes and all equations work. Sliders move too, one at a time, where the
        states fit; else they are left out. For web pages: any number of them may hold such pieces.
        """
        frames = self._frames()
        setup = dict(self.setup)
        if len(frames) <= len(self.scene.units):
            setup["sliders"] = []
        data = {name: getattr(self, name) for name in ("picture", "state", "settings", "step")}
        data |= {"setup": setup, "mode": self.mode, "frames": frames}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        name = "living-cell-" + hashlib.sha256(text.encode()).hexdigest()[:12]
        script = SCRIPT.replace("export default", "const widget =")
        picture = self.static().html()
        return (
            f'<div class="living-cell-page" data-living-cell="{name}">{picture}</div>\n'
            f"<style>{STYLE}</style>\n"
            f'<script type="application/json" data-for="{name}">{text}</script>\n'
            f'<script type="module">{script}\nstandalone("{name}");</script>\n'
        )

    def _frames(self) -> dict[str, dict[str, Any]]:
        """States by the settings they belong to, as living_cell.js writes them as a key."""
        start = {**self.settings, "sliders": {}, "move": 0}
        frames = {}
        for unit in self.scene.units:
            frames[f"{unit}"] = self._state({**start, "unit": unit})
        moves = {}
        for spec in self.setup["sliders"] if len(self.scene.units) == 1 else ():
            for k in range(POSITIONS):
                value = spec["min"] + (spec["max"] - spec["min"]) * k / (POSITIONS - 1)
                key = f"{start['unit']} {spec['name']} {k}"
                moves[key] = _thin(self._state({**start, "sliders": {spec["name"]: value}}))
            if len(json.dumps(moves)) > MOST:
                return frames
        return frames | moves


def _thin(state: Any) -> Any:
    """The same with three digits of every number: enough to draw, and half of the characters."""
    if isinstance(state, dict):
        return {name: _thin(value) for name, value in state.items()}
    if isinstance(state, list):
        return [_thin(value) for value in state]
    return float(f"{state:.3g}") if isinstance(state, float) else state


def _spec(slider: Slider, scene: Scene, unit: int) -> dict[str, Any]:
    """A slider for the browser; one of a weight begins where the weight is."""
    value = slider.value
    if slider.name == "h_prev" and scene.held is not None:
        value = scene.held
    elif slider.name == "x":
        value = float(scene.x[0, 0])
    elif slider.name in scene.params:
        value = float(scene.params[slider.name].reshape(-1, len(scene.h0))[0, unit])
    reach = max(slider.reach, float(np.ceil(abs(value))))
    spec = replace(slider, value=value)
    return {
        "name": spec.name,
        "label": say(spec.label),
        "value": spec.value,
        "min": -reach,
        "max": reach,
        "step": spec.step,
    }
