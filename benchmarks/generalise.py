"""Unit 19's text read by a larger network for longer: by how much are the n-grams beaten?

    .venv/bin/python benchmarks/generalise.py [SEEDS]

Two layers of 128 units, dropout 0.4, layer norm, Adam with 0.005, 36 epochs of 30,000 characters;
the mean of the weights of the last twelve epochs (of 5, 8 and 12 the best on the validation part,
with one seed; nothing else was tuned). About half a minute a seed on one core.
"""

from __future__ import annotations

from utils.threads import one_thread

one_thread()

import sys  # noqa: E402 - the number of threads is read when NumPy is imported
from time import process_time  # noqa: E402

import numpy as np  # noqa: E402

from utils.data import shakespeare  # noqa: E402
from utils.networks.ngram import ngram_losses  # noqa: E402
from utils.networks.regular import average_weights  # noqa: E402
from utils.training.little_text import Fit  # noqa: E402
from utils.training.seeds import interval  # noqa: E402

EPOCHS, LAST = 36, 12


def main(seeds: int) -> None:
    text = shakespeare()[:70_000]
    vocab = sorted(set(text))
    place = {character: k for k, character in enumerate(vocab)}
    ids = np.array([place[character] for character in text])
    learn, validate, test = ids[:30_000], ids[30_000:50_000], ids[50_000:]
    counted = [ngram_losses(learn, part, len(vocab)) for part in (validate, test)]
    best = int(np.argmin(counted[0]))
    print(f"{best + 1}-gram: validation {counted[0][best]:.3f}, test {counted[1][best]:.3f}")
    losses = []
    for seed in range(seeds):
        began = process_time()
        one = Fit(learn, validate, len(vocab), seed, lr=0.005, H=128, p=0.4, norm=True)
        for _ in range(EPOCHS):
            one.epoch()
        weights = average_weights(one.history, LAST)
        losses.append(one.loss_with(weights, test))
        print(f"seed {seed}: validation {one.loss_with(weights, validate):.3f}, "
              f"test {losses[-1]:.3f}, {process_time() - began:.0f} s", flush=True)  # fmt: skip
    if seeds > 1:
        mean, half = interval(np.array(losses) - counted[1][best])
        print(f"test {np.mean(losses):.3f}, against counting {mean:+.3f} ± {half:.3f} (95 %)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
