"""What the exercises of this unit share."""

import numpy as np


def sample_next(logits, temperature, rng):
    return np.argmax(logits / temperature + rng.gumbel(size=logits.shape), axis=-1)


def _probabilities(logits, temperature=1.0):
    z = logits / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def drawn(p=_probabilities, u=None, pick=None):
    """sample_next by the sums of the probabilities, with one thing wrong."""

    def function(logits, temperature, rng):
        shares = p(logits, temperature)
        height = (u or (lambda rng, shape: rng.random((*shape, 1))))(rng, logits.shape[:-1])
        found = (shares.cumsum(axis=-1) > height * shares.sum(axis=-1, keepdims=True)).argmax(
            axis=-1
        )
        return pick(found, logits) if pick else found

    return function
