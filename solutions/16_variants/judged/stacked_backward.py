"""What `stacked_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .stacked_forward import stacked_forward
from lstm import CELL, backward, complex_step, forward, random_params
from notes import section

RESULTS = ("dx", "dh0", "dc0", "grads")


def true_stack(dh, x, h0, c0, layers):
    """By the complex step, on the forward pass alone."""
    flat = {f"{name} {k}": a for k, layer in enumerate(layers) for name, a in layer.items()}

    def arriving(a):
        named = [{name: a[f"{name} {k}"] for name in layers[k]} for k in range(len(layers))]
        return (dh * stacked_forward(a["x"], a["h0"], a["c0"], named)[0]).sum()

    gradient = complex_step(arriving, {"x": x, "h0": h0, "c0": c0} | flat)
    grads = [{name: gradient[f"{name} {k}"] for name in CELL} for k in range(len(layers))]
    return gradient["x"], gradient["h0"], gradient["c0"], grads


DX = "dx: what the bottom layer's input gets"


STARTS = "dh0 and dc0: a row for every layer"


GRADS = "gradients of every layer's weights"


SIZES = "right for every T, N, D, H and number of layers"


def stacked_back_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, D: int, H: int, L: int) -> Args:
        return {
            "dh": rng.normal(size=(T, N, H)),
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(L, N, H)),
            "c0": rng.normal(size=(L, N, H)),
            "layers": [random_params(rng, D if k == 0 else H, H) for k in range(L)],
        }

    square = problem(4, 3, 4, 4, 3)  # D = H: no shape tells layers apart
    one = problem(4, 2, 3, 4, 1)
    sizes = [problem(*s) for s in ((3, 2, 4, 3, 2), (1, 3, 2, 4, 3), (3, 1, 3, 2, 4))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [square], kind="shape"),
        Group("one layer is unit 11's", [one], **exact),
        Group(DX, [square], parts=("dx",), **exact),
        Group(STARTS, [square], parts=("dh0", "dc0"), **exact),
        Group(GRADS, [square], parts=("grads",), **exact),
        Group(SIZES, sizes, **exact),
        pure(),
    ]


@composable
def mistaken(**mistake):
    """stacked_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dh, x, h0, c0, layers):
        m = mistake
        L, below, kept, outs = len(layers), x, [], []
        for k in range(L):
            start = m.get("start", lambda k, h0, c0: (h0[k], c0[k]))(k, h0, c0)
            read = m.get("reads", lambda below, x: below)(below, x)
            below, _, caches = forward(read, *start, layers[k])
            kept.append(caches)
            outs.append(below)
        arriving, grads = dh, [None] * L
        dh0, dc0 = np.zeros_like(h0), np.zeros_like(c0)
        for k in m.get("order", lambda L: reversed(range(L)))(L):
            caches = kept[m.get("cache", lambda k, L: k)(k, L)]
            params = layers[m.get("layer", lambda k, L: k)(k, L)]
            dx, dh0[k], dc0[k], grads[k] = backward(arriving, caches, params)
            arriving = m.get("hands", lambda dx, dh: dx)(dx, dh)
        if m.get("from_top"):
            dx = backward(dh, kept[-1], layers[-1])[0]
        return m.get("finish", lambda *r: r)(dx, dh0, dc0, grads)

    return function


def stacked_backward(dh, x, h0, c0, layers):
    return mistaken()(dh, x, h0, c0, layers)


def _summed(dx, dh0, dc0, grads):
    if len({a["U_f"].shape for a in grads}) > 1:
        return dx, dh0, dc0, grads
    return dx, dh0, dc0, [{k: sum(g[k] for g in grads) for k in CELL} for _ in grads]


def _fits(a, b):
    return a if a.shape == b.shape else b


