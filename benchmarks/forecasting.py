"""Unit 14's table over more starts: `.venv/bin/python benchmarks/forecasting.py [--seeds 10]`.

Monthly sunspots, 12 and 24 months ahead. An LSTM (16 units, batches of 64, Adam 0.01, gradients
clipped to norm 1, at most 500 updates, validation every 20, patience 10) and an autoregression with
the same window, of 36 and of 132 months. RMSE on the test part in sunspots; one BLAS thread.
"""

from __future__ import annotations

import utils  # one BLAS thread, set before NumPy is imported

# isort: split
import argparse
from time import process_time

import numpy as np

from utils.data import sunspots_monthly
from utils.learner.stand_ins import ar_forecast, early_stop, make_windows, standardise
from utils.networks.lstm import LSTM
from utils.training.train import Adam, clip

utils.one_thread()

Array = np.ndarray
PATIENCE = 10


def forecast(model: LSTM, x: Array) -> tuple[Array, Array]:
    """ŷ (N, 1) and the hidden states h (T, N, H)."""
    h = model.forward(x)
    return x[-1] + model.logits(h[-1]), h


def trained(data: list[tuple[Array, Array]], seed: int, rmse) -> float:
    """The error on the test part of the weights that were best on the validation part."""
    (x, y), *others = data
    rng = np.random.default_rng(seed)
    model = LSTM(1, 16, 1, rng=rng)
    adam, course = Adam(model.flat, lr=0.01), []
    for update in range(1, 501):
        chosen = rng.choice(x.shape[1], 64)
        y_hat, h = forecast(model, x[:, chosen])
        d = 2 * (y_hat - y[chosen]) / len(chosen)
        dh = np.zeros_like(h)
        dh[-1] = d @ model.params["V"].T
        V, b_y = h[-1].T @ d, d.sum(axis=0)
        model.backward(dh)
        model.grads["V"][...], model.grads["b_y"][...] = V, b_y
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads)
        if update % 20 == 0:
            course.append([rmse(forecast(model, w)[0], v) for w, v in others])
            errors = [validation for validation, _ in course]
            if len(errors) > early_stop(errors, PATIENCE) + PATIENCE:
                break
    return course[early_stop([validation for validation, _ in course], PATIENCE)][1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    _, spots = sunspots_monthly()
    n_train, n_val = int(0.7 * len(spots)), int(0.8 * len(spots))
    z, _, std = standardise(spots, n_train)

    def rmse(y_hat: Array, y: Array) -> float:
        return float(std * np.sqrt(np.mean((y_hat - y) ** 2)))

    for T in (36, 132):
        for horizon in (12, 24):
            parts = (0, n_train), (n_train, n_val), (n_val, len(spots))
            data = [
                make_windows(z[max(start - T - horizon + 1, 0) : end], T, horizon)
                for start, end in parts
            ]
            (x, y), _, (x_new, y_new) = data
            linear = rmse(ar_forecast(x, y, x_new), y_new)
            begun = process_time()
            errors = [trained(data, seed, rmse) for seed in range(seeds)]
            print(
                f"window of {T}, {horizon} ahead: AR {linear:.1f}; LSTM median "
                f"{np.median(errors):.1f}, {min(errors):.1f} to {max(errors):.1f}; better in "
                f"{sum(error < linear for error in errors)} of {seeds}; "
                f"{(process_time() - begun) / seeds:.1f} s a start",
                flush=True,
            )


if __name__ == "__main__":
    main()
