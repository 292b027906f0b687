"""What the three gates and the candidate state share: their cases and their known wrong answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.authoring import PURE, Args, Group, Wrong, composable, pure

Array = np.ndarray

HOME = (3, 4, 5)  # (N, D, H) of the example in the notebook
OTHERS = ((1, 3, 2), (5, 2, 6), (4, 4, 4), (2, 6, 1), (1, 1, 1))


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + exp(-z)), any shape, by the side that does not overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def _softmax(z: Array) -> Array:
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum(axis=1, keepdims=True)


def problem(
    rng: np.random.Generator,
    letter: str,
    sizes: tuple[int, int, int] = HOME,
    only: str = "",
    scale: float = 1.0,
) -> Args:
    """Arguments of a gate for N, D, H = sizes; only="x", "h_prev" or "b" leaves the others at 0."""
    N, D, H = sizes
    args = {
        "x": rng.normal(size=(N, D)),
        "h_prev": rng.uniform(-1, 1, size=(N, H)),
        f"U_{letter}": scale * rng.normal(size=(D, H)),
        f"W_{letter}": scale * rng.normal(size=(H, H)),
        f"b_{letter}": scale * rng.normal(size=H),
    }
    if only:
        kept = only if only != "b" else f"b_{letter}"
        for name in ("x", "h_prev", f"b_{letter}"):
            if name != kept:
                args[name] = np.zeros_like(args[name])
    return args


def groups(letter: str, name: str) -> Callable[[np.random.Generator], list[Group]]:
    """The named checks of a gate, for `Exercise.groups`."""

    def make(rng: np.random.Generator) -> list[Group]:
        def home(only: str = "", scale: float = 1.0, count: int = 3) -> list[Args]:
            return [problem(rng, letter, HOME, only, scale) for _ in range(count)]

        return [
            Group("one row per example, one column per unit", kind="shape"),
            Group(f"x reaches the {name} through U_{letter}", home("x")),
            Group(f"h_prev reaches the {name} through W_{letter}", home("h_prev")),
            Group(f"the bias b_{letter} shifts it", home("b")),
            Group(
                "right for every N, D and H",
                [*home(), *(problem(rng, letter, sizes) for sizes in OTHERS)],
                says="Take every size from the arrays: none is fixed.",
            ),
            Group(
                "calm and exact far out, at pre-activations in the hundreds",
                home(scale=300.0),
                kind="quiet",
                says="Use the sigmoid you wrote in unit 00: it does not overflow.",
            ),
            pure(),
        ]

    return make


def wrong(letter: str, name: str, kind: str = "sigmoid") -> tuple[Wrong, ...]:
    """Known wrong answers of a gate (kind "sigmoid") or of the candidate state (kind "tanh")."""
    right, other = (sigmoid, np.tanh) if kind == "sigmoid" else (np.tanh, sigmoid)
    x_check, h_check, b_check = (
        f"x reaches the {name} through U_{letter}",
        f"h_prev reaches the {name} through W_{letter}",
        f"the bias b_{letter} shifts it",
    )
    if kind == "sigmoid":
        swapped = (
            f"Your {name} uses tanh: its values leave (0, 1) and can be negative. A gate says how "
            f"much passes, from 0 (nothing) to 1 (all): that is what σ is for."
        )
        symbol, written = "σ", "sigmoid"
    else:
        swapped = (
            f"Your {name} uses σ: all its values are positive, so the cell state could only ever "
            f"grow. New content must be able to lower it as well: tanh gives values in (-1, 1)."
        )
        symbol, written = "tanh", "np.tanh"

    @composable
    def gate(**piece):
        """The gate; each keyword replaces one piece of it by a wrong one."""

        def function(x: Array, h: Array, U: Array, W: Array, b: Array) -> Array:
            from_x = piece.get("from_x", lambda x, U, h: x @ U)(x, U, h)
            from_h = piece.get("from_h", lambda h, W: h @ W)(h, W)
            z = from_x + from_h + piece.get("bias", lambda b: b)(b)
            return piece.get("finish", lambda a: a)(piece.get("act", right)(z))

        return function

    def in_place_x(x: Array, h: Array, U: Array, W: Array, b: Array) -> Array:
        z = x @ U
        h *= 1.0
        b += 0.5 * b
        return right(z + h @ W + b / 1.5)

    def in_place_weights(x: Array, h: Array, U: Array, W: Array, b: Array) -> Array:
        z = x @ U + h @ W + b
        U *= 0
        W *= 0
        return right(z)

    def rounded(x: Array, h: Array, U: Array, W: Array, b: Array) -> Array:
        z = right(x @ U + h @ W + b)
        return (z > 0.5).astype(float) if kind == "sigmoid" else np.sign(z)

    return (
        Wrong(
            "other activation",
            gate(act=other),
            swapped,
            hints=(
                "The three terms inside may be right already. Look only at the function around "
                "their sum.",
                f"The line is {written}(…), with the same sum between the parentheses.",
            ),
        ),
        Wrong(
            "no activation",
            gate(act=lambda z: z),
            f"You return the pre-activation x U_{letter} + h_prev W_{letter} + b_{letter} as it "
            f"is. One step is missing: {symbol} of it.",
            hints=(
                f"Print the smallest and the largest entry of what you return: can the {name} "
                "have such values?",
                f"Put the whole sum between the parentheses of {written}(…).",
            ),
        ),
        Wrong(
            "activation of the parts",
            lambda x, h, U, W, b: right(x @ U) + right(h @ W) + right(b),
            f"You take {symbol} of each part and add the results. Add first: {symbol} is applied "
            f"once, to the whole sum.",
            hints=(
                "Three opinions become one number first; only then is it squeezed.",
                f"One pair of parentheses around everything: {written}(… + … + …).",
            ),
        ),
        Wrong(
            "activation twice",
            gate(act=lambda z: right(right(z))),
            f"{symbol} is applied twice. Once is enough.",
        ),
        Wrong(
            "input ignored",
            gate(from_x=lambda x, U, h: np.zeros_like(h)),
            f"The input x never reaches your {name}: the term x @ U_{letter} is missing.",
            costs=x_check,
            hints=(
                "The function has five arguments. Which two of them does your line not use?",
                f"Add x @ U_{letter}, of shape (N, H), to the sum.",
            ),
        ),
        Wrong(
            "hidden state ignored",
            gate(from_h=lambda h, W: np.zeros_like(h)),
            f"The previous hidden state never reaches your {name}: the term h_prev @ W_{letter} is "
            f"missing, so the gate cannot know what came before.",
            costs=h_check,
            hints=(
                "The function has five arguments. Which two of them does your line not use?",
                f"Add h_prev @ W_{letter}, of shape (N, H), to the sum.",
            ),
        ),
        Wrong(
            "bias missing",
            gate(bias=lambda b: 0 * b),
            f"The bias b_{letter} is missing: without it the gate is {right(np.zeros(1))[0]:g} "
            f"whenever the inputs are 0.",
            costs=b_check,
            hints=(
                "The function has five arguments. Which one does your line not use?",
                f"Add b_{letter} at the end of the sum: NumPy adds its H numbers to every row.",
            ),
        ),
        Wrong(
            "bias doubled",
            gate(bias=lambda b: 2 * b),
            f"The bias b_{letter} is added twice: once with the input and once with the hidden "
            f"state. There is one bias per gate here (PyTorch stores two and adds them).",
            costs=b_check,
        ),
        Wrong(
            "bias subtracted",
            gate(bias=lambda b: -b),
            f"The bias b_{letter} is subtracted; it is added.",
            costs=b_check,
        ),
        Wrong(
            "bias inside the product",
            lambda x, h, U, W, b: right(x @ U + (h + b) @ W),
            f"The bias is added to h_prev before the product with W_{letter}. It is added last, to "
            f"the sum of both products.",
            costs=b_check,
        ),
        Wrong(
            "W transposed",
            gate(from_h=lambda h, W: h @ W.T),
            f"W_{letter} is transposed. It is square, so no shape complains: rows are examples "
            f"here, so the product is h_prev @ W_{letter}.",
            costs=h_check,
            hints=(
                f"Entry [j, k] of W_{letter} says how much unit j, one step ago, moves unit k "
                "now. Which index does the product have to sum over?",
                f"h_prev @ W_{letter}, without .T. A test with H = 2 and one weight that is "
                "not 0 shows the difference.",
            ),
        ),
        Wrong(
            "U transposed",
            gate(from_x=lambda x, U, h: x @ U.T),
            f"U_{letter} is transposed: the shapes fit only where D = H. Its shape is (D, H), so "
            f"the product is x @ U_{letter}.",
        ),
        Wrong(
            "U and x exchanged",
            gate(from_x=lambda x, U, h: U @ x),
            f"U_{letter} stands before x, as for column vectors in the equation of the notes. Here "
            f"rows are examples, so the product is x @ U_{letter}.",
        ),
        Wrong(
            "stacked in two orders",
            lambda x, h, U, W, b: right(np.hstack([h, x]) @ np.vstack([U, W]) + b),
            f"You stack h_prev before x, but U_{letter} before W_{letter}: numbers of h_prev meet "
            f"weights of x. Any order is right as long as both are the same: [x, h_prev] beside "
            f"each other, U_{letter} above W_{letter}.",
        ),
        Wrong(
            "element-wise product",
            gate(from_h=lambda h, W: h * np.diagonal(W)),
            f"h_prev is multiplied entry by entry with the diagonal of W_{letter}. Every unit sees "
            f"every other: use the matrix product @.",
            costs=h_check,
        ),
        Wrong(
            "complement",
            gate(finish=lambda a: 1 - a),
            f"You return 1 - {symbol}(…): exactly the opposite. In this course 1 means "
            + {"f": "keep", "i": "write", "o": "show"}.get(letter, "up")
            + " and 0 means "
            + {"f": "forget.", "i": "ignore.", "o": "hide."}.get(letter, "nothing."),
        ),
        Wrong(
            "sign of the exponent",
            gate(act=lambda z: right(-z)),
            f"The sign of the pre-activation is turned: you compute {symbol}(-z).",
        )
        if kind == "tanh"
        else Wrong(
            "clipped line",
            gate(act=lambda z: np.clip(0.25 * z + 0.5, 0, 1)),
            "You use a straight line cut off at 0 and 1 (a hard sigmoid). Its ends are exactly "
            "flat, so nothing could be learned there; σ is smooth.",
        ),
        Wrong(
            "hard decision",
            rounded,
            "Your values are only "
            + ("0 and 1" if kind == "sigmoid" else "-1 and 1")
            + f". {symbol} gives everything in between, and it must: a step has no slope to learn "
            f"from.",
        ),
        Wrong(
            "softmax",
            gate(act=_softmax),
            f"You use softmax: your units compete and each row sums to 1. Each unit of a "
            f"{name} decides for itself: {symbol}, entry by entry.",
        ),
        Wrong(
            "averaged over the batch",
            lambda x, h, U, W, b: np.broadcast_to(
                right((x @ U + h @ W + b).mean(axis=0)), h.shape
            ).copy(),
            "All rows are equal: the batch was averaged. Each example has a gate of its own.",
            hints=(
                "What axis does your line sum or average over, and what does that axis count?",
                f"No mean, no sum: x @ U_{letter} has one row for each example already.",
            ),
        ),
        Wrong(
            "changes b and h_prev in place",
            in_place_x,
            f"Your values are right, but b_{letter} is another array after the call: `+=` writes "
            f"into the caller's array. Write `a = a + b` instead.",
            costs=PURE,
        ),
        Wrong(
            "overwrites the weights",
            in_place_weights,
            f"Your values are right, but the weights U_{letter} and W_{letter} are changed by the "
            f"call: the next one would use the changed ones.",
            costs=PURE,
        ),
    )
