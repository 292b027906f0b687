"""The diagram of an encoder-decoder with attention (unit 20)."""

from __future__ import annotations

from utils.pictures.colours import COLOURS, INK, MUTED, tint
from utils.pictures.svg import arrow, line, picture, rect, text
from utils.pictures.themes import Picture


def encoder_decoder() -> Picture:
    """Four letters are read, then written backwards; the second step of the writer looks back."""
    parts, top, bottom, read, wrote = [], 92, 232, "abcd", "dcba"
    weights = (0.05, 0.1, 0.75, 0.1)
    xs = [90 + 92 * k for k in range(8)]
    context = (xs[5], top - 10)
    for k, x in enumerate(xs):
        reads = k < 4
        colour = COLOURS["cell"] if reads else COLOURS["forget"]
        above = bottom - 46
        parts.append(rect(x - 32, above, 64, 44, tint(colour, 0.16), colour, 8))
        parts.append(text(x, above + 28, "LSTM", 14, INK))
        below = read[k] if reads else ("^" + wrote)[k - 4]
        parts.append(text(x, bottom + 52, below, 17, INK))
        parts.append(arrow([(x, bottom + 34), (x, bottom + 2)], MUTED, 1.8))
        if k < 7:
            parts.append(arrow([(x + 32, above + 22), (x + 58, above + 22)], INK, 2))
        if not reads:
            parts.append(text(x, top - 42 if k != 5 else 28, wrote[k - 4], 17, INK))
            end = top - 34 if k != 5 else 36
            start = above if k != 5 else context[1] - 14
            parts.append(arrow([(x, start), (x, end)], MUTED, 1.8))
    for k, weight in enumerate(weights):
        parts.append(line([(xs[k], bottom - 48), (context[0] - 44, context[1])],
                          COLOURS["candidate"], 1 + 8 * weight))  # fmt: skip
    parts.append(rect(context[0] - 44, context[1] - 14, 88, 28,
                      tint(COLOURS["candidate"], 0.3), COLOURS["candidate"], 8))  # fmt: skip
    parts.append(text(context[0], context[1] + 5, "attention", 13, INK))
    parts.append(arrow([(xs[5], bottom - 46), (xs[5], context[1] + 14)], MUTED, 1.8))
    parts.append(text(xs[1] + 46, bottom + 84, "the encoder reads", 14, COLOURS["cell"]))
    parts.append(text(xs[5] + 46, bottom + 84, "the decoder writes", 14, COLOURS["forget"]))
    alt = (
        "Eight LSTM steps in a row. The first four, the encoder, read a, b, c, d. Their last "
        "state is handed to the other four, the decoder, which reads the start symbol and then "
        "its own letters, and writes d, c, b, a. Above the decoder's second step stands a box, "
        "attention: lines come to it from all four steps of the encoder, a thick one from c, thin "
        "ones from the others."
    )
    return picture(830, bottom + 106, "An encoder-decoder with attention", alt, parts)
