"""What unit 18 says of PyTorch's packed sequences and its loss, where PyTorch is installed."""

import numpy as np
import pytest

from utils.learner.stand_ins.lengths import (
    last_states,
    masked_cross_entropy,
    pad,
    reverse_padded,
    sequence_mask,
)

torch = pytest.importorskip("torch")
LENGTHS = (4, 2, 6, 1)


def test_packed_sequences_end_and_turn_where_masks_say():
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    rng = np.random.default_rng(0)
    x, lengths = pad([rng.normal(size=(length, 3)) for length in LENGTHS])
    both = torch.nn.LSTM(3, 5, bidirectional=True, dtype=torch.float64)
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), enforce_sorted=False
    )
    with torch.no_grad():
        out, (h_n, _) = both(packed)
        h = pad_packed_sequence(out)[0].numpy()
        back = torch.nn.LSTM(3, 5, dtype=torch.float64)
        back.load_state_dict({k: both.state_dict()[f"{k}_reverse"] for k in back.state_dict()})
        turned = back(torch.from_numpy(reverse_padded(x, lengths)))[0].numpy()
    np.testing.assert_allclose(last_states(h[..., :5], lengths), h_n[0].numpy(), atol=1e-14)
    for n, length in enumerate(lengths):
        own = reverse_padded(turned, lengths)[:length, n]
        np.testing.assert_allclose(own, h[:length, n, 5:], rtol=0, atol=1e-14)


def test_its_mean_is_over_the_real_steps():
    rng = np.random.default_rng(1)
    logits, targets = rng.normal(size=(6, 4, 3)), rng.integers(3, size=(6, 4))
    mask = sequence_mask(np.array(LENGTHS), 6)
    marked = np.where(mask, targets, -100)
    theirs = torch.nn.CrossEntropyLoss()(
        torch.from_numpy(logits).reshape(-1, 3), torch.from_numpy(marked).reshape(-1)
    )
    ours = masked_cross_entropy(logits, targets, mask) * len(LENGTHS) / mask.sum()
    assert theirs.item() == pytest.approx(ours, rel=1e-12)
