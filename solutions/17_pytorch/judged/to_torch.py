"""What `to_torch` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import BIASES, HOME, OTHERS, SIZES, SQUARE, WEIGHTS, interleaved, packing
from lstm import random_params
from notes import section

INPUT, STATE, BIAS = "weight_ih_l0", "weight_hh_l0", "one bias for both"
ALONE = "the four arrays of the LSTM, and no other"


def to_torch(params):
    return packing()(params)


def to_torch_groups(rng: np.random.Generator) -> list[Group]:
    def case(D: int, H: int, K: int = 0) -> Args:
        return {"params": random_params(rng, D, H, K)}

    home, square = case(*HOME), case(*SQUARE)  # D = H: no shape tells a transpose
    return [
        Group("a dict of four arrays, in PyTorch's shapes", [home], kind="shape"),
        Group("weight_ih_l0: the four U, transposed, in the order i, f, g, o", [home, square],
              parts=WEIGHTS[:1]),
        Group("weight_hh_l0: the four W, transposed, in the order i, f, g, o", [home, square],
              parts=WEIGHTS[1:]),
        Group("the whole bias in bias_ih_l0, zeros in bias_hh_l0", [home, square], parts=BIASES),
        Group(ALONE, [case(3, 5, 2)]),
        Group(SIZES, [case(*sizes) for sizes in OTHERS]),
        pure(),
    ]  # fmt: skip


def _same(a):
    return a


def _renamed(change):
    return lambda state, params: {change(name): array for name, array in state.items()}


def _extra(state, params):
    return state | {name: params[name] for name in ("V", "b_y") if name in params}


def _linear(state, params):
    if "V" in params:
        state = state | {"weight": params["V"].T.copy(), "bias": params["b_y"].copy()}
    return state


def _side_by_side(blocks):
    return np.concatenate(blocks, axis=-1) if blocks[0].ndim == 2 else np.concatenate(blocks)


TO_TORCH_WRONG = (
    Wrong("this course's order", packing(order="figo"),
          "Your blocks are in the order f, i, g, o, as this course names them. PyTorch packs i, f, g, "
          "o. Every shape fits, so nobody but you will notice."),
    Wrong("ONNX's order", packing(order="iofg"),
          "Your blocks are in the order i, o, f, g. That is ONNX's; PyTorch packs i, f, g, o."),
    Wrong("candidate last", packing(order="ifog"),
          "The last two blocks have changed places: the candidate g comes third, the output gate last."),
    Wrong("in the order of the alphabet", packing(order="fgio"),
          "Your blocks are in the alphabet's order, f, g, i, o (sorted names?). PyTorch packs i, f, g, o."),
    Wrong("nothing transposed", packing(turn={"U": _same, "W": _same}, pack=_side_by_side),
          "Your matrices are (D, 4H) and (H, 4H): the gates stand side by side. PyTorch multiplies from "
          "the other side: each block is U.T, and the blocks lie one below the other, (4H, D)."),
    Wrong("W not transposed", packing(turn={"W": _same}),
          "The blocks of weight_hh_l0 are not transposed. W is square, so no shape complains: PyTorch "
          "computes weight @ h for a column h, which is h @ W here, so its block is W.T."),
    Wrong("U and W not transposed, where the shapes allow it",
          packing(turn={"U": lambda a: a if a.shape[0] == a.shape[1] else a.T, "W": _same}),
          "The blocks are transposed only where the shape asks for it. Each is U.T and W.T, square or "
          "not."),
    Wrong("reshaped instead of transposed",
          packing(turn={"U": lambda a: a.reshape(a.shape[::-1])}),
          "U is brought to PyTorch's shape by reshape, which keeps the numbers in their order and breaks "
          "up the rows. A transpose changes rows and columns: U.T."),
    Wrong("all gates reshaped at once",
          packing(turn={"U": _same, "W": _same}, pack=lambda blocks: (
              np.concatenate(blocks, axis=-1).reshape(-1, blocks[0].shape[0])
              if blocks[0].ndim == 2 else np.concatenate(blocks))),
          "You put the gates side by side and reshape to (4H, …). reshape keeps the numbers in their "
          "order and breaks up the rows. Transpose: .T."),
    Wrong("gates interleaved", packing(pack=interleaved),
          "Your gates are interleaved: the four rows of unit 0, then those of unit 1. PyTorch has gate "
          "by gate: the first H rows are i, the next H are f."),
    Wrong("the whole bias twice", packing(biases=lambda b: (b, b.copy())),
          "The bias is in both arrays. PyTorch adds them, so every gate would get it twice: zeros in one "
          "of them."),
    Wrong("half of the bias in each", packing(biases=lambda b: (b / 2, b / 2)),
          "You share the bias among the two arrays. That is the same network, but agreed is: the whole "
          "bias in bias_ih_l0, zeros in bias_hh_l0."),
    Wrong("bias in bias_hh_l0", packing(biases=lambda b: (np.zeros_like(b), b)),
          "The bias is in bias_hh_l0. That is the same network, but agreed is: the whole bias in "
          "bias_ih_l0, zeros in bias_hh_l0."),
    Wrong("no second bias", packing(finish=lambda s, p: {n: s[n] for n in (*WEIGHTS, BIASES[0])}),
          "bias_hh_l0 is missing. load_state_dict refuses a dict without it: zeros, (4H,)."),
    Wrong("biases as columns", packing(biases=lambda b: (b[:, None], np.zeros((len(b), 1)))),
          "Your biases are (4H, 1). PyTorch's have one axis: (4H,)."),
    Wrong("names of a cell", packing(finish=_renamed(lambda name: name.removesuffix("_l0"))),
          "The names lack their ending: those are the names of nn.LSTMCell. nn.LSTM has layers, and the "
          "first is _l0."),
    Wrong("exchanged matrices", packing(finish=lambda s, p: s | {
              INPUT: s[STATE], STATE: s[INPUT]}),
          "The matrices have changed places: ih reads the input (U), hh the hidden state (W)."),
    Wrong("output layer packed as well", packing(finish=_extra),
          "V and b_y are in the dict too. The output layer is another module, nn.Linear; nn.LSTM refuses "
          "names that it does not know.", costs=ALONE),
    Wrong("output layer under PyTorch's names", packing(finish=_linear),
          "The output layer is in the dict too, as weight and bias. That is right for nn.Linear, but it "
          "is another module; nn.LSTM refuses names that it does not know.", costs=ALONE),
    Wrong("rounded to float32", packing(finish=lambda s, p: {
              name: array.astype(np.float32) for name, array in s.items()}),
          "Your arrays are float32, the usual size of PyTorch's numbers. Keep float64: rounding is for "
          "whoever loads them."),
    Wrong("empties the caller's weights", writes_into(to_torch, "params"),
          "Your values are right, but the caller's weights are changed by the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=to_torch,
    groups=to_torch_groups,
    wrong=TO_TORCH_WRONG,
    hints=(
        "One block of weight_ih_l0 is params['U_i'].T, (H, D). Four blocks, one below the other, are "
        "(4H, D).",
        "np.concatenate([params[f'U_{a}'].T for a in 'ifgo']); the same for W, and for b without .T.",
        "bias_hh_l0 is np.zeros(4 * H), or np.zeros_like of the other one.",
    ),
    notes=section("LSTMs"),
)
