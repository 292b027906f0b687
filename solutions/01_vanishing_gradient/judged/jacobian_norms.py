"""What `jacobian_norms` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from notes import section


def jacobian_norms(h, W):
    T, H = h.shape
    norms, jacobian = np.empty(T), np.eye(H)
    norms[-1] = 1.0
    for t in range(T - 2, -1, -1):
        jacobian = jacobian @ ((1 - h[t + 1] ** 2)[:, None] * W.T)
        norms[t] = np.linalg.norm(jacobian, 2)
    return norms


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
        pure(),
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
    Wrong("changes h in place", writes_into(jacobian_norms, "h"),
          "Your values are right, but h is another array after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
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
)
