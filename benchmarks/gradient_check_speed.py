"""What each way of measuring a gradient costs, and how good it is, side by side in one run.

    .venv/bin/python benchmarks/gradient_check_speed.py

Every weight of an LSTM with D=10, H=16, T=10, K=10 and N=3 examples; the ways take turns, and the
median of the rounds is printed as the table of benchmarks/README.md. Seconds are those of the
processor, so that nothing else that runs on the machine counts. Errors are those of the whole
backward pass of the course's solution against each way: the worst array by its norm, and the worst
single entry. The rest of the output is what the defaults of utils/gradients/check.py were chosen
by.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np

from autograder.course import root
from utils.gradient_check import complex_step_gradient, directional_check, numerical_gradient
from utils.gradients import numerical
from utils.gradients.lstm import check_lstm_gradients, check_lstm_model, error_map, lstm_problem
from utils.networks.lstm_copies import lstm_loss

sys.path.insert(0, str(root() / "solutions"))
import lstm

ROUNDS = 5
SIZES = {"T": 10, "N": 3, "D": 10, "H": 16, "K": 10}

Params = dict[str, np.ndarray]


def model(params, x, targets, h0, c0):
    """Loss and gradients of the course's solution."""
    h, _, caches = lstm.forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = lstm.output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm.backward(dh, caches, params)
    return float(lstm.cross_entropy(logits, targets)), {**grads, "V": dV, "b_y": db_y}


def without_carry(dh, caches, params):
    """A wrong backward pass: each step alone."""
    grads = {name: np.zeros_like(params[name]) for name in lstm.CELL}
    for own, cache in zip(dh, caches, strict=True):
        dx, dh0, dc0, step = lstm.step_backward(own, np.zeros_like(own), cache, params)
        grads = {name: grads[name] + step[name] for name in grads}
    return np.zeros((len(dh), *dx.shape)), dh0, dc0, grads


def errors(measured: Params, true: Params) -> tuple[float, float]:
    """Norm-relative error of the worst array, relative error of the worst entry."""
    arrays, entries = [], []
    for name, a in measured.items():
        b = true[name]
        arrays.append(np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)))
        entries.append(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b))))
    return float(max(arrays)), float(max(entries))


def seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def medians(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each way; all take turns in every round, the first is not counted."""
    rounds = [{way: seconds(f) for way, f in ways.items()} for _ in range(ROUNDS + 1)]
    return {way: median(r[way] for r in rounds[1:]) for way in ways}


def main() -> None:
    p = lstm_problem(**SIZES)
    _, true = model(p.params, p.x, p.targets, p.h0, p.c0)
    one = partial(lstm.loss, x=p.x, targets=p.targets, h0=p.h0, c0=p.c0)
    many = lstm_loss(p.x, p.targets, p.h0, p.c0)
    weights = sum(a.size for a in p.params.values())
    gradients: dict[str, Callable[[], Params]] = {
        "central differences, one by one": partial(numerical_gradient, one, p.params),
        "central differences, batched copies": partial(
            numerical_gradient, many, p.params, batched=True
        ),
        "complex step, one by one": partial(complex_step_gradient, one, p.params),
        "complex step, batched copies": partial(
            complex_step_gradient, many, p.params, batched=True
        ),
    }
    projections = partial(directional_check, many, p.params, true, route="complex", batched=True)
    projected: dict[str, Callable[[], dict[str, float]]] = {
        "complex projections, 3 for each array": projections,
        "complex projections, 3 for all arrays together": partial(projections, together=True),
    }
    took = medians({**gradients, **projected})
    print(f"{weights} weights, {', '.join(f'{k}={v}' for k, v in SIZES.items())}\n")
    print("| way | seconds | worst array | worst entry |\n|---|---|---|---|")
    for way, gradient in gradients.items():
        array, entry = errors(gradient(), true)
        print(f"| {way} | {took[way]:.3f} | {array:.0e} | {entry:.0e} |")
    for way, check in projected.items():
        print(f"| {way} | {took[way]:.3f} | {max(check().values()):.0e} | |")

    print("\n| whole checks | seconds |\n|---|---|")
    checks = {
        "check_lstm_model, right": lambda: check_lstm_model(model, p),
        "check_lstm_model, every entry": lambda: check_lstm_model(model, p, every_entry=True),
        "check_lstm_gradients, right": lambda: check_lstm_gradients(lstm.backward, lstm.forward),
        "check_lstm_gradients, carries lost": lambda: check_lstm_gradients(
            without_carry, lstm.forward
        ),
        "error_map, carries lost": lambda: error_map(without_carry, lstm.forward, lstm_problem()),
    }
    for way, time_ in medians(checks).items():
        print(f"| {way} | {time_:.3f} |")

    print("\n| eps of central differences | worst array | worst entry |\n|---|---|---|")
    for eps in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7):
        array, entry = errors(numerical_gradient(many, p.params, eps=eps, batched=True), true)
        print(f"| {eps:g} | {array:.0e} | {entry:.0e} |")

    print("\n| points at once | complex, seconds | central, seconds |\n|---|---|---|")
    usual = numerical.AT_ONCE
    for count in (16, 64, 128, 256, 1024):
        numerical.AT_ONCE = count
        each = medians({w: gradients[w] for w in gradients if w.endswith("copies")})
        central, complex_ = each.values()
        print(f"| {count} | {complex_:.3f} | {central:.3f} |")
    numerical.AT_ONCE = usual


if __name__ == "__main__":
    main()
