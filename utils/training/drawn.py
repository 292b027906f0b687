"""What is compared of something that was drawn at random (units 13 and 15).

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def class_shares(args: dict[str, Any], ids: Any) -> np.ndarray:
    """How often each of the K classes was drawn, (K,), where every row of logits is the same."""
    K = args["logits"].shape[-1]
    if not isinstance(ids, np.ndarray) or ids.dtype.kind != "i":
        raise ValueError(f"expected an array of integers, got a {type(ids).__name__}")
    if ids.shape != args["logits"].shape[:-1]:
        raise ValueError(f"expected shape {args['logits'].shape[:-1]}, got {ids.shape}")
    if ids.size and not 0 <= ids.min() <= ids.max() < K:
        raise ValueError(f"expected ids from 0 to {K - 1}, got {ids.min()} to {ids.max()}")
    return np.bincount(ids.ravel(), minlength=K) / ids.size


def _new_text(args: dict[str, Any], text: Any) -> str:
    """What was written after the prompt."""
    prompt, length = args["prompt"], args["length"]
    if not isinstance(text, str):
        raise ValueError(f"expected a string, got a {type(text).__name__}")
    if not text.startswith(prompt):
        raise ValueError(f"expected a text that begins with the prompt {prompt!r}")
    if len(text) != len(prompt) + length:
        raise ValueError(f"expected {length} new characters, got {len(text) - len(prompt)}")
    return text[len(prompt) :]


def prompt_and_length(args: dict[str, Any], text: Any) -> str:
    """Nothing but whether the text has its right form."""
    _new_text(args, text)
    return "as it should be"


def letter_shares(args: dict[str, Any], text: Any) -> np.ndarray:
    """How often each character of the vocabulary comes after the prompt, (K,)."""
    new = _new_text(args, text)
    return np.array([new.count(character) for character in args["vocab"]]) / max(1, len(new))


def walk(args: dict[str, Any], text: Any) -> str:
    """Whether a string can be walked through the grammar from "start" to "end"."""
    if not isinstance(text, str):
        raise ValueError(f"expected a string, got a {type(text).__name__}")
    state = "start"
    for place, symbol in enumerate(text):
        if state == "end":
            raise ValueError(f"the walk is at its end after {place} symbols, the string goes on")
        moves = dict(args["grammar"][state])
        if symbol not in moves:
            raise ValueError(
                f"symbol {place} is {symbol!r}; after {text[:place]!r} comes {' or '.join(moves)}"
            )
        state = moves[symbol]
    if state != "end":
        raise ValueError(f"the string stops before the walk is over: it is in state {state!r}")
    return "a walk from start to end"


def move_shares(args: dict[str, Any], text: Any) -> np.ndarray:
    """The share of each symbol of the first state's moves in the string."""
    walk(args, text)
    symbols = [symbol for symbol, _ in args["grammar"]["start"]]
    return np.array([text.count(symbol) for symbol in symbols]) / max(1, len(text))
