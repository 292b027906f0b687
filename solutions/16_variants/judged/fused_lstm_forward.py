"""What `fused_lstm_forward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import SIZES
from lstm import sigmoid
from notes import section


def fused(**mistake):
    """fused_lstm_forward with one thing wrong."""

    def function(x, h0, c0, U, W, b):
        m = mistake
        H = h0.shape[1]
        inputs = m.get("inputs", lambda x, U, b: x @ U + b)(x, U, b)
        h, c = m.get("start", lambda h0, c0: (h0, c0))(h0, c0)
        hs, cs = [], []
        for t in range(len(x)):
            a = m.get("add", lambda drive, h, t, W, b: drive[t] + h @ W)(inputs, h, t, W, b)
            cut = m.get("cut", lambda a, H: [a[:, k * H : (k + 1) * H] for k in range(4)])
            f, i, g, o = m.get("act", _act)(*cut(a, H))
            c_new = f * c + i * g
            h_new = o * np.tanh(c_new)
            hs.append(h_new)
            cs.append(c_new)
            h = h_new if m.get("carry_h", True) else h0
            c = c_new if m.get("carry_c", True) else c0
        return m.get("finish", lambda h, c: (h, c))(np.stack(hs), np.stack(cs))

    return function


def _act(f, i, g, o):
    return sigmoid(f), sigmoid(i), np.tanh(g), sigmoid(o)


def fused_lstm_forward(x, h0, c0, U, W, b):
    return fused()(x, h0, c0, U, W, b)


def fused_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(N, H)),
            "c0": rng.normal(size=(N, H)),
            "U": rng.normal(size=(D, 4 * H)),
            "W": rng.normal(size=(H, 4 * H)),
            "b": rng.normal(size=4 * H),
        }

    home, one = case(5, 3, 4, 5), case(1, 3, 4, 5)
    no_input, no_state = case(1, 3, 4, 5), case(4, 3, 4, 5)
    no_input["U"] = 0 * no_input["U"]
    no_state["W"] = 0 * no_state["W"]
    return [
        Group("h and c for every step", [home], kind="shape"),
        Group("one step", [one, no_input]),
        Group("every step has its own input", [no_state]),
        Group("both states are carried", [home]),
        Group(SIZES, [case(3, 1, 2, 4), case(2, 4, 3, 1), case(3, 3, 3, 3)]),
        pure(),
    ]


def _order(*places):
    def cut(a, H):
        blocks = [a[:, k * H : (k + 1) * H] for k in range(4)]
        return [blocks[k] for k in places]

    return cut


FUSED_WRONG = (
    Wrong("PyTorch's order", fused(cut=_order(1, 0, 2, 3)),
          "Your blocks are in the order i, f, g, o. That is PyTorch's; here it is f, i, g, o."),
    Wrong("candidate last", fused(cut=_order(0, 1, 3, 2)),
          "The last two blocks have changed places: the order is f, i, g, o."),
    Wrong("every fourth column", fused(cut=lambda a, H: [a[:, k::4] for k in range(4)]),
          "You take every fourth column. A gate's H columns are neighbours: a[:, :H] is f, and so on."),
    Wrong("sigmoid for all four", fused(act=lambda *a: tuple(map(sigmoid, a))),
          "All four blocks go through the sigmoid. The candidate, the third block, is a tanh."),
    Wrong("tanh for all four", fused(act=lambda *a: tuple(map(np.tanh, a))),
          "All four blocks go through tanh. Three of them are gates: sigmoid."),
    Wrong("bias twice", fused(add=lambda drive, h, t, W, b: drive[t] + h @ W + b),
          "The bias is added twice, once for all steps and once more at each."),
    Wrong("no bias", fused(inputs=lambda x, U, b: x @ U),
          "The bias is missing. Add it once, for all steps, where the inputs are projected."),
    Wrong("first input at every step", fused(
              add=lambda drive, h, t, W, b: drive[0] + h @ W),
          "Every step reads the first input's part. Step t reads the t-th."),
    Wrong("inputs in reverse", fused(inputs=lambda x, U, b: x[::-1] @ U + b),
          "The inputs are read from the last to the first."),
    Wrong("no product with h", fused(add=lambda drive, h, t, W, b: drive[t] + 0 * (h @ W)),
          "The hidden state has no say: h @ W is missing. That product cannot be made ahead."),
    Wrong("all steps from h0", fused(add=lambda drive, h, t, W, b: drive[t] + h @ W, carry_h=False),
          "h @ W is made from h0 at every step, as if it could be made ahead like x @ U. It needs the "
          "h of the step before."),
    Wrong("cell state not carried", fused(carry_c=False),
          "Every step starts from c0. The cell state is carried from step to step."),
    Wrong("begins at zero", fused(start=lambda h0, c0: (0 * h0, 0 * c0)),
          "You begin with zeros and ignore h0 and c0."),
    Wrong("h0 and c0 exchanged", fused(start=lambda h0, c0: (c0, h0)),
          "h0 and c0 have changed places."),
    Wrong("only the last states", fused(finish=lambda h, c: (h[-1], c[-1])),
          "You return the last states alone. All of them are needed: (T, N, H)."),
    Wrong("c returned first", fused(finish=lambda h, c: (c, h)),
          "You return c, h. The order is h, c."),
    Wrong("writes into h0", writes_into(fused_lstm_forward, "h0"),
          "Your values are right, but h0 holds the last state after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=fused_lstm_forward,
    closed=("lstm_step", "lstm_forward"),
    groups=fused_groups,
    wrong=FUSED_WRONG,
    hints=(
        "Before the loop: x @ U + b for all steps at once, (T, N, 4H).",
        "In the loop one product only: a = inputs[t] + h @ W, (N, 4H).",
        "np.split(a, 4, axis=1) gives the four blocks f, i, g, o.",
    ),
    notes=section("Forward Propagation in LSTMs"),
    returns=("h", "c"),
)
