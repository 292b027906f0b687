"""A network of one's own step, trained on one's own project (unit 22)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from utils.training.projects import Piece, Project, padded
from utils.training.train import Adam, Run, clip, train

__all__ = ["OwnVariant", "fit", "losses", "start"]

Array = np.ndarray
Params = dict[str, Array]
Step = Callable[[Array, Array, Array, Params], tuple[Array, Array, Any]]
Gradients = Callable[[Params, Array, Array], tuple[Array, Params]]


def start(rng: np.random.Generator, D: int, H: int, K: int, forget_bias: float = 1.0) -> Params:
    """U_*, W_*, b_* for f, i, g, o; a free vector p_* (H,) of zeros for f, i and o; V and b_y."""
    params: Params = {}
    for gate in "figo":
        params[f"U_{gate}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{gate}"] = np.full(H, forget_bias if gate == "f" else 0.0)
    params |= {f"p_{gate}": np.zeros(H) for gate in "fio"}
    return params | {"V": rng.normal(size=(H, K)) / np.sqrt(H), "b_y": np.zeros(K)}


class OwnVariant:
    """The learner's step over time, with the methods of the fast LSTM.

    step: `own_step`. gradients: `own_gradients`, called with one point. params: as of `start`; they
    are copied, and become views into `flat`, as `grads` into `flat_grads`.
    """

    def __init__(self, step: Step, gradients: Gradients, params: Params) -> None:
        self.step, self.gradients = step, gradients
        self.H = len(params["V"])
        self.flat = np.concatenate([array.ravel() for array in params.values()]).astype(float)
        self.flat_grads = np.zeros_like(self.flat)
        ends = np.cumsum([array.size for array in params.values()])[:-1]
        self.params, self.grads = (
            {
                name: part.reshape(params[name].shape)
                for name, part in zip(params, np.split(flat, ends), strict=True)
            }
            for flat in (self.flat, self.flat_grads)
        )
        self.cell = [name for name in params if name not in ("V", "b_y")]

    def forward(self, x: Array) -> Array:
        """x: (T, N, D). Returns h (T, N, H), from states of 0."""
        weights = {name: self.params[name] for name in self.cell}
        h = c = np.zeros((x.shape[1], self.H))
        self.points, out = [], []
        for x_t in x:
            own = weights | {"x": x_t, "h_prev": h, "c_prev": c}
            self.points.append({name: array[None] for name, array in own.items()})
            h, c, _ = self.step(x_t, h, c, weights)
            out.append(h)
        return np.stack(out)

    def backward(self, dh: Array) -> Params:
        """dh: (T, N, H). Leaves the cell's gradients in `grads`."""
        carried, dc = np.zeros_like(dh[0]), np.zeros_like(dh[0])
        for name in self.cell:
            self.grads[name][...] = 0
        for dh_t, point in zip(dh[::-1], self.points[::-1], strict=True):
            _, own = self.gradients(point, dh_t + carried, dc)
            carried, dc = own["h_prev"], own["c_prev"]
            for name in self.cell:
                self.grads[name] += own.get(name, 0.0)
        return self.grads


def losses(project: Project, model: Any, pieces: Sequence[Piece]) -> Array:
    """(n,): the loss of every piece."""
    found = []
    for k in range(0, len(pieces), 100):
        x, y, asked = padded(pieces[k : k + 100])
        outputs = model.forward(x) @ model.params["V"] + model.params["b_y"]
        found.append(project.loss(outputs.astype(float), y, asked)[0])
    return np.concatenate(found)


def fit(
    project: Project,
    model: Any,
    parts: tuple[Sequence[Piece], Sequence[Piece]],
    updates: int,
    *,
    rng: np.random.Generator,
    lr: float = 0.01,
    batch: int = 32,
    live: bool = True,
    name: str = "",
) -> Run:
    """Train a model (forward, backward, params, grads, flat, flat_grads) and keep its best weights.

    parts: (train, validation). Adam from lr to 0 along half a cosine, gradients clipped to 1.
    Twenty times on the way the mean loss of the validation pieces is taken; the weights that had
    the lowest are put back at the end.
    """
    learned, held_out = parts
    adam = Adam(model.flat, lr=lr)
    best, kept = np.inf, model.flat.copy()

    def step(update: int) -> dict[str, float]:
        nonlocal best, kept
        x, y, asked = padded([learned[k] for k in rng.integers(len(learned), size=batch)])
        h = model.forward(x)
        each, d = project.loss(h @ model.params["V"] + model.params["b_y"], y, asked)
        d = (d / batch).astype(h.dtype)
        model.backward(d @ model.params["V"].T)
        model.grads["V"][...] = h.reshape(-1, h.shape[2]).T @ d.reshape(-1, d.shape[2])
        model.grads["b_y"][...] = d.sum(axis=(0, 1))
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads, lr * 0.5 * (1 + np.cos(np.pi * update / updates)))
        numbers = {"loss": float(each.mean())}
        if update % max(1, updates // 20) == 0 or update == updates:
            numbers["validation"] = float(losses(project, model, held_out).mean())
            if numbers["validation"] < best:
                best, kept = numbers["validation"], model.flat.copy()
        return numbers

    run = train(step, updates, name=name or project.name, live=live)
    model.flat[:] = kept
    return run
