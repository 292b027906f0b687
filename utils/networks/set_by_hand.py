"""What is compared of weights that a learner sets by hand (units 03 to 06): machines made of gates.

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form. There are many right
answers, so what the weights do is compared and never the weights.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

Array = np.ndarray


def _arrays(args: dict[str, Any], params: Any, gates: str) -> dict[str, Array]:
    """The weights U, W, b of these gates, or ValueError with what is wrong with their form."""
    D, H = args["D"], args["H"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    names = [f"{kind}_{gate}" for kind in "UWb" for gate in gates]
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of {len(names)} arrays, got a {type(params).__name__}")
    for name in names:
        array = params.get(name)
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise ValueError(f"{name} is missing or no array of floating point numbers")
        if array.shape != shapes[name[0]]:
            raise ValueError(f"{name} has shape {array.shape}, expected {shapes[name[0]]}")
    return {name: params[name] for name in names}


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))


def _cell_states(args: dict[str, Any], params: Any, x: Array) -> Array:
    """Unit 0's cell state over time, (T, N), for x (T, N, D); all states start at 0."""
    own, H = _arrays(args, params, "fiog"), args["H"]
    packed = {k: np.concatenate([own[f"{k}_{a}"] for a in "fiog"], axis=-1) for k in "UWb"}
    h, c, path = np.zeros((x.shape[1], H)), np.zeros((x.shape[1], H)), []
    with np.errstate(all="ignore"):
        for x_t in x:
            z = x_t @ packed["U"] + h @ packed["W"] + packed["b"]
            f, i, o = np.split(_sigmoid(z[:, : 3 * H]), 3, axis=1)
            c = f * c + i * np.tanh(z[:, 3 * H :])
            h = o * np.tanh(c)
            path.append(c[:, 0])
    return np.stack(path)


def _all_rows(D: int) -> Array:
    """Every row of D zeros and ones, (2**D, D)."""
    return np.array(list(product((0.0, 1.0), repeat=D)))


def _some_past(N: int, H: int) -> Array:
    """Hidden states as a cell may show them, (N, H)."""
    return np.random.default_rng(0).uniform(-1, 1, size=(N, H))


# --- unit 03: the reader ------------------------------------------------------------------------


def told(D: int) -> tuple[Array, Array]:
    """All inputs a reader may meet, (M, D), and what unit 0 should write, (M,): 1, -1 or 0."""
    rows = _all_rows(D)
    rows = rows[rows[:, 0] * rows[:, 1] == 0]  # no character is a capital and a digit
    return rows, rows[:, 0] - rows[:, 1]


def _written(args: dict[str, Any], params: Any, x: Array, h: Array) -> Array:
    """What unit 0 writes, i · g, one number for each row of x."""
    own = _arrays(args, params, "ig")
    with np.errstate(all="ignore"):
        i = _sigmoid(x @ own["U_i"] + h @ own["W_i"] + own["b_i"])
        return (i * np.tanh(x @ own["U_g"] + h @ own["W_g"] + own["b_g"]))[:, 0]


def _reader(args: dict[str, Any], params: Any, past: bool = False) -> Array:
    rows, _ = told(args["D"])
    h = _some_past(len(rows), args["H"]) * past
    return _written(args, params, rows, h)


def reader_form(args: dict[str, Any], params: Any) -> str:
    """Nothing but whether all six arrays are there, in their shapes."""
    _arrays(args, params, "ig")
    return "all there"


def reader_capital(args: dict[str, Any], params: Any) -> Array:
    """What is written where input 0 is 1."""
    return _reader(args, params)[told(args["D"])[1] == 1]


def reader_digit(args: dict[str, Any], params: Any) -> Array:
    """What is written where input 1 is 1, its sign turned."""
    return -_reader(args, params)[told(args["D"])[1] == -1]


def reader_rest(args: dict[str, Any], params: Any) -> Array:
    """What is written where neither is 1."""
    return _reader(args, params)[told(args["D"])[1] == 0]


def reader_past(args: dict[str, Any], params: Any) -> Array:
    """By how much the hidden state changes what is written."""
    return _reader(args, params, past=True) - _reader(args, params)


def reader_all(args: dict[str, Any], params: Any) -> Array:
    """For every input 1 where it is written as it should be, four times what is written beside."""
    wanted, written = told(args["D"])[1], _reader(args, params)
    return np.where(wanted == 0, 4 * written, wanted * written)


# --- unit 04: the spotlight ---------------------------------------------------------------------


def _shown(args: dict[str, Any], params: Any, x: Array, h: Array) -> Array:
    """The output gates of the first min(D, H) units for every row of x."""
    own = _arrays(args, params, "o")
    with np.errstate(all="ignore"):
        o = _sigmoid(x @ own["U_o"] + h @ own["W_o"] + own["b_o"])
    return o[:, : min(args["D"], args["H"])]


def asked(D: int, H: int) -> Array:
    """For every row of D zeros and ones, which of the first min(D, H) units should be shown."""
    return _all_rows(D)[:, : min(D, H)]


def spotlight_form(args: dict[str, Any], params: Any) -> str:
    """Nothing but whether all three arrays are there, in their shapes."""
    _arrays(args, params, "o")
    return "all there"


def spotlight_own(args: dict[str, Any], params: Any) -> Array:
    """Each unit's gate while its own input alone is 1."""
    x = np.eye(args["D"])
    return np.diag(_shown(args, params, x, np.zeros((len(x), args["H"])))).copy()


def spotlight_none(args: dict[str, Any], params: Any) -> Array:
    """All gates while every input is 0."""
    return _shown(args, params, np.zeros((1, args["D"])), np.zeros((1, args["H"])))[0]


