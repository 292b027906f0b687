"""What `mlstm_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

FAR = "right at gates of exp(±500)"
SMALL = "where little was written h is small: the divisor is at least 1"
SIGN = "a negative n · q does not turn the sign of h"


@composable
def matrix_memory(**mistake):
    """mlstm_step with one thing wrong; each keyword replaces one piece of the right one."""

    def function(q, k, v, i, f, C_prev, n_prev):
        m = mistake
        i, f = m.get("gates", lambda i, f: (i, f))(np.reshape(i, (-1, 1)), np.reshape(f, (-1, 1)))
        pair = m.get("pair", lambda v, k: v[:, :, None] * k[:, None, :])(v, k)
        C = m.get("cell", lambda f, C, i, p: f[:, :, None] * C + i[:, :, None] * p)(
            f, C_prev, i, pair
        )
        n = m.get("norm", lambda f, n, i, k, v: f * n + i * k)(f, n_prev, i, k, v)
        C_read = m.get("read_C", lambda C, C_prev: C)(C, C_prev)
        n_read = m.get("read_n", lambda n, n_prev: n)(n, n_prev)
        read = m.get("read", lambda C, q: (C * q[:, None, :]).sum(axis=2))(C_read, q)
        weight = (n_read * m.get("asks", lambda q, k: q)(q, k)).sum(axis=1, keepdims=True)
        h = m.get("divide", lambda r, w: r / np.maximum(np.abs(w), 1))(read, weight)
        return m.get("finish", lambda h, C, n: (h, C, n))(h, C, n)

    return function


def mlstm_step(q, k, v, i, f, C_prev, n_prev):
    return matrix_memory()(q, k, v, i, f, C_prev, n_prev)


def groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, H: int, size: float = 1.0, sign: float = 0.0) -> Args:
        """sign: -1 or 1 where n · q is to be beyond it in every example, 0 where it does not matter."""
        while True:
            args = {
                "q": size * rng.normal(size=(N, H)),
                "k": rng.normal(size=(N, H)),
                "v": rng.normal(size=(N, H)),
                "i": rng.uniform(0.5, 2.0, size=N),
                "f": rng.uniform(0.5, 2.0, size=N),
                "C_prev": rng.normal(size=(N, H, H)),
                "n_prev": rng.normal(size=(N, H)),
            }
            _, _, n = mlstm_step(**args)
            if not sign or (sign * (n * args["q"]).sum(axis=1) > 1.2).all():
                return args

    def first(N: int, H: int) -> Args:
        args = case(N, H, size=2.0)
        return args | {"C_prev": np.zeros((N, H, H)), "n_prev": np.zeros((N, H))}

    home = case(3, 4, size=2.0, sign=1.0)
    small, minus = case(3, 5, size=0.05), case(2, 4, size=2.0, sign=-1.0)
    far = [case(4, 3, size=2.0), first(4, 3)]
    for args, powers in zip(far, ((500, 500, -500, -500), (500, -500, 500, -500)), strict=True):
        args["i"], args["f"] = (
            np.exp(np.array(powers, float)),
            np.exp(500.0 * np.array([1, -1, -1, 1])),
        )
    return [
        Group("h, C and n, in their shapes", [home], kind="shape"),
        Group("an empty memory answers with what was just written", [first(3, 4)]),
        Group("C keeps f of the old and adds i times v kᵀ", [home], parts=("C",)),
        Group("n keeps f of the old and adds i times k", [home], parts=("n",)),
        Group("the query reads: C q, divided by n · q", [home], parts=("h",)),
        Group(SMALL, [small], parts=("h",)),
        Group(SIGN, [minus], parts=("h",)),
        Group(FAR, far, kind="quiet",
              says="exp(500) is 10^217: what is squared, or multiplied by another gate, overflows."),
        Group("right for every N and H", [case(1, 3), case(3, 3), case(2, 1), case(4, 2)]),
        pure(),
    ]  # fmt: skip


READ = "the query reads: C q, divided by n · q"
EVERY = "right for every N and H"
H_ONLY = (READ, SMALL, SIGN, FAR, EVERY, "an empty memory answers with what was just written")


def _by_length(q, k, v, i, f, C_prev, n_prev):
    _, C, n = mlstm_step(q, k, v, i, f, C_prev, n_prev)
    with np.errstate(all="ignore"):
        length = np.linalg.norm(n, axis=1, keepdims=True)
    return (C * q[:, None, :]).sum(axis=2) / np.maximum(length, 1), C, n


WRONG = (
    Wrong("k vᵀ instead of v kᵀ", matrix_memory(pair=lambda v, k: k[:, :, None] * v[:, None, :]),
          "Your matrix is k vᵀ, and C q then compares the query with the values. Rows are values, "
          "columns are keys: C[n, a, b] gets v[n, a] k[n, b]."),
    Wrong("C read by its columns", matrix_memory(read=lambda C, q: (C * q[:, :, None]).sum(axis=1)),
          "You compute qᵀC, which compares the query with the rows, the values. Sum over the last "
          "axis, the keys: C q.", costs=H_ONLY),
    Wrong("entry by entry", matrix_memory(pair=lambda v, k: (v * k)[:, :, None] * np.eye(v.shape[1])),
          "You multiply v and k entry by entry: only the diagonal of the matrix is written. Every "
          "value meets every key: v[:, :, None] * k[:, None, :]."),
    Wrong("read before writing", matrix_memory(read_C=lambda C, C_prev: C_prev,
                                               read_n=lambda n, n_prev: n_prev),
          "You read the memory of before this step. Write first, then read.", costs=H_ONLY),
    Wrong("n read before writing", matrix_memory(read_n=lambda n, n_prev: n_prev),
          "C is read after writing, n before. Both after.", costs=H_ONLY),
    Wrong("divisor without a floor", matrix_memory(divide=lambda r, w: r / np.abs(w)),
          "You divide by |n · q| as it is. Where the query meets no key that is nearly 0, and h "
          "explodes: max(|n · q|, 1).", costs=(SMALL, FAR, EVERY, READ,
                                             "an empty memory answers with what was just written")),
    Wrong("no absolute value", matrix_memory(divide=lambda r, w: r / np.maximum(w, 1)),
          "You divide by max(n · q, 1). A negative n · q is cut to 1 there: take its absolute value "
          "first.", costs=(SIGN, FAR, EVERY, "an empty memory answers with what was just written")),
    Wrong("sign kept in the divisor", matrix_memory(
              divide=lambda r, w: r / np.where(w < 0, -1, 1) / np.maximum(np.abs(w), 1)),
          "Your divisor keeps the sign of n · q, and turns that of h. Divide by max(|n · q|, 1).",
          costs=(SIGN, SMALL, FAR, EVERY, "an empty memory answers with what was just written")),
    Wrong("1 added", matrix_memory(divide=lambda r, w: r / (np.abs(w) + 1)),
          "You divide by |n · q| + 1. It is the larger of the two, not their sum.", costs=H_ONLY),
    Wrong("not divided", matrix_memory(divide=lambda r, w: r),
          "You return C q as it is. Divide it by max(|n · q|, 1).", costs=H_ONLY),
    Wrong("divided by the length of n", _by_length,
          "You divide by the length of n. What counts is how much of it the query meets: |n · q|.",
          costs=H_ONLY),
    Wrong("n asked with the key", matrix_memory(asks=lambda q, k: k),
          "The divisor is n · k. The query asks: n · q.", costs=H_ONLY),
    Wrong("n from the values", matrix_memory(norm=lambda f, n, i, k, v: f * n + i * v),
          "n adds up the values. It adds up the keys: i * k."),
    Wrong("n without the input gate", matrix_memory(norm=lambda f, n, i, k, v: f * n + k),
          "The key is added to n as it is. It is weighted by the input gate, as in C: i * k."),
    Wrong("n not forgotten", matrix_memory(norm=lambda f, n, i, k, v: n + i * k),
          "n is kept whole. What is forgotten in C is forgotten in n: f * n_prev."),
    Wrong("C not forgotten", matrix_memory(cell=lambda f, C, i, p: C + i[:, :, None] * p),
          "C is kept whole: multiply it by the forget gate."),
    Wrong("input gate left out", matrix_memory(
              cell=lambda f, C, i, p: f[:, :, None] * C + p, norm=lambda f, n, i, k, v: f * n + k),
          "The input gate has no say: both C and n add i times what is written."),
    Wrong("gates exchanged", matrix_memory(gates=lambda i, f: (f, i)),
          "The gates are exchanged: f keeps the old, i writes the new."),
    Wrong("1 - f writes", matrix_memory(gates=lambda i, f: (1 - f, f)),
          "You write with 1 - f. Here the input gate decides alone."),
    Wrong("exp of the gates", matrix_memory(gates=lambda i, f: (
              np.exp(np.minimum(i, 700)), np.exp(np.minimum(f, 700)))),
          "You take exp of i and f. They are the gates already: exp, and the stabiliser, come before."),
    Wrong("sigmoid of the gates", matrix_memory(gates=lambda i, f: (
              0.5 * (1 + np.tanh(i / 2)), 0.5 * (1 + np.tanh(f / 2)))),
          "You take the sigmoid of i and f. They are the gates already."),
    Wrong("the key scaled once more", matrix_memory(
              pair=lambda v, k: v[:, :, None] * k[:, None, :] / np.sqrt(k.shape[1]),
              norm=lambda f, n, i, k, v: f * n + i * k / np.sqrt(k.shape[1])),
          "You divide the key by √H. In the paper that is done where k is made from x; here k comes "
          "ready."),
    Wrong("query and key exchanged", lambda q, k, v, i, f, C, n: mlstm_step(k, q, v, i, f, C, n),
          "Query and key are exchanged: the key writes, the query reads."),
    Wrong("summed over the batch", matrix_memory(
              pair=lambda v, k: np.broadcast_to((v.T @ k)[None], (len(v), v.shape[1], v.shape[1]))),
          "v.T @ k sums over the examples: they share one memory. Each has its own: (N, H, H)."),
    Wrong("C returned first", matrix_memory(finish=lambda h, C, n: (C, h, n)),
          "You return C first. The order is h, C, n."),
    Wrong("writes into C_prev", writes_into(mlstm_step, "C_prev"),
          "Your values are right, but C_prev is another array after the call: `*=` and `+=` write "
          "into the caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=mlstm_step,
    groups=groups,
    wrong=WRONG,
    hints=(
        "One number a gate and example: i[:, None] for (N, H), i[:, None, None] for (N, H, H).",
        "v kᵀ for every example: v[:, :, None] * k[:, None, :], (N, H, H).",
        "C q: (C * q[:, None, :]).sum(axis=2). n · q: (n * q).sum(axis=1, keepdims=True). The divisor "
        "is np.maximum(np.abs(n · q), 1).",
    ),
    returns=("h", "C", "n"),
)
