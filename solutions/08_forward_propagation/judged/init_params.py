"""What `init_params` is judged by."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, generator
from utils.networks import weights

from lstm import CELL
from notes import section


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


BIASES = "forget bias where it belongs, all other biases 0"


SPREAD = "weights spread by one over the root of their inputs"


OWN = "every matrix drawn for itself"


CALLS = 40
LAW = {f"mean of {kind}": 0.0 for kind in "UWV"} | {f"half of {kind}": 0.674 for kind in "UWV"}
APART = ("call by call", *(f"along axis {k}" for k in range(3)), "mirrored or moved", "same number")


def init_groups(rng: np.random.Generator) -> list[Group]:
    def start(D: int, H: int, K: int, **more: float) -> Args:
        return {"rng": generator(rng), "D": D, "H": H, "K": K, **more}

    # 40 calls: a matrix has 5,120 numbers or more, so that the spread of right ones is off by 0.1 with
    # a probability below 1e-20; half of 20,480 U lie within 0.674 ± 0.1 but with exp(-170) (Hoeffding)
    home = start(8, 16, 12)
    square = start(10, 10, 10)
    biases = [start(4, 5, 6), start(4, 5, 6, forget_bias=2.5), start(3, 2, 4, forget_bias=0.0)]
    sizes = [start(7, 5, 3), start(1, 4, 2), start(5, 1, 1), start(4, 4, 4)]

    def expected(cases: list[Args], measure: Callable[..., Any]) -> list:
        return [
            measure(case, init_params(np.random.default_rng(0), *list(case.values())[1:]))
            for case in cases
        ]

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
            [home],
            measure="utils.networks.weights:spread",
            times=CALLS,
            expected=[dict.fromkeys(sorted([*CELL[:8], "V"]), 1.0) | LAW],
            rtol=0,
            atol=0.1,
            says="Draw from a normal distribution and divide by the square root of the number of "
            "inputs: D for U, H for W and V.",
        ),
        Group(
            OWN,
            [square],
            measure="utils.networks.weights:copied",
            times=CALLS,
            expected=[dict.fromkeys(APART, 0.0)],
            rtol=0,
            atol=0.01,
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


def _uniform(params, bias, rng):
    for name, array in params.items():
        if array.ndim == 2:
            params[name] = rng.uniform(-1, 1, size=array.shape) * np.sqrt(3 / len(array))


def _positive(params, bias, rng):
    for name, array in params.items():
        if array.ndim == 2:
            params[name] = np.abs(array)


def _same_rows(params, bias, rng):
    for gate in "figo":
        params[f"U_{gate}"] = np.repeat(params[f"U_{gate}"][:1], len(params[f"U_{gate}"]), axis=0)


def _opposite(params, bias, rng):
    params["U_i"], params["W_i"] = -params["U_f"], -params["W_f"]


def _restarted(rng, D, H, K, forget_bias=1.0):
    params = init_params(rng, D, H, K, forget_bias)
    seed = int(rng.integers(2**31))
    for gate in "figo":
        again = np.random.default_rng(seed)
        params[f"U_{gate}"] = again.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = again.normal(size=(H, H)) / np.sqrt(H)
    return params


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
          "b_f is 0. Add forget_bias to it, so that a fresh cell remembers (unit 02).", costs=BIASES,
          hints=(
            "One argument of the function is not used.",
            "After the loop over the gates: params['b_f'] += forget_bias.",
          )),
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
          "normal numbers by the square root of the number of inputs.", costs=SPREAD,
          hints=(
            "x @ U adds up D products. How large is such a sum if each weight is 0.01, and how large should it be?",
            "rng.normal(size=(D, H)) / np.sqrt(D), and for W and V the root of H.",
          )),
    Wrong("all weights zero", _changed(_scaled(lambda a: 0.0)),
          "All weights are 0. Then all units are alike and stay alike: they get the same gradient."),
    Wrong("all weights equal", _changed(_constant),
          "All weights are equal. Then all units are alike and stay alike: they get the same "
          "gradient. Draw them at random."),
    Wrong("one matrix for all gates", _changed(_same_gates),
          "All gates have the same matrices. Each has weights of its own: draw anew for each.",
          costs=OWN),
    Wrong("uniform weights", _changed(_uniform),
          "Your weights have the right spread, but they are uniform: rng.uniform, or rng.random moved to "
          "the middle. Draw normal ones, rng.normal.", costs=SPREAD),
    Wrong("only positive", _changed(_positive),
          "No weight of yours is negative. Normal numbers are as often below 0: rng.normal, and no abs."),
    Wrong("one row for all inputs", _changed(_same_rows),
          "In each U all rows are equal, so all inputs do the same. Draw all D rows.", costs=OWN),
    Wrong("one gate the opposite of another", _changed(_opposite),
          "The input gate has the forget gate's numbers with the sign turned. Draw anew for each gate.",
          costs=OWN),
    Wrong("a new start of the generator for every gate", _restarted,
          "All gates start from the same random numbers: is a generator made, or its seed set, inside "
          "the loop? Draw on from the one that is passed in.", costs=OWN),
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


EXERCISE = Exercise(
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
)
