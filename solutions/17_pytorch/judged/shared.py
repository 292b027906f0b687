"""What the exercises of this unit share: packing and unpacking, with one thing wrong or none."""

import numpy as np

from autograder.authoring import composable

from lstm import CELL

SIZES = "right for every D and H"
WEIGHTS = ("weight_ih_l0", "weight_hh_l0")
BIASES = ("bias_ih_l0", "bias_hh_l0")
SQUARE, HOME, OTHERS = (4, 4), (3, 5), ((1, 3), (5, 1), (1, 1), (6, 2))  # (D, H)


def random_state(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """What nn.LSTM(D, H).state_dict() holds, all numbers of order 1."""
    shapes = ((4 * H, D), (4 * H, H), (4 * H,), (4 * H,))
    return {n: rng.normal(size=s) for n, s in zip((*WEIGHTS, *BIASES), shapes, strict=True)}


def interleaved(blocks: list[np.ndarray]) -> np.ndarray:
    """Row 4 j + k is row j of block k: unit by unit instead of gate by gate."""
    return np.stack(blocks, axis=1).reshape(-1, *blocks[0].shape[1:])


@composable
def packing(**mistake):
    """to_torch; each keyword replaces one piece of it by a wrong one."""

    def function(params):
        m = mistake
        order, pack = m.get("order", "ifgo"), m.get("pack", np.concatenate)
        turn = {"U": lambda a: a.T, "W": lambda a: a.T} | m.get("turn", {})
        U = pack([turn["U"](params[f"U_{a}"]) for a in order])
        W = pack([turn["W"](params[f"W_{a}"]) for a in order])
        b = pack([params[f"b_{a}"] for a in order])
        ih, hh = m.get("biases", lambda b: (b, np.zeros_like(b)))(b)
        state = dict(zip((*WEIGHTS, *BIASES), (U, W, ih, hh), strict=True))
        return m.get("finish", lambda state, params: state)(state, params)

    return function


@composable
def unpacking(**mistake):
    """from_torch; each keyword replaces one piece of it by a wrong one."""

    def function(state):
        m = mistake
        H = state["weight_hh_l0"].shape[1]
        turn = {"U": lambda a: a.T, "W": lambda a: a.T} | m.get("turn", {})
        cut = m.get("cut", lambda a, k, H: a[k * H : (k + 1) * H])
        bias = m.get("bias", lambda ih, hh: ih + hh)(*(state[name] for name in BIASES))
        params = {}
        for k, a in enumerate(m.get("order", "ifgo")):
            params[f"U_{a}"] = turn["U"](cut(state["weight_ih_l0"], k, H)).copy()
            params[f"W_{a}"] = turn["W"](cut(state["weight_hh_l0"], k, H)).copy()
            params[f"b_{a}"] = m.get("cut_bias", cut)(bias, k, H).copy()
        params = {name: params[name] for name in CELL}
        return m.get("finish", lambda params: params)(params)

    return function
