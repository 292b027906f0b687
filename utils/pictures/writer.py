"""The temperature of a language model to choose, and the text that it writes.

A field for a number, not a slider, whose handle ipywidgets gives no name that a screen reader could
say. It works by keyboard (Tab to the field, arrow keys to change it, Enter on the button). Where no
kernel runs, texts for three temperatures stand in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

__all__ = ["Writer", "write_at"]

SHOWN = (0.5, 1.0, 1.5)  # the temperatures of those who have no kernel
_BOX = "white-space:pre-wrap;padding:.5em .8em;max-width:56em;min-height:11em;line-height:1.4"


class Writer:
    """Field, button and text. `write` gives a text for a temperature."""

    def __init__(self, write: Callable[[float], str]) -> None:
        self._write = write
        self.examples = {temperature: write(temperature) for temperature in SHOWN}
        self.temperature = widgets.BoundedFloatText(
            value=1.0,
            min=0.1,
            max=2.0,
            step=0.1,
            description="temperature",
            style={"description_width": "8em"},
            layout=widgets.Layout(width="14em"),
        )
        self.button = widgets.Button(description="Write again")
        self.text = widgets.HTML()
        self._show(self.examples[1.0])
        self.temperature.observe(lambda change: self.again(), names="value")
        self.button.on_click(lambda button: self.again())
        controls = widgets.HBox([self.temperature, self.button])
        self.widget = widgets.VBox([controls, self.text])

    def again(self) -> None:
        """Write another text at the temperature chosen."""
        self._show(self._write(self.temperature.value))

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
