"""An LSTM with one part taken out, trained beside the whole one: the ablation of unit 16.

Several networks of one kind, one for each seed, are trained together with one more axis M in front.
"""

from __future__ import annotations

import numpy as np

from utils.training.train import Adam

__all__ = ["KINDS", "Variant", "latest_marked"]

Array = np.ndarray

KINDS = (
    "LSTM",
    "no forget gate",
    "no input gate",
    "no output gate",
    "coupled gates",
    "no tanh on the way in",
    "no tanh on the way out",
    "peepholes",
)
ORDER = "gifo"  # as in utils.networks.lstm
MARK, ASK = 1, 2  # the inputs of `latest_marked` besides the value


def latest_marked(rng: np.random.Generator, n: int, T: int) -> tuple[Array, Array, Array]:
    """Streams of numbers; some are marked. When asked, name the sign of the latest marked one.

    x: (T, n, 3): a number from [-1, 1], 1 where it is marked (on average every tenth, and the
    first one), 1 where the answer is asked for (every fifth step, on average). targets: (T, n) 1
    for plus, 0 for minus, and 0 where nothing is asked. asked: (T, n), whether it is.

    Unmarked numbers must be kept out, the marked one kept for some time, and then replaced.
    """
    x = np.zeros((T, n, 3))
    x[:, :, 0] = rng.uniform(-1, 1, size=(T, n))
    marked = rng.random((T, n)) < 0.1
    marked[0] = True
    asked = rng.random((T, n)) < 0.2
    x[:, :, MARK], x[:, :, ASK] = marked, asked
    latest = np.maximum.accumulate(np.where(marked, np.arange(T)[:, None], 0), axis=0)
    sign = np.take_along_axis(x[:, :, 0], latest, axis=0) > 0
    return x, (sign & asked).astype(int), asked


