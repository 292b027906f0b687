"""What starting weights and forward propagation are judged by."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong, generator
from utils.networks import weights
from utils.pictures.diagram import cell

from lstm import CELL, forward, random_params, step
from notes import section

TITLE = "Forward propagation"
FILES = {
    "cell.svg": cell(lit=("x", "h_prev", "c_prev", "cell_state", "hidden_state"), title=TITLE).svg
}


def init_params(rng, D, H, K, forget_bias=1.0):
    params = {}
    for gate in "figo":
        params[f"U_{gate}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{gate}"] = np.zeros(H)
    params["b_f"] += forget_bias
    params["V"] = rng.normal(size=(H, K)) / np.sqrt(H)
    params["b_y"] = np.zeros(K)
    return params


def lstm_forward(x, h0, c0, params):
    return forward(x, h0, c0, params)


# --- starting weights -------------------------------------------------------------------------

BIASES = "forget bias where it belongs, all other biases 0"
SPREAD = "weights spread by one over the root of their inputs"
OWN = "every matrix drawn for itself"


def init_groups(rng: np.random.Generator) -> list[Group]:
    def start(D: int, H: int, K: int, **more: float) -> Args:
        return {"rng": generator(rng), "D": D, "H": H, "K": K, **more}

    home = start(20, 24, 22)  # large: the spread of a right answer scatters by 3 %
    biases = [start(4, 5, 6), start(4, 5, 6, forget_bias=2.5), start(3, 2, 4, forget_bias=0.0)]
    sizes = [start(7, 5, 3), start(1, 4, 2), start(5, 1, 1), start(4, 4, 4)]

    def expected(cases: list[Args], measure: Callable[..., Any]) -> list:
        return [
            measure(case, init_params(np.random.default_rng(0), *list(case.values())[1:]))
            for case in cases
        ]

    wide = [home]
    return [
        Group(
            "all fourteen arrays, in their shapes",
            sizes,
            measure="utils.networks.weights:shapes",
            expected=expected(sizes, weights.shapes),
        ),
        Group(
            BIASES,
            biases,
            measure="utils.networks.weights:biases",
            expected=expected(biases, weights.biases),
        ),
        Group(
            SPREAD,
            wide,
            measure="utils.networks.weights:spread",
            expected=[{name: 1.0 for name in [*CELL[:8], "V"]} for _ in wide],
            rtol=0,
            atol=0.25,
            says="Draw from a normal distribution and divide by the square root of the number of "
            "inputs: D for U, H for W and V.",
        ),
        Group(
            OWN,
            wide,
            measure="utils.networks.weights:likeness",
            expected=[0.0 for _ in wide],
            rtol=0,
            atol=0.4,
        ),
        Group("draws from the generator it is given, and from nothing else", kind="pure"),
    ]


def _changed(change):
    def function(rng, D, H, K, forget_bias=1.0):
        params = init_params(rng, D, H, K, forget_bias)
        change(params, forget_bias, rng)
        return params

    return function


def _all_biases(params, bias, rng):
    for name in "figo":
        params[f"b_{name}"] = np.full_like(params[f"b_{name}"], bias)


def _other_gate(params, bias, rng):
    params["b_f"], params["b_i"] = params["b_i"], params["b_f"]


def _no_bias(params, bias, rng):
    params["b_f"] *= 0


def _always_one(params, bias, rng):
    params["b_f"] = np.ones_like(params["b_f"])


def _random_bias(params, bias, rng):
    params["b_o"] = rng.normal(size=params["b_o"].shape)


def _scaled(factor):
    def change(params, bias, rng):
        for array in params.values():
            if array.ndim == 2:
                array *= factor(array)

    return change


def _same_gates(params, bias, rng):
    for gate in "igo":
        params[f"U_{gate}"], params[f"W_{gate}"] = params["U_f"].copy(), params["W_f"].copy()


def _no_output(params, bias, rng):
    del params["V"], params["b_y"]


def _transposed(params, bias, rng):
    for name in params:
        params[name] = params[name].T.copy()


def _row_biases(params, bias, rng):
    for name in params:
        if params[name].ndim == 1:
            params[name] = params[name][None]


def _constant(params, bias, rng):
    for name in params:
        if params[name].ndim == 2:
            params[name] = np.full_like(params[name], 0.1)


_calls = itertools.count()


def _unseeded(rng, D, H, K, forget_bias=1.0):
    # as if from a generator nobody can seed: another answer at every second call
    return init_params(np.random.default_rng(next(_calls) % 2), D, H, K, forget_bias)


INIT_WRONG = (
    Wrong("forget bias left out", _changed(_no_bias),
          "b_f is 0. Add forget_bias to it, so that a fresh cell remembers (unit 02).", costs=BIASES),
    Wrong("forget bias always 1", _changed(_always_one),
          "b_f is 1 whatever forget_bias says. Use the argument.", costs=BIASES),
    Wrong("forget bias for every gate", _changed(_all_biases),
          "All four biases got forget_bias. Only b_f gets it; the others start at 0.", costs=BIASES),
    Wrong("forget bias for the input gate", _changed(_other_gate),
          "b_i got the forget bias and b_f got 0: the two are exchanged.", costs=BIASES),
    Wrong("random biases", _changed(_random_bias),
          "b_o is random. Biases start at 0 (b_f at forget_bias); the weights break the symmetry.",
          costs=BIASES),
    Wrong("weights not scaled", _changed(_scaled(lambda a: np.sqrt(len(a)))),
          "Your weights have spread 1, so a sum over many inputs is far too large and the gates start "
          "saturated. Divide by the square root of the number of inputs.", costs=SPREAD),
    Wrong("divided by the inputs, not their root", _changed(_scaled(lambda a: 1 / np.sqrt(len(a)))),
          "You divide by the number of inputs. A sum of n random numbers grows like the root of n, so "
          "divide by the root.", costs=SPREAD),
    Wrong("weights of size 0.01", _changed(_scaled(lambda a: 0.01 * np.sqrt(len(a)))),
          "Your weights have spread 0.01 whatever the sizes are: too small to carry anything. Divide "
          "normal numbers by the square root of the number of inputs.", costs=SPREAD),
    Wrong("all weights zero", _changed(_scaled(lambda a: 0.0)),
          "All weights are 0. Then all units are alike and stay alike: they get the same gradient."),
    Wrong("all weights equal", _changed(_constant),
          "All weights are equal. Then all units are alike and stay alike: they get the same "
          "gradient. Draw them at random."),
    Wrong("one matrix for all gates", _changed(_same_gates),
          "All gates have the same matrices. Each has weights of its own: draw anew for each.",
          costs=OWN),
    Wrong("output weights missing", _changed(_no_output),
          "V and b_y are missing: params holds the output's weights too."),
    Wrong("matrices transposed", _changed(_transposed),
          "The matrices are transposed. U is (D, H), W is (H, H), V is (H, K): from the row's length "
          "to the result's."),
    Wrong("biases with two axes", _changed(_row_biases),
          "Biases have shape (H,) and (K,), not (1, H) and (1, K)."),
    Wrong("a generator of its own", _unseeded,
          "You make a generator of your own, so nobody can repeat your run. Draw from rng.",
          costs="draws from the generator it is given, and from nothing else"),
)  # fmt: skip

# --- forward ----------------------------------------------------------------------------------


def _sequence(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Args:
    return {
        "x": rng.normal(size=(T, N, D)),
        "h0": rng.uniform(-1, 1, size=(N, H)),
        "c0": rng.normal(size=(N, H)),
        "params": random_params(rng, D, H),
    }


CARRY_H, CARRY_C = "h is carried from step to step", "c is carried from step to step"
START = "begins at h0 and c0"


def forward_groups(rng: np.random.Generator) -> list[Group]:
    home = (4, 3, 4, 5)
    only_h, only_c = _sequence(rng, *home), _sequence(rng, *home)
    for name in ("U_f", "W_f", "b_f"):  # gate f at 0: c_prev has no say, only h_prev has
        only_h["params"][name] = np.zeros_like(only_h["params"][name])
    only_h["params"]["b_f"] -= 1000
    for gate in "figo":  # W at 0: h_prev has no say, only c_prev has
        only_c["params"][f"W_{gate}"] = np.zeros_like(only_c["params"][f"W_{gate}"])
    only_h["c0"] = np.zeros_like(only_h["c0"])
    one_step = _sequence(rng, 1, 3, 4, 5)
    sizes = [(3, 1, 2, 4), (1, 2, 1, 1), (3, 3, 3, 3), (2, 4, 3, 1)]
    return [
        Group("h and c for every step, and a cache for each", [_sequence(rng, *home)], kind="shape"),
        Group(START, [one_step]),
        Group(CARRY_H, [only_h]),
        Group(CARRY_C, [only_c]),
        Group("right for every T, N, D and H", [_sequence(rng, *home)]
              + [_sequence(rng, *s) for s in sizes]),
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _loop(x, h0, c0, params, *, order=None, carry_h=True, carry_c=True, zero=False, swap=False):
    """Forward propagation with one thing wrong."""
    h, c = (np.zeros_like(h0), np.zeros_like(c0)) if zero else (h0, c0)
    hs, cs, caches = [], [], []
    for t in order or range(len(x)):
        new_h, new_c, cache = step(x[t], h, c, params)
        hs.append(new_h)
        cs.append(new_c)
        caches.append(cache)
        if swap:
            new_h, new_c = new_c, new_h
        h, c = (new_h if carry_h else h0), (new_c if carry_c else c0)
    return np.stack(hs), np.stack(cs), caches


def _one_cache(x, h0, c0, params):
    h, c, caches = forward(x, h0, c0, params)
    return h, c, [caches[-1]] * len(x)


def _same_array(x, h0, c0, params):
    """The states are written into h0 and c0."""
    h, c, caches = forward(x, h0, c0, params)
    h0[:], c0[:] = h[-1], c[-1]
    return h, c, caches


def _off_by_one(x, h0, c0, params):
    h, c, caches = forward(x, h0, c0, params)
    return np.concatenate([h0[None], h[:-1]]), np.concatenate([c0[None], c[:-1]]), caches


FORWARD_WRONG = (
    Wrong("hidden state not carried", lambda *a: _loop(*a, carry_h=False),
          "Every step starts from h0: the hidden state is not carried on. Each step's h is the next "
          "one's h_prev.", costs=CARRY_H),
    Wrong("cell state not carried", lambda *a: _loop(*a, carry_c=False),
          "Every step starts from c0: the cell state is not carried on, so the memory is lost at "
          "every step.", costs=CARRY_C),
    Wrong("neither state carried", lambda *a: _loop(*a, carry_h=False, carry_c=False),
          "Every step starts from h0 and c0: no state is carried on. The sequence is read as T single "
          "steps."),
    Wrong("states begin at zero", lambda *a: _loop(*a, zero=True),
          "You begin with zeros and ignore h0 and c0. They are how a long text is read in pieces: "
          "each piece begins where the last one ended.", costs=START),
    Wrong("states exchanged", lambda *a: _loop(*a, swap=True),
          "h and c are exchanged when they are carried on. lstm_step returns h first, and takes "
          "h_prev first."),
    Wrong("time backwards", lambda x, *a: _loop(x, *a, order=range(len(x) - 1, -1, -1)),
          "You read the sequence from its end. Time runs forwards along axis 0 of x."),
    Wrong("first input at every step", lambda x, *a: _loop(x, *a, order=[0] * len(x)),
          "Every step reads x[0]. Step t reads x[t]."),
    Wrong("one step too few", lambda x, *a: forward(x[:-1], *a) if len(x) > 1 else forward(x, *a),
          "The last step is missing: the loop ends one step early."),
    Wrong("first step skipped", lambda x, *a: forward(x[1:], *a) if len(x) > 1 else forward(x, *a),
          "The first step is missing: the loop starts at 1."),
    Wrong("only the last states", lambda *a: (lambda h, c, k: (h[-1], c[-1], k))(*forward(*a)),
          "You return the last states alone. All of them are needed: h and c have shape (T, N, H)."),
    Wrong("states off by one", _off_by_one,
          "Your h[t] is the state before step t. It should be the state after it; h0 is not part of "
          "the result."),
    Wrong("h and c returned in the wrong order",
          lambda *a: (lambda h, c, k: (c, h, k))(*forward(*a)),
          "You return c first. The order is h, c, caches."),
    Wrong("the last cache at every step", _one_cache,
          "All your caches are the last one. Append a new cache at every step."),
    Wrong("caches backwards", lambda *a: (lambda h, c, k: (h, c, k[::-1]))(*forward(*a)),
          "The caches are in reverse order. caches[t] belongs to step t."),
    Wrong("batch first", lambda x, *a: tuple(
              s if isinstance(s, list) else np.swapaxes(s, 0, 1).copy() for s in forward(x, *a)),
          "Your results have shape (N, T, H). Time comes first here: (T, N, H)."),
    Wrong("overwrites h0 and c0", _same_array,
          "Your values are right, but h0 and c0 hold the last states after the call. Bind new names "
          "to the new states; do not write into the old arrays.",
          costs="leaves its arguments alone"),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=init_params,
        groups=init_groups,
        wrong=INIT_WRONG,
        hints=(
            "A loop over the four letters f, i, g, o fills twelve of the fourteen arrays.",
            "rng.normal(size=(D, H)) has spread 1. Divide by np.sqrt(D), because each entry of x @ U "
            "is a sum of D terms.",
            "params[f'b_{gate}'] = np.zeros(H) for all gates, then b_f gets forget_bias added.",
        ),
        notes=section("Forward Propagation in LSTMs"),
    ),
    Exercise(
        reference=lstm_forward,
        groups=forward_groups,
        wrong=FORWARD_WRONG,
        hints=(
            "One loop over time. Before it, h and c are h0 and c0; in it, each step makes new ones.",
            "for x_t in x: h, c, cache = lstm_step(x_t, h, c, params), and all three are kept in lists.",
            "np.stack turns a list of T arrays (N, H) into one array (T, N, H).",
        ),
        notes=section("Forward Propagation in LSTMs"),
        returns=("h", "c", "caches"),
        may_share=("x", "h_prev", "c_prev"),
    ),
]

QUESTIONS = [
    Question(
        name="read_in_pieces",
        text="A text of 1,000 letters is read in ten pieces. What must go from piece to piece?",
        options=("Only h", "Only c", "Both h and c", "Nothing: the weights remember"),
        answers=(
            "Without c the memory is lost at every seam.",
            "Without h the gates of the next piece's first step see the wrong past.",
            "Yes. With both, reading in pieces gives exactly the same numbers as reading at once.",
            "Weights are the same for every text. What was read lives in the states.",
        ),
        right=2,
    ),
]
