"""Batches of unequal lengths: who is dealt where, what is wasted, what filling changes."""

import numpy as np
import pytest

from utils.learner.stand_ins import lengths as functions
from utils.training.padded import (
    WAYS,
    Names,
    dealt,
    fit,
    nats,
    pass_seconds,
    sentences,
    wasted,
)

LENGTHS = np.random.default_rng(0).integers(1, 60, size=1003)


@pytest.mark.parametrize("way", WAYS)
def test_every_sequence_is_in_one_batch_at_most(way):
    batches = dealt(LENGTHS, 32, way, np.random.default_rng(1))
    places = np.concatenate(batches)
    assert len(batches) == 1003 // 32 and {len(batch) for batch in batches} == {32}
    assert len(set(places.tolist())) == len(places)
    again = dealt(LENGTHS, 32, way, np.random.default_rng(2))
    assert np.concatenate(again).tolist() != places.tolist()


def test_the_more_is_sorted_the_less_is_wasted():
    shares = [wasted(LENGTHS, dealt(LENGTHS, 16, way, np.random.default_rng(1))) for way in WAYS]
    assert shares[0] > shares[1] > shares[2] > 0
    assert wasted(np.array([3, 3, 1, 1]), [np.array([0, 1]), np.array([2, 3])]) == 0
    assert wasted(np.array([3, 1]), [np.array([0, 1])]) == pytest.approx(2 / 6)


def test_a_way_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="none of shuffled"):
        dealt(LENGTHS, 4, "backwards", np.random.default_rng(0))


def test_names_are_read_up_to_their_full_stop():
    data = Names()
    x, targets, lengths = data.batch(functions, data.train[:4])
    for n, name in enumerate(data.train[:4]):
        assert x[: len(name), n].tolist() == name.tolist() and name[0] == 0
        assert targets[: len(name), n].tolist() == [*name[1:].tolist(), 0]
        assert not x[len(name) :, n].any() and lengths[n] == len(name)
    assert data.vocab[0] == "." and len(data.test) == 500


def test_more_filling_changes_nothing_where_there_is_a_mask():
    data = Names()
    data.train, data.lengths = data.train[:1024], data.lengths[:1024]
    runs = [fit(functions, data, 0, epochs=1, longest=longest) for longest in (0, 20)]
    (near, reported), (far, reported_too) = runs
    assert reported == pytest.approx(reported_too, rel=1e-5)
    assert nats(functions, data, near) == pytest.approx(nats(functions, data, far), rel=1e-4)
    _, careless = fit(functions, data, 0, epochs=1, longest=20, masked=False)
    assert careless < 0.8 * reported


def test_sentences_and_the_time_they_take():
    spoken = sentences()
    assert len(spoken) > 20_000 and all(spoken)
    assert (
        pass_seconds(LENGTHS[:64], dealt(LENGTHS[:64], 32, "shuffled", np.random.default_rng(0)))
        > 0
    )