STACKED_BACK_WRONG = (
    Wrong("every layer gets the top's dh", mistaken(hands=lambda dx, dh: dh),
          "Every layer gets the dh of the top. What arrives at a layer below is the dx of the layer "
          "above it."),
    Wrong("the top's dh added at every layer", mistaken(hands=lambda dx, dh: (
              dx + dh if dx.shape == dh.shape else dx)),
          "dh is added at every layer. It belongs to the top layer alone: the layers below say nothing "
          "to the loss but through the one above."),
    Wrong("layers from bottom to top", mistaken(order=lambda L: range(L)),
          "You walk the layers from the bottom to the top. Backwards it begins at the top: "
          "reversed(range(L))."),
    Wrong("caches of the other end", mistaken(cache=lambda k, L: L - 1 - k),
          "Layer k is walked back with the caches of layer L - 1 - k. Caches and weights belong "
          "together."),
    Wrong("weights of the other end", mistaken(layer=lambda k, L: L - 1 - k),
          "Layer k is walked back with the weights of layer L - 1 - k. Caches and weights belong "
          "together."),
    Wrong("every layer read x", mistaken(reads=lambda below, x: _fits(x, below)),
          "On the way forward every layer reads x. Only the first does; each other reads the hidden "
          "states of the layer below."),
    Wrong("begins at zero", mistaken(start=lambda k, h0, c0: (0 * h0[k], 0 * c0[k])),
          "On the way forward your layers begin at zero. Layer k begins at h0[k] and c0[k]."),
    Wrong("states of layer 0 everywhere", mistaken(start=lambda k, h0, c0: (h0[0], c0[0])),
          "On the way forward all layers begin at h0[0] and c0[0]. Layer k begins at h0[k] and c0[k]."),
    Wrong("h0 and c0 exchanged", mistaken(start=lambda k, h0, c0: (c0[k], h0[k])),
          "h0 and c0 have changed places where a layer begins."),
    Wrong("gradients in the order of the walk", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dh0, dc0, grads[::-1])),
          "grads runs from the top to the bottom, in the order in which you walked. grads[k] belongs "
          "to layers[k]: turn the list round.", costs=(GRADS, SIZES)),
    Wrong("starts in the order of the walk", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dh0[::-1].copy(), dc0[::-1].copy(), grads)),
          "dh0 and dc0 run from the top to the bottom. Row k belongs to layer k.",
          costs=(STARTS, SIZES)),
    Wrong("everything in the order of the walk", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dh0[::-1].copy(), dc0[::-1].copy(), grads[::-1])),
          "Everything was collected from the top to the bottom. Row k, and grads[k], belong to layer "
          "k: turn all of them round."),
    Wrong("dh0 and dc0 exchanged", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dc0, dh0, grads)),
          "dh0 and dc0 are exchanged."),
    Wrong("dx of the top layer", mistaken(from_top=True),
          "You return the dx of the top layer. dx belongs to x, which the bottom layer reads.",
          costs=(DX, SIZES)),
    Wrong("gradients of all layers added up", mistaken(finish=_summed),
          "The gradients of all layers are added up. Every layer has weights of its own."),
    Wrong("gradients of the top layer alone", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dh0, dc0, grads[-1])),
          "You return the gradients of one layer. grads is a list with a dict for every layer."),
    Wrong("sum over the layers for dh0", mistaken(finish=lambda dx, dh0, dc0, grads: (
              dx, dh0.sum(axis=0), dc0.sum(axis=0), grads)),
          "dh0 and dc0 are summed over the layers. Every layer began at states of its own: (L, N, H)."),
    Wrong("writes into h0 and c0", writes_into(stacked_backward, "h0", "c0"),
          "Your values are right, but h0 and c0 hold the gradients after the call. Make new arrays.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=stacked_backward,
    truth=true_stack,
    groups=stacked_back_groups,
    wrong=STACKED_BACK_WRONG,
    hints=(
        "First forwards, as in stacked_forward, and keep the caches of every layer in a list.",
        "Then from the top layer down: lstm_backward(dh, caches[k], layers[k]). Its dx is the dh of "
        "the layer below.",
        "dh0[k] and dc0[k] of np.zeros_like(h0), np.zeros_like(c0) can be filled as you go; what is "
        "appended on the way down has to be turned round at the end.",
    ),
    notes=section("Backpropagation"),
    returns=RESULTS,
)
