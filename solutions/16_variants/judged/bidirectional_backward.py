"""What `bidirectional_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .bidirectional_forward import bidirectional_forward
from .shared import SIZES
from lstm import CELL, backward, complex_step, forward, random_params
from notes import section

RESULTS = ("dx", "dh0", "dc0", "grads_forwards", "grads_backwards")


def true_both(dh, x, h0, c0, forwards, backwards):
    """By the complex step, on the forward pass alone."""
    flat = {f"{name} 0": a for name, a in forwards.items()}
    flat |= {f"{name} 1": a for name, a in backwards.items()}

    def arriving(a):
        one, two = ({name: a[f"{name} {k}"] for name in CELL} for k in (0, 1))
        return (dh * bidirectional_forward(a["x"], a["h0"], a["c0"], one, two)).sum()

    gradient = complex_step(arriving, {"x": x, "h0": h0, "c0": c0} | flat)
    one, two = ({name: gradient[f"{name} {k}"] for name in CELL} for k in (0, 1))
    return gradient["x"], gradient["h0"], gradient["c0"], one, two


DX = "dx: both directions read it"


STARTS = "dh0 and dc0: a row for each direction"


ONE, TWO = "gradients of the direction forwards", "gradients of the direction backwards"


def bidirectional_back_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, D: int, H: int) -> Args:
        return {
            "dh": rng.normal(size=(T, N, 2 * H)),
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(2, N, H)),
            "c0": rng.normal(size=(2, N, H)),
            "forwards": random_params(rng, D, H),
            "backwards": random_params(rng, D, H),
        }

    home, one_step = problem(4, 3, 4, 4), problem(1, 3, 4, 3)
    sizes = [problem(*s) for s in ((3, 2, 4, 3), (4, 1, 1, 2), (2, 4, 3, 1))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group("one step: both directions read it", [one_step], **exact),
        Group(DX, [home], parts=("dx",), **exact),
        Group(STARTS, [home], parts=("dh0", "dc0"), **exact),
        Group(ONE, [home], parts=("grads_forwards",), **exact),
        Group(TWO, [home], parts=("grads_backwards",), **exact),
        Group(SIZES, sizes, **exact),
        pure(),
    ]


@composable
def mistaken(**mistake):
    """bidirectional_backward with one thing wrong; each keyword replaces one piece."""

    def function(dh, x, h0, c0, forwards, backwards):
        m = mistake
        H = h0.shape[2]
        start = m.get("start", lambda h0, c0: ((h0[0], c0[0]), (h0[1], c0[1])))(h0, c0)
        one, two = m.get("weights", lambda f, b: (f, b))(forwards, backwards)
        _, _, to = forward(x, *start[0], one)
        _, _, fro = forward(m.get("read", lambda x: x[::-1])(x), *start[1], two)
        left, right = m.get("halves", lambda dh, H: (dh[:, :, :H], dh[:, :, H:]))(dh, H)
        right = m.get("turn", lambda a: a[::-1])(right)
        dx_to, dh0, dc0, grads_to = backward(left, to, one)
        dx_fro, dh1, dc1, grads_fro = backward(right, fro, two)
        dx_fro = m.get("back", lambda a: a[::-1])(dx_fro)
        dx = m.get("join", lambda a, b: a + b)(dx_to, dx_fro)
        result = dx, np.stack([dh0, dh1]), np.stack([dc0, dc1]), grads_to, grads_fro
        return m.get("finish", lambda *r: r)(*result)

    return function


def bidirectional_backward(dh, x, h0, c0, forwards, backwards):
    return mistaken()(dh, x, h0, c0, forwards, backwards)


def _added(dx, dh0, dc0, one, two):
    both = {name: one[name] + two[name] for name in CELL}
    return dx, dh0, dc0, both, dict(both)


BIDIRECTIONAL_BACK_WRONG = (
    Wrong("dh not turned", mistaken(turn=lambda a: a),
          "The second direction gets its half of dh in the order of time. It read x from the last step "
          "on, and its caches lie in that order: dh[::-1]."),
    Wrong("dx not turned back", mistaken(back=lambda a: a),
          "The second direction's dx is in the order in which it read. Turn it round before you add "
          "it: [::-1].", costs=(DX, SIZES)),
    Wrong("neither turned", mistaken(turn=lambda a: a, back=lambda a: a),
          "The second direction read x[::-1]. So its dh has to be turned round before, and its dx "
          "after."),
    Wrong("both read forwards", mistaken(read=lambda x: x, turn=lambda a: a, back=lambda a: a),
          "Both directions read from the first step on. The second one reads x[::-1]."),
    Wrong("x not turned", mistaken(read=lambda x: x),
          "On the way forward the second direction reads x as it is. It reads x[::-1]."),
    Wrong("dx of the direction forwards alone", mistaken(join=lambda a, b: a),
          "dx is that of the first direction alone. Both read x: add the two.", costs=(DX, SIZES)),
    Wrong("dx of the direction backwards alone", mistaken(join=lambda a, b: b.copy()),
          "dx is that of the second direction alone. Both read x: add the two.", costs=(DX, SIZES)),
    Wrong("dx averaged", mistaken(join=lambda a, b: (a + b) / 2),
          "dx is the mean of both directions. Two ways into the same x add up.", costs=(DX, SIZES)),
    Wrong("dx joined", mistaken(join=lambda a, b: np.concatenate([a, b], axis=2)),
          "You join the two dx side by side. Both belong to the same x: add them, (T, N, D)."),
    Wrong("halves exchanged", mistaken(halves=lambda dh, H: (dh[:, :, H:], dh[:, :, :H])),
          "The halves of dh have changed places: the first H units are those of the direction "
          "forwards."),
    Wrong("one half for both", mistaken(halves=lambda dh, H: (dh[:, :, :H], dh[:, :, :H])),
          "Both directions get the first half of dh. The second one's is dh[:, :, H:]."),
    Wrong("halves added", mistaken(halves=lambda dh, H: (dh[:, :, :H] + dh[:, :, H:],) * 2),
          "Both directions get the sum of the halves. Each half of h came from one direction alone."),
    Wrong("every other unit", mistaken(halves=lambda dh, H: (dh[:, :, ::2], dh[:, :, 1::2])),
          "You take every other unit. The first H units belong to one direction, the others to the "
          "other: dh[:, :, :H] and dh[:, :, H:]."),
    Wrong("examples turned instead of time", mistaken(
              read=lambda x: x[:, ::-1], turn=lambda a: a[:, ::-1], back=lambda a: a[:, ::-1]),
          "You turn round the batch, axis 1. Time is axis 0: [::-1]."),
    Wrong("one set of weights", mistaken(weights=lambda f, b: (f, f)),
          "Both directions use `forwards`. The second has weights of its own, `backwards`."),
    Wrong("one start for both", mistaken(start=lambda h0, c0: ((h0[0], c0[0]),) * 2),
          "Both directions begin at h0[0] and c0[0]. The second one has h0[1] and c0[1]."),
    Wrong("begins at zero", mistaken(start=lambda h0, c0: ((0 * h0[0], 0 * c0[0]),) * 2),
          "On the way forward your directions begin at zero. They begin at h0[0], c0[0] and at h0[1], "
          "c0[1]."),
    Wrong("gradients exchanged", mistaken(finish=lambda dx, dh0, dc0, one, two: (
              dx, dh0, dc0, two, one)),
          "The gradients have changed places: first those of `forwards`, then those of `backwards`."),
    Wrong("gradients added", mistaken(finish=_added),
          "The gradients of both directions are added up. Each has weights of its own."),
    Wrong("starts exchanged", mistaken(finish=lambda dx, dh0, dc0, one, two: (
              dx, dh0[::-1].copy(), dc0[::-1].copy(), one, two)),
          "The rows of dh0 and dc0 have changed places: row 0 is the direction forwards.",
          costs=(STARTS, SIZES)),
    Wrong("dh0 and dc0 exchanged", mistaken(finish=lambda dx, dh0, dc0, one, two: (
              dx, dc0, dh0, one, two)),
          "dh0 and dc0 are exchanged."),
    Wrong("turns dh round in place", writes_into(bidirectional_backward, "dh"),
          "Your values are right, but dh is changed after the call. dh[::-1] is enough: it changes "
          "nothing.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=bidirectional_backward,
    truth=true_both,
    groups=bidirectional_back_groups,
    wrong=BIDIRECTIONAL_BACK_WRONG,
    hints=(
        "First forwards, as in bidirectional_forward, for the caches of both directions.",
        "The second direction lives in turned time. It gets dh[::-1, :, H:], and the dx it gives is "
        "turned as well.",
        "Both read the same x: dx = dx_there + dx_back[::-1]. np.stack joins the two dh0 and dc0.",
    ),
    notes=section("Backpropagation"),
    returns=RESULTS,
)
