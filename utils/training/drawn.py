"""What is compared of something that was drawn at random (units 13 and 15).

A measure takes the arguments and the answer, or the answers of several calls, and gives numbers to
compare. It raises ValueError, with a sentence for the learner, where an answer has not even the
right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.judging import chance


def _checked_ids(args: dict[str, Any], ids: Any) -> np.ndarray:
    K = args["logits"].shape[-1]
    if isinstance(ids, np.ndarray) and ids.ndim > 1 and np.isin(ids, (0.0, 1.0)).all():
        raise ValueError("expected ids, got rows of zeros and ones")
    if not isinstance(ids, np.ndarray) or ids.dtype.kind != "i":
        raise ValueError(f"expected an array of integers, got a {type(ids).__name__}")
    if ids.shape != args["logits"].shape[:-1]:
        raise ValueError(f"expected shape {args['logits'].shape[:-1]}, got {ids.shape}")
    if ids.size and not 0 <= ids.min() <= ids.max() < K:
        raise ValueError(f"expected ids from 0 to {K - 1}, got {ids.min()} to {ids.max()}")
    return ids.ravel()


def class_shares(args: dict[str, Any], answers: Any) -> np.ndarray:
    """How often each of the K classes was drawn, (K,), where every row of logits is the same."""
    ids = np.stack([_checked_ids(args, answer) for answer in chance.each(answers)])
    return np.bincount(ids.ravel(), minlength=args["logits"].shape[-1]) / ids.size


def class_draws(args: dict[str, Any], answers: Any) -> dict[str, Any]:
    """The same, and whether every row was drawn by itself (`chance.in_a_row`).

    The last half of the logits repeats the first, so that an id is as often in one as in the other.
    """
    shares = class_shares(args, answers)
    lower = np.stack(answers) < len(shares) // 2
    return {"shares": shares} | chance.in_a_row(np.where(lower, 1, -1))


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


def letter_draws(args: dict[str, Any], answers: Any) -> dict[str, Any]:
    """How often each character of the vocabulary comes after the prompt, (K,), and `in_a_row`.

    The last half of the vocabulary is as likely as the first.
    """
    vocab = args["vocab"]
    new = [[vocab.index(c) for c in _new_text(args, text)] for text in chance.each(answers)]
    ids = np.array(new)
    shares = np.bincount(ids.ravel(), minlength=len(vocab)) / ids.size
    lower = ids < len(vocab) // 2
    return {"shares": shares} | chance.in_a_row(np.where(lower, 1, -1))


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


def move_draws(args: dict[str, Any], answers: Any) -> dict[str, Any]:
    """The share of each symbol of the first state's two moves in all strings, and `in_a_row`."""
    for text in chance.each(answers):
        walk(args, text)
    first, _ = args["grammar"]["start"][0]
    signs = np.array([[1 if c == first else -1 for c in text] for text in answers])
    shares = np.array([(signs > 0).mean(), (signs < 0).mean()])
    return {"shares": shares} | chance.in_a_row(signs)
