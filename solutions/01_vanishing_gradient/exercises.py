"""What the plain RNN and its Jacobians are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong

from gates import sigmoid
from notes import section

TITLE = "The vanishing gradient"


def rnn_step(x, h_prev, U, W, b):
    return np.tanh(x @ U + h_prev @ W + b)


def rnn_forward(x, h0, U, W, b):
    states, h = [], h0
    for x_t in x:
        h = rnn_step(x_t, h, U, W, b)
        states.append(h)
    return np.stack(states)


def jacobian_norms(h, W):
    T, H = h.shape
    norms, jacobian = np.empty(T), np.eye(H)
    norms[-1] = 1.0
    for t in range(T - 2, -1, -1):
        jacobian = jacobian @ ((1 - h[t + 1] ** 2)[:, None] * W.T)
        norms[t] = np.linalg.norm(jacobian, 2)
    return norms


def weights(rng: np.random.Generator, D: int, H: int) -> Args:
    return {
        "U": rng.normal(size=(D, H)),
        "W": rng.normal(size=(H, H)),
        "b": rng.normal(size=H),
    }


# --- one step ---------------------------------------------------------------------------------

X, HID, BIAS = "x reaches h through U", "h_prev reaches h through W", "the bias b shifts it"
PURE = "leaves its arguments alone"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int, only: str = "") -> Args:
        x, h_prev = rng.normal(size=(N, D)), rng.uniform(-1, 1, size=(N, H))
        args = {"x": x, "h_prev": h_prev} | weights(rng, D, H)
        if only:
            for name in {"x", "h_prev", "b"} - {only}:
                args[name] = np.zeros_like(args[name])
        return args

    home = (3, 4, 5)
    sizes = [problem(*s) for s in ((1, 3, 2), (5, 2, 6), (4, 4, 4), (2, 1, 1))]
    return [
        Group("one row per example, one column per unit", [problem(*home)], kind="shape"),
        Group(X, [problem(*home, "x") for _ in range(2)]),
        Group(HID, [problem(*home, "h_prev") for _ in range(2)]),
        Group(BIAS, [problem(*home, "b") for _ in range(2)]),
        Group("right for every N, D and H", [problem(*home), *sizes]),
        Group(PURE, kind="pure"),
    ]


def _step_in_place(x, h_prev, U, W, b):
    result = rnn_step(x, h_prev, U, W, b)
    h_prev[:] = result
    return result


STEP_WRONG = (
    Wrong("no tanh", lambda x, h, U, W, b: x @ U + h @ W + b,
          "The tanh is missing: without it the state could grow without bound, and a hundred steps "
          "would be nothing but one matrix product."),
    Wrong("sigmoid", lambda x, h, U, W, b: sigmoid(x @ U + h @ W + b),
          "You use σ. The plain RNN's state is made by tanh, with values between -1 and 1."),
    Wrong("tanh of the parts", lambda x, h, U, W, b: np.tanh(x @ U) + np.tanh(h @ W) + np.tanh(b),
          "You take tanh of each part. Add first: tanh is applied once, to the whole sum."),
    Wrong("input ignored", lambda x, h, U, W, b: np.tanh(h @ W + b),
          "The input x never reaches the state: the term x @ U is missing.", costs=X),
    Wrong("hidden state ignored", lambda x, h, U, W, b: np.tanh(x @ U + b),
          "The previous state is missing: h_prev @ W. Without it the network has no memory at all.",
          costs=HID),
    Wrong("bias missing", lambda x, h, U, W, b: np.tanh(x @ U + h @ W),
          "The bias b is missing.", costs=BIAS),
    Wrong("bias doubled", lambda x, h, U, W, b: np.tanh(x @ U + h @ W + 2 * b),
          "The bias b is added twice.", costs=BIAS),
    Wrong("bias after the tanh", lambda x, h, U, W, b: np.tanh(x @ U + h @ W) + b,
          "The bias is added after the tanh. It belongs inside.", costs=BIAS),
    Wrong("W transposed", lambda x, h, U, W, b: np.tanh(x @ U + h @ W.T + b),
          "W is transposed. It is square, so no shape complains: rows are examples, so h_prev @ W.",
          costs=HID),
    Wrong("U transposed", lambda x, h, U, W, b: np.tanh(x @ U.T + h @ W + b),
          "U is transposed: the shapes fit only where D = H. Its shape is (D, H), so x @ U."),
    Wrong("weights in front", lambda x, h, U, W, b: np.tanh(U @ x + W @ h + b),
          "The weights stand in front, as for column vectors. Here rows are examples: x @ U."),
    Wrong("old state kept", lambda x, h, U, W, b: h + np.tanh(x @ U + h @ W + b),
          "You add the new state to the old one. A plain RNN replaces it: that is its problem."),
    Wrong("averaged over the batch", lambda x, h, U, W, b: np.broadcast_to(
              np.tanh((x @ U + h @ W + b).mean(axis=0)), h.shape).copy(),
          "All rows are equal: the batch was averaged. Each example has a state of its own."),
    Wrong("overwrites h_prev", _step_in_place,
          "Your values are right, but h_prev is overwritten by the new state.", costs=PURE),
)  # fmt: skip

# --- a sequence -------------------------------------------------------------------------------

START = "begins at h0"


def forward_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, D: int, H: int) -> Args:
        x, h0 = rng.normal(size=(T, N, D)), rng.uniform(-1, 1, size=(N, H))
        return {"x": x, "h0": h0} | weights(rng, D, H)

    home = (6, 3, 4, 5)
    from_zero = [problem(*home), problem(*home)]
    for case in from_zero:
        case["h0"] = np.zeros((3, 5))
    sizes = [problem(*s) for s in ((2, 1, 3, 2), (3, 3, 3, 3), (5, 2, 1, 1), (1, 4, 2, 3))]
    return [
        Group("a state for every step: (T, N, H)", [problem(*home)], kind="shape"),
        Group("each state feeds the next", from_zero),
        Group(START, [problem(1, 3, 4, 5), problem(*home)]),
        Group("right for every T, N, D and H", sizes),
        Group(PURE, kind="pure"),
    ]


def _run(x, h0, U, W, b, order=None, carry=True, zero=False):
    states, h = [], np.zeros_like(h0) if zero else h0
    for t in order or range(len(x)):
        new = rnn_step(x[t], h, U, W, b)
        states.append(new)
        h = new if carry else h
    return np.stack(states)


def _forward_in_place(x, h0, U, W, b):
    result = rnn_forward(x, h0, U, W, b)
    h0[:] = result[-1]
    return result


FORWARD_WRONG = (
    Wrong("state not carried", lambda *a: _run(*a, carry=False),
          "Every step starts from h0: the state is not carried on. Each step's h is the next one's "
          "h_prev."),
    Wrong("starts at zero", lambda *a: _run(*a, zero=True),
          "You begin with zeros and ignore h0.", costs=START),
    Wrong("backwards in time", lambda x, *a: _run(x, *a, order=range(len(x) - 1, -1, -1)),
          "You read the sequence from its end. Time runs forwards along axis 0."),
    Wrong("first input at every step", lambda x, *a: _run(x, *a, order=[0] * len(x)),
          "Every step reads x[0]. Step t reads x[t]."),
    Wrong("only the last state", lambda *a: rnn_forward(*a)[-1],
          "You return the last state alone. Keep all of them: shape (T, N, H)."),
    Wrong("the last state everywhere",
          lambda *a: (lambda h: np.broadcast_to(h[-1], h.shape).copy())(rnn_forward(*a)),
          "Every step holds the last state: the same array was stored T times. Store a new one at "
          "each step."),
    Wrong("one step late",
          lambda x, h0, *a: np.concatenate([h0[None], rnn_forward(x, h0, *a)[:-1]]),
          "Everything is one step late: h[0] should be the state after the first input, not h0."),
    Wrong("h0 included", lambda x, h0, *a: np.concatenate([h0[None], rnn_forward(x, h0, *a)]),
          "You return T + 1 states, h0 among them. Only those after each input are asked for."),
    Wrong("over the examples", lambda x, h0, U, W, b: np.swapaxes(
              rnn_forward(np.swapaxes(x, 0, 1), np.zeros((len(x), len(b))), U, W, b), 0, 1).copy(),
          "You loop over axis 1, the examples. Time is axis 0."),
    Wrong("batch first", lambda *a: np.swapaxes(rnn_forward(*a), 0, 1).copy(),
          "Your result has shape (N, T, H). Time comes first: (T, N, H)."),
    Wrong("a list", lambda *a: list(rnn_forward(*a)),
          "You return a list of states. np.stack makes one array of it."),
    Wrong("states added up", lambda *a: np.cumsum(rnn_forward(*a), axis=0),
          "You add the states up. Each new state replaces the one before."),
    Wrong("overwrites h0", _forward_in_place,
          "Your values are right, but h0 is overwritten.", costs=PURE),
)  # fmt: skip

# --- Jacobians --------------------------------------------------------------------------------


def jacobian_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, H: int, gain: float = 1.0, quiet: bool = False) -> Args:
        W = gain * rng.normal(size=(H, H)) / np.sqrt(H)
        h = np.zeros((T, H)) if quiet else rng.uniform(-0.9, 0.9, size=(T, H))
        return {"h": h, "W": W}

    one_unit = [problem(4, 1), problem(6, 1, 2.0)]
    full = problem(7, 5)
    full["h"][3] = 1.0
    return [
        Group("one number per time step", [problem(6, 5)], kind="shape"),
        Group("the last one is 1", [problem(1, 5), problem(1, 3)]),
        Group("one step back: slope times W", [problem(2, 5), problem(2, 4)]),
        Group("many steps back: a product of Jacobians", [problem(6, 5), problem(8, 4)]),
        Group("where the states are 0, powers of W alone", [problem(6, 5, quiet=True)]),
        Group("nothing passes a saturated step", [full]),
        Group("right for every T and H", [*one_unit, problem(9, 2), problem(4, 4)]),
        Group("vanishing and exploding ones stay exact",
              [problem(60, 4, 0.3), problem(60, 4, 4.0, quiet=True)], rtol=1e-6, atol=0),
        Group(PURE, kind="pure"),
    ]  # fmt: skip


def _norms(slope=lambda h: 1 - h**2, first=1, norm=2, before=False, transpose=True, product=True):
    """jacobian_norms with one thing wrong."""

    def function(h, W):
        T, H = h.shape
        norms, jacobian = np.ones(T), np.eye(H)
        M = W.T if transpose else W
        for t in range(T - 2, -1, -1):
            step = slope(h[t + first])[:, None] * M
            jacobian = (step @ jacobian if before else jacobian @ step) if product else step
            norms[t] = np.linalg.norm(jacobian, norm)
        return norms

    return function


def _of_norms(h, W):
    """The product of the norms: an upper bound."""
    T = len(h)
    norms = np.ones(T)
    for t in range(T - 2, -1, -1):
        norms[t] = norms[t + 1] * np.linalg.norm((1 - h[t + 1] ** 2)[:, None] * W.T, 2)
    return norms


def _jacobian_in_place(h, W):
    result = jacobian_norms(h, W)
    h *= h
    return result


JACOBIAN_WRONG = (
    Wrong("slope missing", _norms(slope=np.ones_like),
          "The slope of tanh is missing: each step's Jacobian is W, scaled by 1 - h²."),
    Wrong("slope not squared", _norms(slope=lambda h: 1 - h),
          "The slope of tanh is 1 - h², with the square."),
    Wrong("tanh applied again", _norms(slope=lambda h: 1 - np.tanh(h) ** 2),
          "You apply tanh to h again. h has been through it already: the slope is 1 - h²."),
    Wrong("slope of the sigmoid", _norms(slope=lambda h: h * (1 - h)),
          "That is σ's slope. The state was made by tanh: 1 - h²."),
    Wrong("slope at the step before", _norms(first=0),
          "From h_t to h_{t+1} the slope is taken at h_{t+1}. You take it one step too early."),
    Wrong("W not transposed", _norms(transpose=False),
          "The slope scales the unit of the *new* state. With rows as examples, entry (j, k) of the "
          "Jacobian is (1 - h[j]²) W[k, j]: the transpose of W."),
    Wrong("product the other way round", _norms(before=True),
          "The matrices are multiplied in the wrong order: the Jacobian of the earlier step stands on "
          "the right."),
    Wrong("one step only", _norms(product=False),
          "Each entry is the Jacobian of one step. Asked for is ∂h_T/∂h_t: the product of all steps "
          "from t to T."),
    Wrong("Frobenius norm", _norms(norm="fro"),
          "You use the Frobenius norm. The spectral norm is the largest factor by which a vector can "
          "grow: np.linalg.norm(J, 2)."),
    Wrong("largest entry", lambda h, W: np.array([1.0] * (len(h) - 1) + [1.0]) * np.append(
              [np.abs(np.linalg.multi_dot([(1 - s**2)[:, None] * W.T for s in h[:t:-1]] + [
                  np.eye(len(W))])).max() for t in range(len(h) - 1)], 1.0),
          "You take the largest entry of the Jacobian. The spectral norm is np.linalg.norm(J, 2)."),
    Wrong("product of norms", _of_norms,
          "You multiply the norms. That is only an upper bound: multiply the matrices, then take the "
          "norm."),
    Wrong("forwards in time", lambda h, W: jacobian_norms(h, W)[::-1].copy(),
          "Your result runs backwards: the last entry, ∂h_T/∂h_T, is the one that is 1."),
    Wrong("last one left out", lambda h, W: jacobian_norms(h, W)[:-1],
          "The last entry is missing: ∂h_T/∂h_T is the identity, and its norm is 1."),
    Wrong("logarithms", lambda h, W: np.log(np.maximum(jacobian_norms(h, W), 1e-300)),
          "You return logarithms. Return the norms; the plot takes care of the scale."),
    Wrong("changes h in place", _jacobian_in_place,
          "Your values are right, but h is another array after the call.", costs=PURE),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=rnn_step,
        groups=step_groups,
        wrong=STEP_WRONG,
        hints=(
            "Three terms add up: from the input, from the previous state, and the bias.",
            "x @ U has shape (N, H), h_prev @ W too, and b of shape (H,) is added to every row.",
            "np.tanh of the sum.",
        ),
        notes=section("LSTMs"),
    ),
    Exercise(
        reference=rnn_forward,
        groups=forward_groups,
        wrong=FORWARD_WRONG,
        hints=(
            "One loop over time. What comes out of a step goes into the next.",
            "h = h0 before the loop; in it, h = rnn_step(x_t, h, U, W, b), and h is kept in a list.",
            "np.stack makes an array (T, N, H) of a list of T arrays (N, H).",
        ),
        notes=section("LSTMs"),
    ),
    Exercise(
        reference=jacobian_norms,
        groups=jacobian_groups,
        wrong=JACOBIAN_WRONG,
        hints=(
            "Begin at the end, where the Jacobian is the identity, and walk back. Each step multiplies "
            "one more matrix on the right.",
            "The Jacobian of one step, from h_t to h_{t+1}: row j is scaled by 1 - h_{t+1}[j]², and the "
            "matrix is W.T. In NumPy: (1 - h[t + 1]**2)[:, None] * W.T.",
            "np.linalg.norm(J, 2) is the spectral norm of a matrix J.",
        ),
        notes=section("LSTMs"),
    ),
]

QUESTIONS = [
    Question(
        name="product_of_slopes",
        text="Each step back multiplies the gradient by 0.9. What is left after 100 steps?",
        options=("90 %", "about 10 %", "about 0.003 %"),
        answers=(
            "That is after one step.",
            "Not a sum of losses, a product: 0.9 to the power 100.",
            "Right: 0.9 to the power 100 is 0.0000266. Almost 1 is not enough.",
        ),
        right=2,
    ),
]
