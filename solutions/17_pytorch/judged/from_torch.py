"""What `from_torch` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import HOME, OTHERS, SIZES, SQUARE, random_state, unpacking
from lstm import CELL
from notes import section

U, W, B = CELL[:4], CELL[4:8], CELL[8:]
BOTH = "each bias is the sum of PyTorch's two"


def from_torch(state):
    return unpacking()(state)


def from_torch_groups(rng: np.random.Generator) -> list[Group]:
    def case(D: int, H: int) -> Args:
        return {"state": random_state(rng, D, H)}

    home, square = case(*HOME), case(*SQUARE)
    return [
        Group("a dict of twelve arrays, in this course's shapes", [home], kind="shape"),
        Group("each U from its block of weight_ih_l0, turned back", [home, square], parts=U),
        Group("each W from its block of weight_hh_l0, turned back", [home, square], parts=W),
        Group(BOTH, [home, square], parts=B),
        Group(SIZES, [case(*sizes) for sizes in OTHERS]),
        pure(),
    ]


def _same(a):
    return a


FROM_TORCH_WRONG = (
    Wrong("this course's order", unpacking(order="figo"),
          "You read the blocks in the order f, i, g, o. PyTorch packs i, f, g, o: your forget gate got "
          "the input gate's weights."),
    Wrong("ONNX's order", unpacking(order="iofg"),
          "You read the blocks in the order i, o, f, g. That is ONNX's; PyTorch packs i, f, g, o."),
    Wrong("candidate last", unpacking(order="ifog"),
          "The last two blocks have changed places: the third is the candidate g, the last the output "
          "gate."),
    Wrong("bias_hh_l0 forgotten", unpacking(bias=lambda ih, hh: ih),
          "You take bias_ih_l0 alone. PyTorch adds both biases: bias_ih_l0 + bias_hh_l0.", costs=BOTH),
    Wrong("bias_ih_l0 forgotten", unpacking(bias=lambda ih, hh: hh),
          "You take bias_hh_l0 alone. PyTorch adds both biases: bias_ih_l0 + bias_hh_l0.", costs=BOTH),
    Wrong("mean of the biases", unpacking(bias=lambda ih, hh: (ih + hh) / 2),
          "You take the mean of the two biases. PyTorch adds them.", costs=BOTH),
    Wrong("biases subtracted", unpacking(bias=lambda ih, hh: ih - hh),
          "You subtract the second bias. PyTorch adds both.", costs=BOTH),
    Wrong("nothing transposed", unpacking(turn={"U": _same, "W": _same}),
          "Your matrices are not turned back: U is (D, H) and W is (H, H), from the row's length to the "
          "result's. Each is its block's .T."),
    Wrong("W not transposed", unpacking(turn={"W": _same}),
          "W is not turned back. Its block is square, so no shape complains; it is the block's .T."),
    Wrong("reshaped instead of transposed",
          unpacking(turn={"U": lambda a: a.reshape(a.shape[::-1])}),
          "U has the right shape by reshape, which keeps the numbers in their order. Rows must become "
          "columns: .T."),
    Wrong("gates interleaved", unpacking(cut=lambda a, k, H: a[k::4]),
          "You take every fourth row. A gate's H rows are neighbours: the first H rows are i."),
    Wrong("biases interleaved", unpacking(cut_bias=lambda a, k, H: a[k::4]),
          "Your biases take every fourth number, while the matrices are cut into neighbours. All are cut "
          "alike: gate k is places k H to (k + 1) H.", costs=BOTH),
    Wrong("only the input's half", unpacking(finish=lambda p: {
              name: array for name, array in p.items() if name[0] != "W"}),
          "The W are missing: they come from weight_hh_l0."),
    Wrong("biases as rows", unpacking(finish=lambda p: {
              name: array[None] if name[0] == "b" else array for name, array in p.items()}),
          "Your biases are (1, H). In this course they have one axis: (H,)."),
    Wrong("one bias for every gate", unpacking(finish=lambda p: p | {
              f"b_{a}": p["b_i"].copy() for a in "fgo"}),
          "All four biases are the input gate's. Cut the bias into four, as you cut the matrices.",
          costs=BOTH),
    Wrong("U and W exchanged", unpacking(finish=lambda p: {
              name: p[{"U": "W", "W": "U"}.get(name[0], name[0]) + name[1:]] for name in p}),
          "U and W have changed places: ih reads the input (U), hh the hidden state (W)."),
    Wrong("adds the biases in place", writes_into(from_torch, "state"),
          "Your values are right, but the state dict is changed by the call: `+=` writes into the "
          "caller's array. Write a + b.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=from_torch,
    groups=from_torch_groups,
    wrong=FROM_TORCH_WRONG,
    hints=(
        "H is the number of columns of weight_hh_l0. Block k of any of the four arrays is "
        "[k * H : (k + 1) * H].",
        "for k, a in enumerate('ifgo'): the block of gate a. U and W are blocks turned back by .T.",
        "np.split(array, 4) cuts an array into its four blocks at once.",
    ),
    notes=section("LSTMs"),
    may_share=(*U, *W),
)
