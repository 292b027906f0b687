"""What `stacked_forward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from lstm import forward, random_params
from notes import section


def stack(**mistake):
    """stacked_forward with one thing wrong."""

    def function(x, h0, c0, layers):
        m = mistake
        below, h_last, c_last = x, [], []
        order = m.get("order", lambda L: range(L))(len(layers))
        for place, k in enumerate(order):
            start = m.get("start", lambda k, h0, c0: (h0[k], c0[k]))(k, h0, c0)
            params = layers[m.get("layer", lambda k: k)(k)]
            reads = m.get("reads", lambda below, x, place: below)(below, x, place)
            h, c, _ = forward(reads, *start, params)
            h_last.append(h[-1])
            c_last.append(c[-1])
            below = m.get("hands", lambda h, c, below: h)(h, c, below)
        result = below, np.stack(h_last), np.stack(c_last)
        return m.get("finish", lambda h, hs, cs: (h, hs, cs))(*result)

    return function


def stacked_forward(x, h0, c0, layers):
    return stack()(x, h0, c0, layers)


STARTS, LASTS = "each layer begins at its own states", "the last states of every layer"


def stacked_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int, L: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(L, N, H)),
            "c0": rng.normal(size=(L, N, H)),
            "layers": [random_params(rng, D if k == 0 else H, H) for k in range(L)],
        }

    square = case(4, 3, 5, 5, 3)  # D = H: no shape tells layers apart
    zero = case(4, 2, 5, 5, 2)
    zero["h0"], zero["c0"] = 0 * zero["h0"], 0 * zero["c0"]
    one = case(5, 3, 4, 5, 1)
    sizes = [case(3, 2, 4, 5, 2), case(1, 3, 2, 4, 3), case(4, 1, 3, 2, 4), case(3, 2, 2, 1, 2)]
    return [
        Group("h, last h and last c, each in its shape", [square], kind="shape"),
        Group("one layer is the LSTM", [one]),
        Group("a layer reads what the layer below says", [zero], parts=("h",)),
        Group(STARTS, [square], parts=("h",)),
        Group(LASTS, [square, *sizes[:1]], parts=("h_last", "c_last")),
        Group("right for every T, N, D, H and number of layers", sizes),
        pure(),
    ]


def _fitting(k, x, below, H):
    return x if x.shape[2] == H or k == 0 else below


STACKED_WRONG = (
    Wrong("every layer reads x", stack(reads=lambda below, x, k: _fitting(
              k, x, below, below.shape[2])),
          "Every layer reads x. Only the first does; each other reads the hidden states of the layer "
          "below."),
    Wrong("cell states handed up", stack(hands=lambda h, c, below: c),
          "You hand the cell states up. What leaves a layer is its hidden state: h."),
    Wrong("the second layer's weights from there on", stack(layer=lambda k: min(k, 1)),
          "From the third layer on, the weights of the second are used again. Every layer has its own."),
    Wrong("states of layer 0 everywhere", stack(start=lambda k, h0, c0: (h0[0], c0[0])),
          "All layers begin at h0[0] and c0[0]. Layer k begins at h0[k] and c0[k]."),
    Wrong("begins at zero", stack(start=lambda k, h0, c0: (0 * h0[k], 0 * c0[k])),
          "Your layers begin at zero. Layer k begins at h0[k] and c0[k]."),
    Wrong("h0 and c0 exchanged", stack(start=lambda k, h0, c0: (c0[k], h0[k])),
          "h0 and c0 have changed places where a layer begins."),
    Wrong("states handed from layer to layer", stack(start=lambda k, h0, c0: (
              h0[max(k - 1, 0)], c0[max(k - 1, 0)])),
          "Layer k begins at the states of layer k - 1. States belong to their layer: h0[k], c0[k]."),
    Wrong("only the last step handed up", stack(hands=lambda h, c, below: np.repeat(
              h[-1:], len(h), axis=0)),
          "The layer above reads the last hidden state at every step. At step t it reads h[t]."),
    Wrong("read one step late", stack(hands=lambda h, c, below: np.concatenate([h[:1], h[:-1]])),
          "The layer above reads h[t - 1] at step t. All layers make step t together: h[t]."),
    Wrong("a bridge over every layer", stack(hands=lambda h, c, below: (
              h + below if below.shape == h.shape else h)),
          "What a layer read is added to what it says. That is a residual connection, which this stack "
          "does not have."),
    Wrong("the bottom layer's states", lambda x, h0, c0, layers: (
              forward(x, h0[0], c0[0], layers[0])[0], *stacked_forward(x, h0, c0, layers)[1:]),
          "You return the hidden states of the bottom layer. h is what the top layer says."),
    Wrong("only the top layer's last states", stack(finish=lambda h, hs, cs: (h, hs[-1], cs[-1])),
          "You return the last states of the top layer alone. Every layer has some: (L, N, H)."),
    Wrong("last states in reverse", stack(finish=lambda h, hs, cs: (
              h, hs[::-1].copy(), cs[::-1].copy())),
          "The last states are in reverse order: row k belongs to layer k.", costs=LASTS),
    Wrong("last states exchanged", stack(finish=lambda h, hs, cs: (h, cs, hs)),
          "The last states have changed places: h, then h_last, then c_last."),
    Wrong("first states instead of last", lambda x, h0, c0, layers: (
              stacked_forward(x, h0, c0, layers)[0], *stacked_forward(x[:1], h0, c0, layers)[1:]),
          "You return the states after the first step. The last ones are h[-1] and c[-1]."),
    Wrong("overwrites h0 and c0", writes_into(stacked_forward, "h0", "c0"),
          "Your values are right, but h0 and c0 hold the last states after the call. Collect them in "
          "a new list.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=stacked_forward,
    groups=stacked_groups,
    wrong=STACKED_WRONG,
    hints=(
        "A loop over the layers. What the first one reads is x.",
        "h, c, _ = lstm_forward(h, h0[k], c0[k], layers[k]): what comes out goes into the next.",
        "Keep h[-1] and c[-1] of every layer in two lists, and np.stack them at the end.",
    ),
    notes=section("Forward Propagation in LSTMs"),
    returns=("h", "h_last", "c_last"),
)
