"""Pictures to play or to scrub through: a Play button, a slider and a sentence, all by keyboard."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any

import ipywidgets as widgets

from utils.pictures.themes import Picture


class Player(ABC):
    """Play button and slider over numbered pictures; a static picture where no kernel runs."""

    def __init__(self, last: int, description: str, interval: int) -> None:
        """last: number of the last picture, counted from 0. interval: milliseconds between two."""
        self.slider = widgets.IntSlider(
            min=0, max=last, description=description, layout=widgets.Layout(width="32em")
        )
        self.button = widgets.Play(min=0, max=last, interval=interval)
        widgets.jslink((self.button, "value"), (self.slider, "value"))
        self.image = widgets.HTML()
        self.sentence = widgets.HTML()
        self.slider.observe(lambda change: self._draw(), names="value")
        self._draw()
        controls = widgets.HBox([self.button, self.slider])
        self.widget = widgets.VBox([controls, self.sentence, self.image])

    @abstractmethod
    def picture(self, index: int) -> tuple[Picture, str]:
        """One picture, and what happens there in words."""

    @abstractmethod
    def static(self) -> Picture:
        """What stands where no kernel runs. Its alt text is what `print` shows."""

    def _draw(self) -> None:
        picture, sentence = self.picture(self.slider.value)
        self.image.value = f"<div style='max-width:46em'>{picture.html()}</div>"
        self.sentence.value = f"<p role='status'>{escape(sentence)}</p>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        static = self.static()
        return {
            **self.widget._repr_mimebundle_(),
            "text/html": static.html(),
            "text/plain": static.alt,
        }
