"""Counting, against the same written out slowly with dicts on a text one can read."""

from collections import Counter

import numpy as np
import pytest

from utils.networks.ngram import ngram_losses

TEXT = "a rose is a rose is a rose, said no sea. "
LETTERS = sorted(set(TEXT) | set("xy"))


def ids(text):
    return np.array([LETTERS.index(letter) for letter in text])


def slowly(train, test, longest):
    """Mean nats of the model of Witten and Bell, one context and one character at a time."""

    def p(context, letter):
        shorter = p(context[1:], letter) if context else 1 / len(LETTERS)
        width = len(context) + 1
        followers = Counter(
            train[k + width - 1]
            for k in range(len(train) - width + 1)
            if train[k : k + width - 1] == context
        )
        m, u = sum(followers.values()), len(followers)
        return (followers[letter] + u * shorter) / (m + u) if m else shorter

    def loss(n):
        logs = [np.log(p(test[max(0, k - n + 1) : k], test[k])) for k in range(len(test))]
        return -np.mean(logs)

    return [loss(n) for n in range(1, longest + 1)]


@pytest.mark.parametrize("test", ["rose is no rose", "xyxa", "a", "no sea. no sea. is it"[:18]])
def test_counting_agrees_with_the_slow_way(test):
    found = ngram_losses(ids(TEXT), ids(test), len(LETTERS), 5)
    assert found == pytest.approx(slowly(TEXT, test, 5), rel=1e-12)


def test_the_probabilities_of_all_characters_sum_to_one():
    for context in ("rose", "xx", "a x"):
        after = [
            len(context + letter)
            * ngram_losses(ids(TEXT), ids(context + letter), len(LETTERS), 4)[3]
            for letter in LETTERS
        ]
        before = len(context) * ngram_losses(ids(TEXT), ids(context), len(LETTERS), 4)[3]
        assert sum(np.exp(before - total) for total in after) == pytest.approx(1, rel=1e-9)


def test_a_longer_context_helps_where_the_text_repeats_itself():
    losses = ngram_losses(ids(TEXT * 30), ids(TEXT * 5), len(LETTERS), 4)
    assert losses == sorted(losses, reverse=True) and losses[3] < 0.3 < losses[0]


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match="64 bits"):
        ngram_losses(ids("a"), ids("a"), 80, 11)
    with pytest.raises(ValueError, match="no text"):
        ngram_losses(ids(""), ids("a"), 9)
    with pytest.raises(ValueError, match="no text"):
        ngram_losses(ids("a"), ids(""), 9)