def spotlight_all(args: dict[str, Any], params: Any) -> Array:
    """All gates for every row of zeros and ones."""
    x = _all_rows(args["D"])
    return _shown(args, params, x, np.zeros((len(x), args["H"])))


def spotlight_past(args: dict[str, Any], params: Any) -> Array:
    """By how much the hidden state changes the gates."""
    x, H = _all_rows(args["D"]), args["H"]
    return _shown(args, params, x, _some_past(len(x), H)) - spotlight_all(args, params)


# --- unit 05: the latch -------------------------------------------------------------------------

_FIRST = np.array([0.5, 1.0, 2.0])


def _latch(args: dict[str, Any], params: Any, first: Array, wait: int) -> Array:
    """Unit 0 over time: `wait` steps of zeros, then `first` on input 0, then 100 zeros."""
    x = np.zeros((wait + 101, len(first), args["D"]))
    x[wait, :, 0] = first
    return _cell_states(args, params, x)


def cell_form(args: dict[str, Any], params: Any) -> str:
    """Nothing but whether all twelve arrays are there, in their shapes."""
    _arrays(args, params, "figo")
    return "all there"


def latch_written_up(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 after a positive input, (3,)."""
    return _latch(args, params, _FIRST, 0)[0]


def latch_written_down(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 after a negative input, its sign turned, (3,)."""
    return -_latch(args, params, -_FIRST, 0)[0]


def latch_kept(args: dict[str, Any], params: Any) -> Array:
    """Over the 100 steps of zeros, (101, 6): 1 where the sign and the size are kept exactly."""
    ways = [sign * _latch(args, params, sign * _FIRST, 0) for sign in (1.0, -1.0)]
    return np.concatenate(ways, axis=1)


def latch_empty(args: dict[str, Any], params: Any) -> Array:
    """Before the first input comes, (20, 1): the memory should still be at 0."""
    return _latch(args, params, _FIRST[1:2], 20)[:20]


# --- unit 05: the brackets ----------------------------------------------------------------------

OPENING = "((((((((((" + "x" * 10
CLOSING = "(x(x)x)x((()x)())x(x)(x)"
STOPPING = "((x.x(x(x(x.xx.(((((((((x.(x)x"
LONG = "((((((((((" + "x" * 80 + "))))))))))"
MIXED = 5 * "(x(xx)x(((x)))x." + "((((((((x(x)x)x(x)x)"


def depth(text: str) -> Array:
    """How many brackets are open after each character, (T,); a full stop closes all."""
    path, open_now = [], 0
    for char in text:
        open_now = 0 if char == "." else open_now + {"(": 1, ")": -1}.get(char, 0)
        path.append(float(open_now))
    return np.array(path)


def _counted(args: dict[str, Any], params: Any, text: str, others: bool = False) -> Array:
    """Unit 0 after each character. others: the inputs from the fourth on are 0 or 1 at will."""
    x = np.zeros((len(text), 1, args["D"]))
    if others:
        x[:] = np.random.default_rng(0).integers(2, size=x.shape)
    for k, char in enumerate("()."):
        x[:, 0, k] = [other == char for other in text]
    return _cell_states(args, params, x)[:, 0]


def bracket_opens(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 while brackets open."""
    return _counted(args, params, OPENING)


def bracket_closes(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 while brackets open and close."""
    return _counted(args, params, CLOSING)


def bracket_stops(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 where full stops come while brackets are open."""
    return _counted(args, params, STOPPING)


def bracket_lasts(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 over 100 characters, most of them at depth 10."""
    return _counted(args, params, LONG)


def bracket_others(args: dict[str, Any], params: Any) -> Array:
    """Unit 0 over a text whose other inputs are not silent."""
    return _counted(args, params, MIXED, others=True)


# --- unit 06: odd or even -----------------------------------------------------------------------


def bits(kind: str) -> Array:
    """Sequences of zeros and ones, (60, N), for one of the measures below."""
    x = np.zeros((60, 3))
    if kind == "first":
        x[[0, 7, 30], range(3)] = 1
    elif kind == "second":
        x[[0, 7, 30], range(3)] = x[[1, 20, 31], range(3)] = 1
    else:
        rng = np.random.default_rng(0)
        drawn = [rng.random(60) < share for share in (0.1, 0.5, 0.9)]
        x = np.array([np.ones(60), np.arange(60) % 2, *drawn], dtype=float).T
    return x


def is_odd(ones: Array) -> Array:
    """Whether the number of ones so far is odd, as 0.0 and 1.0, in the shape of `ones`."""
    return np.cumsum(ones, axis=0) % 2


def _odd(args: dict[str, Any], params: Any, kind: str, others: bool = False) -> Array:
    read = bits(kind)
    x = np.zeros((*read.shape, args["D"]))
    if others:
        x[:] = np.random.default_rng(1).integers(2, size=x.shape)
    x[:, :, 0] = read
    return (_cell_states(args, params, x) > 0.5).astype(float)


def parity_first(args: dict[str, Any], params: Any) -> Array:
    """Whether unit 0 says odd, (60, 3), in sequences with a single one."""
    return _odd(args, params, "first")


def parity_second(args: dict[str, Any], params: Any) -> Array:
    """Whether unit 0 says odd, (60, 3), in sequences with two ones."""
    return _odd(args, params, "second")


def parity_many(args: dict[str, Any], params: Any) -> Array:
    """Whether unit 0 says odd, (60, 5), in sequences with many ones."""
    return _odd(args, params, "many")


def parity_others(args: dict[str, Any], params: Any) -> Array:
    """The same where the other inputs are 0 or 1 at will."""
    return _odd(args, params, "many", others=True)
