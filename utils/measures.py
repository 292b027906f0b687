"""What is compared where an exercise has more than one right answer.

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MEASURES: dict[str, Callable[[dict[str, Any], Any], Any]] = {}


def _checked_params(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """The weights of a whole model, or ValueError with what is wrong with their names or shapes."""
    D, H, K = args["D"], args["H"], args["K"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    wanted = {f"{kind}_{gate}": shapes[kind] for kind in "UWb" for gate in "figo"}
    wanted |= {"V": (H, K), "b_y": (K,)}
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of {len(wanted)} arrays, got a {type(params).__name__}")
    for name, shape in wanted.items():
        if name not in params:
            raise ValueError(f"{name} is missing")
        array = params[name]
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            raise ValueError(f"{name} is not a float64 array")
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    extra = sorted(params.keys() - wanted.keys())
    if extra:
        raise ValueError(f"unknown names: {', '.join(extra)}")
    return params


def _shapes(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    return {k: np.array(a.shape) for k, a in sorted(_checked_params(args, params).items())}


def _biases(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    return {k: a for k, a in sorted(_checked_params(args, params).items()) if a.ndim == 1}


def _spread(args: dict[str, Any], params: Any) -> dict[str, float]:
    """Standard deviation of every matrix times the root of its inputs."""
    checked = _checked_params(args, params)
    return {k: float(np.std(a) * np.sqrt(len(a))) for k, a in checked.items() if a.ndim == 2}


def _likeness(args: dict[str, Any], params: Any) -> float:
    """The largest correlation between two different gates' matrices, or between units of one."""
    checked = _checked_params(args, params)
    rows = [np.stack([checked[f"{kind}_{gate}"].ravel() for gate in "figo"]) for kind in "UW"]
    with np.errstate(all="ignore"):
        most = max(float(np.abs(np.triu(np.corrcoef(r), 1)).max()) for r in rows)
    return most if np.isfinite(most) else 1.0


MEASURES["shapes of params"] = _shapes
MEASURES["biases of params"] = _biases
MEASURES["spread of params"] = _spread
MEASURES["likeness of params"] = _likeness


def _names(args: dict[str, Any], answer: Any) -> dict[str, str]:
    """candidate → "wrong" where it was named, else "right"."""
    candidates = args["candidates"]
    if not isinstance(answer, list):
        raise ValueError(f"expected a list of names, got a {type(answer).__name__}")
    for name in answer:
        if not isinstance(name, str) or name not in candidates:
            raise ValueError(f"{name!r} is not the name of a candidate")
    return {name: "wrong" if name in answer else "right" for name in sorted(candidates)}


MEASURES["names"] = _names


def _cell_states(args: dict[str, Any], params: Any, first: np.ndarray, wait: int) -> np.ndarray:
    """Unit 0 over time, (T, N): `wait` steps of zeros, then `first` on input 0, then 100 zeros.

    params: weights of a cell, set by hand by the learner; other inputs are zero throughout.
    """
    D, H = args["D"], args["H"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of 12 arrays, got a {type(params).__name__}")
    for name in (f"{kind}_{gate}" for kind in "UWb" for gate in "figo"):
        array = params.get(name)
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise ValueError(f"{name} is missing or no array of floating point numbers")
        if array.shape != shapes[name[0]]:
            raise ValueError(f"{name} has shape {array.shape}, expected {shapes[name[0]]}")
    packed = {k: np.concatenate([params[f"{k}_{a}"] for a in "fiog"], axis=-1) for k in "UWb"}
    x = np.zeros((wait + 101, len(first), D))
    x[wait, :, 0] = first
    h, c, path = np.zeros((len(first), H)), np.zeros((len(first), H)), []
    for x_t in x:
        z = x_t @ packed["U"] + h @ packed["W"] + packed["b"]
        f, i, o = np.split(0.5 * (1 + np.tanh(0.5 * z[:, : 3 * H])), 3, axis=1)
        c = f * c + i * np.tanh(z[:, 3 * H :])
        h = o * np.tanh(c)
        path.append(c[:, 0])
    return np.stack(path)


_FIRST = np.array([0.5, 1.0, 2.0])


def _names_and_shapes(args: dict[str, Any], params: Any) -> str:
    _cell_states(args, params, _FIRST, 0)
    return "all there"


def _written(sign: float) -> Callable[[dict[str, Any], Any], np.ndarray]:
    return lambda args, params: sign * _cell_states(args, params, sign * _FIRST, 0)[0]


def _kept(args: dict[str, Any], params: Any) -> np.ndarray:
    """Over the 100 steps of zeros, (101, 6): 1 where the sign and the size are kept exactly."""
    ways = [sign * _cell_states(args, params, sign * _FIRST, 0) for sign in (1.0, -1.0)]
    return np.concatenate(ways, axis=1)


def _empty(args: dict[str, Any], params: Any) -> np.ndarray:
    """Before the first input comes, (20, 1): the memory should still be at 0."""
    return _cell_states(args, params, _FIRST[1:2], 20)[:20]


MEASURES["latch: names and shapes"] = _names_and_shapes
MEASURES["latch: written up"] = _written(1.0)
MEASURES["latch: written down"] = _written(-1.0)
MEASURES["latch: kept"] = _kept
MEASURES["latch: empty before"] = _empty


def _shares(args: dict[str, Any], ids: Any) -> np.ndarray:
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


def _length(args: dict[str, Any], text: Any) -> str:
    _new_text(args, text)
    return "as it should be"


def _letters(args: dict[str, Any], text: Any) -> np.ndarray:
    """How often each character of the vocabulary comes after the prompt, (K,)."""
    new = _new_text(args, text)
    return np.array([new.count(character) for character in args["vocab"]]) / max(1, len(new))


MEASURES["shares of the classes"] = _shares
MEASURES["shares of the letters"] = _letters
MEASURES["prompt and length"] = _length


def _walked(args: dict[str, Any], text: Any) -> str:
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


def _choices(args: dict[str, Any], text: Any) -> np.ndarray:
    """The share of each symbol of the first state's moves in the string."""
    _walked(args, text)
    symbols = [symbol for symbol, _ in args["grammar"]["start"]]
    return np.array([text.count(symbol) for symbol in symbols]) / max(1, len(text))


MEASURES["walk through the grammar"] = _walked
MEASURES["shares of the moves"] = _choices
