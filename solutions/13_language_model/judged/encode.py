"""What `encode` is judged by."""

import numpy as np

from autograder.authoring import Exercise, Group, Wrong


def encode(text):
    vocab = sorted(set(text))
    place = {character: i for i, character in enumerate(vocab)}
    return np.array([place[character] for character in text]), vocab


IDS, VOCAB = (
    "every id leads back to its character",
    "the vocabulary: each character once, in sorted order",
)


TEXTS = (
    "to be, or not to be",
    " at sea \n",
    "Mississippi\nriver.",
    "aAbB 9!",
    "z",
    "ÄÖ naïve “quotes” — ok",
    "  \n \n",
)


def text_groups(rng: np.random.Generator) -> list[Group]:
    letters = list("abcdefgh XYZ.,\n'-ü")
    drawn = [{"text": "".join(rng.choice(letters, size=n))} for n in (12, 40)]
    written = [{"text": text} for text in TEXTS]
    return [
        Group("integers, and a list of characters", drawn[:1], kind="shape"),
        Group(IDS, [*drawn, *written[:1]], parts=("ids",)),
        Group(VOCAB, [*drawn, *written[:1]], parts=("vocab",)),
        Group("capitals, spaces, line ends and accents are characters too", written[1:]),
    ]


def _order_of_appearance(text):
    vocab = list(dict.fromkeys(text))
    return np.array([vocab.index(c) for c in text]), vocab


def _numbered(text, vocab):
    return np.array([vocab.index(c) for c in text])


def _with_repeats(text):
    vocab = sorted(text)
    return _numbered(text, vocab), vocab


def _small_letters(text):
    return encode(text.lower())


def _without_blanks(text):
    return encode("".join(c for c in text if not c.isspace()) or text)


def _stripped(text):
    return encode(text.strip() or text)


ENCODE_WRONG = (
    Wrong("in the order of appearance", _order_of_appearance,
          "Your vocabulary is in the order in which the characters come. Sort it: then the same "
          "characters give the same ids, whatever text they come from."),
    Wrong("code points", lambda text: (np.array([ord(c) for c in text]), sorted(set(text))),
          "Your ids are code points (ord). They must count from 0 to K - 1: the place of the character "
          "in vocab.", costs=IDS),
    Wrong("ids from 1", lambda text: (encode(text)[0] + 1, encode(text)[1]),
          "Your ids start at 1. vocab[id] is the character, so they start at 0.", costs=IDS),
    Wrong("vocabulary with repeats", _with_repeats,
          "Characters that come twice in the text stand twice in your vocabulary. set(text) keeps each "
          "once."),
    Wrong("sorted backwards", lambda text: (
              lambda v: (_numbered(text, v), v))(sorted(set(text), reverse=True)),
          "Your vocabulary is sorted backwards."),
    Wrong("ids as a list", lambda text: (encode(text)[0].tolist(), encode(text)[1]),
          "Your ids are a list. NumPy can only index with them quickly as an array: np.array(…)."),
    Wrong("ids as floats", lambda text: (encode(text)[0].astype(float), encode(text)[1]),
          "Your ids are floating point numbers. They are places in a list: integers."),
    Wrong("vocabulary as a string", lambda text: (encode(text)[0], "".join(encode(text)[1])),
          "Your vocabulary is one string. Asked for is a list of characters: sorted(set(text)) is one."),
    Wrong("dict for the vocabulary", lambda text: (
              encode(text)[0], {c: i for i, c in enumerate(encode(text)[1])}),
          "You return the dict from character to id. The other way round is asked for: a list, so that "
          "vocab[id] is the character."),
    Wrong("small letters only", _small_letters,
          "You turn the text into small letters: the network could never write a capital."),
    Wrong("blanks left out", _without_blanks,
          "Spaces and line ends are lost. They are characters like all others: how else would the "
          "network learn where a word ends?"),
    Wrong("blanks at the ends left out", _stripped,
          "Blanks at the beginning and the end are cut off (strip). Every character counts.",
          costs="capitals, spaces, line ends and accents are characters too"),
    Wrong("exchanged", lambda text: encode(text)[::-1], "ids and vocab are exchanged: ids come first."),
    Wrong("one-hot rows", lambda text: (np.eye(len(set(text)))[encode(text)[0]], encode(text)[1]),
          "You return one-hot rows. The ids alone are asked for; a row of U is found by its id."),
    Wrong("only the ids", lambda text: encode(text)[0],
          "You return the ids alone. Without the vocabulary nobody can turn them back into text: ids, "
          "vocab."),
    Wrong("words", lambda text: encode(text.split() or [text]),
          "You number words. This network reads characters, blanks included."),
    Wrong("only the vocabulary's ids", lambda text: (np.arange(len(set(text))), encode(text)[1]),
          "Your ids number the vocabulary, not the text: there is one id for every character of the "
          "text."),
)  # fmt: skip


EXERCISE = Exercise(
    reference=encode,
    groups=text_groups,
    wrong=ENCODE_WRONG,
    hints=(
        "sorted(set(text)) is the vocabulary: every character once, in a fixed order.",
        "For a text of a million characters looking each up in a list is slow. A dict from "
        "character to place is quick: {character: i for i, character in enumerate(vocab)}.",
    ),
    returns=("ids", "vocab"),
)
