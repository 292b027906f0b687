"""A slider for the temperature of a language model, and the text that it writes.

It works by keyboard (Tab to the slider, arrow keys to move it, Enter on the button). Where no
kernel runs, texts for three temperatures stand in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

__all__ = ["Writer", "write_at"]

SHOWN = (0.5, 1.0, 1.5)  # the temperatures of those who have no slider
_BOX = "white-space:pre-wrap;padding:.5em .8em;max-width:56em;min-height:11em;line-height:1.4"


class Writer:
    """Slider, button and text. `write` gives a text for a temperature."""

    def __init__(self, write: Callable[[float], str]) -> None:
        self._write = write
        self.examples = {temperature: write(temperature) for temperature in SHOWN}
        self.slider = widgets.FloatSlider(
            value=1.0,
            min=0.1,
            max=2.0,
            step=0.1,
            description="temperature",
            continuous_update=False,
            style={"description_width": "8em"},
            layout=widgets.Layout(width="34em"),
        )
        self.button = widgets.Button(description="Write again")
        self.text = widgets.HTML()
        self._show(self.examples[1.0])
        self.slider.observe(lambda change: self.again(), names="value")
        self.button.on_click(lambda button: self.again())
        controls = widgets.HBox([self.slider, self.button])
        self.widget = widgets.VBox([controls, self.text])

    def again(self) -> None:
        """Write another text at the slider's temperature."""
        self._show(self._write(self.slider.value))

    def _show(self, text: str) -> None:
        self.text.value = f"<pre role='status' style='{_BOX}'>{escape(text)}</pre>"

    def __repr__(self) -> str:
        return "\n\n".join(f"temperature {t:g}:\n{text}" for t, text in self.examples.items())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        static = "".join(
            f"<p><strong>temperature {t:g}</strong></p><pre style='{_BOX}'>{escape(text)}</pre>"
            for t, text in self.examples.items()
        )
        return {
            **self.widget._repr_mimebundle_(),
            "text/html": static,
            "text/plain": repr(self),
        }


def write_at(write: Callable[[float], str]) -> Writer:
    """Let a model write at any temperature from 0.1 to 2.

    write: a function from a temperature to a text; it is called three times at once.
    """
    return Writer(write)