class Variant:
    """M networks of one of KINDS with D inputs, H units and one logit, from M seeds.

    forget_bias, lr: as everywhere. The loss is the cross-entropy of the asked answers, a mean.
    """

    def __init__(
        self, kind: str, seeds: range, D: int, H: int, lr: float = 0.01, forget_bias: float = 1.0
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {KINDS}")
        self.kind, self.seeds, M = kind, seeds, len(seeds)
        shapes = {"U": (D, 4 * H), "W": (H, 4 * H), "b": (1, 4 * H), "p": (3, 1, H), "V": (H, 1)}
        sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
        self.flat = np.zeros((M, sum(sizes.values())))
        self.grads_flat = np.zeros_like(self.flat)
        self.params, self.grads = {}, {}
        start = 0
        for name, shape in shapes.items():
            part = slice(start, start + sizes[name])
            self.params[name] = self.flat[:, part].reshape(M, *shape)
            self.grads[name] = self.grads_flat[:, part].reshape(M, *shape)
            start += sizes[name]
        for m, seed in enumerate(seeds):
            rng = np.random.default_rng(seed)
            self.params["U"][m] = rng.normal(size=(D, 4 * H)) / np.sqrt(D)
            self.params["W"][m] = rng.normal(size=(H, 4 * H)) / np.sqrt(H)
            self.params["V"][m] = rng.normal(size=(H, 1)) / np.sqrt(H)
        self.params["b"][..., 2 * H : 3 * H] = forget_bias
        self._draw = [np.random.default_rng([seed, 1]) for seed in seeds]
        self._adam = Adam(self.flat.reshape(-1), lr=lr)

    def forward(self, x: Array) -> tuple[Array, list[tuple]]:
        """x: (T, M, n, D). Returns logits (T, M, n) and what each step remembers."""
        p, kind = self.params, self.kind
        H = p["W"].shape[1]
        h = c = np.zeros((*x.shape[1:3], H))
        logits, kept = np.empty(x.shape[:3]), []
        peek = p["p"] if kind == "peepholes" else np.zeros_like(p["p"])
        drive = x @ p["U"] + p["b"]
        for t in range(len(x)):
            a = drive[t] + h @ p["W"]
            g, i, f, o = (a[..., k * H : (k + 1) * H] for k in range(4))
            g = g if kind == "no tanh on the way in" else np.tanh(g)
            i = 1.0 + 0 * i if kind == "no input gate" else _sigmoid(i + peek[:, 0] * c)
            f = _sigmoid(f + peek[:, 1] * c)
            f = {"no forget gate": 1.0 + 0 * f, "coupled gates": 1 - i}.get(kind, f)
            c_new = f * c + i * g
            o = 1.0 + 0 * o if kind == "no output gate" else _sigmoid(o + peek[:, 2] * c_new)
            shown = c_new if kind == "no tanh on the way out" else np.tanh(c_new)
            kept.append((h, c, g, i, f, o, c_new, shown))
            h, c = o * shown, c_new
            logits[t] = (h @ p["V"])[..., 0]
        return logits, kept

    def loss_and_gradients(self, x: Array, targets: Array, asked: Array) -> Array:
        """Losses (M,); the gradients of each network's own loss are left in `grads`."""
        logits, kept = self.forward(x)
        p, kind = self.params, self.kind
        count = asked.sum(axis=(0, 2), keepdims=True)
        losses = np.logaddexp(0, logits) - targets * logits
        d_logits = (_sigmoid(logits) - targets) * asked / count
        self.grads_flat[:] = 0
        grads, peek = self.grads, p["p"] if kind == "peepholes" else np.zeros_like(p["p"])
        dh, dc = np.zeros_like(kept[0][0]), np.zeros_like(kept[0][0])
        for t in reversed(range(len(x))):
            h_prev, c_prev, g, i, f, o, c, shown = kept[t]
            d = d_logits[t][..., None]
            grads["V"] += (o * shown).swapaxes(1, 2) @ d
            dh = dh + d @ p["V"].swapaxes(1, 2)
            do = 0 * o if kind == "no output gate" else dh * shown * o * (1 - o)
            slope = 1 if kind == "no tanh on the way out" else 1 - shown**2
            dc = dc + dh * o * slope + do * peek[:, 2]
            dg = dc * i * (1 if kind == "no tanh on the way in" else 1 - g * g)
            through_f = 0 if kind in ("no forget gate", "coupled gates") else 1
            df = dc * c_prev * f * (1 - f) * through_f
            of_i = g - c_prev if kind == "coupled gates" else g
            di = 0 * i if kind == "no input gate" else dc * of_i * i * (1 - i)
            if kind == "peepholes":
                for k, (d_pre, state) in enumerate(((di, c_prev), (df, c_prev), (do, c))):
                    grads["p"][:, k] += (d_pre * state).sum(axis=1, keepdims=True)
            dc = dc * f + di * peek[:, 0] + df * peek[:, 1]
            dz = np.concatenate([dg, di, df, do], axis=-1)
            grads["U"] += x[t].swapaxes(1, 2) @ dz
            grads["W"] += h_prev.swapaxes(1, 2) @ dz
            grads["b"] += dz.sum(axis=1, keepdims=True)
            dh = dz @ p["W"].swapaxes(1, 2)
        return (losses * asked).sum(axis=(0, 2)) / count[0, :, 0]

    def _batch(self, n: int, T: int) -> tuple[Array, ...]:
        drawn = [latest_marked(rng, n, T) for rng in self._draw]
        return tuple(np.stack(arrays, axis=1) for arrays in zip(*drawn, strict=True))

    def update(self, n: int = 16, T: int = 50) -> Array:
        """One step of Adam for every network, on new streams; the losses before it (M,)."""
        losses = self.loss_and_gradients(*self._batch(n, T))
        norms = np.linalg.norm(self.grads_flat, axis=1, keepdims=True)
        self.grads_flat *= np.minimum(1, 1 / (norms + 1e-12))
        self._adam.update(self.grads_flat.reshape(-1))
        return losses

    def errors(self, n: int = 200, T: int = 50) -> Array:
        """The share of wrong answers of each network on new streams (M,)."""
        x, targets, asked = latest_marked(np.random.default_rng(99), n, T)
        logits, _ = self.forward(np.repeat(x[:, None], len(self.seeds), axis=1))
        wrong = (logits > 0) != (targets[:, None] > 0)
        return (wrong & asked[:, None]).sum(axis=(0, 2)) / asked.sum()


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))
