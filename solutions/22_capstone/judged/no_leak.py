"""What `no_leak` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure


def _key(example):
    return (
        example
        if isinstance(example, str)
        else (np.shape(example), tuple(np.ravel(example).tolist()))
    )


def no_leak(train, test):
    return {_key(e) for e in train}.isdisjoint({_key(e) for e in test})


WORDS, MONTHS, ROWS, LENGTHS = (
    "sentences", "single numbers, such as the months that were seen",
    "arrays of one size, compared as wholes", "arrays of unequal length",
)  # fmt: skip


def groups(rng: np.random.Generator) -> list[Group]:
    def words(count: int) -> list[str]:
        drawn = [
            "".join(rng.choice(list("abcde"), size=rng.integers(4, 8))) for _ in range(3 * count)
        ]
        return list(dict.fromkeys(drawn))[:count]

    def case(train, test) -> Args:
        return {"train": train, "test": test}

    def text(shared: bool, at: int) -> Args:
        all_words = words(12)
        train, test = all_words[:8], all_words[8:]
        if shared:
            test[at] = train[rng.integers(2, 6)]
        return case(train, test)

    def rows(shared: bool, at: int) -> Args:
        """Small whole numbers: single entries are shared always, rows and sums only where said."""
        train = rng.integers(0, 4, size=(9, 4))
        while True:
            test = rng.integers(0, 4, size=(5, 4))
            if no_leak(train, test) and not {r.sum() for r in train}.isdisjoint(
                r.sum() for r in test
            ):
                break
        test = test.astype(float) if not shared else test
        if shared:
            test[at] = train[rng.integers(3, 8)]
        return case(train.astype(float), test.astype(float))

    def pieces(shared: bool) -> Args:
        train = [rng.integers(40, 80, size=(T, 2)) for T in (3, 5, 4, 6)]
        test = [rng.integers(40, 80, size=(T, 2)) for T in (4, 3)]
        test.append(
            train[1].copy() if shared else train[1][:-1].copy()
        )  # the beginning alone is new
        return case(train, test)

    turned = rows(False, 0)
    turned["train"][4], turned["test"][2] = (9, 1, 2, 3), (3, 2, 1, 9)
    total = rows(False, 0)
    total["train"][4], total["test"][2] = (9, 0, 0, 8), (7, 0, 0, 10)
    anagram = words(8)
    anagram = case([*anagram[:5], "abcde"], [*anagram[5:], "edcba"])
    same = text(True, 0)
    same["test"] = same["train"][3:] + same["train"][:3]
    inside, double = text(True, 0), text(False, 0)
    inside["test"] = inside["train"][4:6]
    level = text(False, 0)
    level["test"][0] = level["train"][0]
    double["train"][3], double["test"][2] = double["train"][0], double["test"][0]
    close = rows(False, 1)
    close["test"][0] = close["train"][0] + 1e-9
    part = case(["the dog sleeps", "a bird waits"], ["the dog", "bird waits"])
    months = np.arange(60)
    return [
        Group(WORDS, [text(False, 0), text(True, 0), text(True, 3), anagram, part, same, inside, level, double],
              points=2),
        Group(MONTHS, [case(months[:40], months[40:]), case(months[:41], months[40:]),
                       case(months[::2], months[1::2]), case(months[30:], months[:31])]),
        Group(ROWS, [rows(False, 0), rows(True, 0), rows(True, 4), turned, total, close], points=2),
        Group(LENGTHS, [pieces(False), pieces(True)]),
        pure(),
    ]  # fmt: skip


def _list(examples):
    return [_key(e) for e in examples]


def _flat(examples):
    return {c for e in examples for c in (e if isinstance(e, str) else np.ravel(e).tolist())}


def _sorted(train, test):
    train.sort()
    return no_leak(train, test)


def _total(example):
    return sum(map(ord, example)) if isinstance(example, str) else float(np.sum(example))


def _begins(train, test):
    def cut(e):
        return _key(e[:3] if isinstance(e, str) or np.ndim(e) else e)

    return {cut(e) for e in train}.isdisjoint({cut(e) for e in test})


WRONG = (
    Wrong("turned round", lambda a, b: not no_leak(a, b),
          "Your answer is turned round: True says that nothing leaks."),
    Wrong("place by place", lambda a, b: all(x != y for x, y in zip(_list(a), _list(b), strict=False)),
          "You compare the first with the first, the second with the second. A test example leaks "
          "wherever in train it lies: compare each with all."),
    Wrong("only the first test example", lambda a, b: _key(b[0]) not in _list(a),
          "You look at the first test example alone. One that leaks is enough, whichever it is."),
    Wrong("only the last test example", lambda a, b: _key(b[-1]) not in _list(a),
          "You return in the loop, so only one test example decides. One that leaks is enough."),
    Wrong("all must leak", lambda a, b: not set(_list(b)) <= set(_list(a)),
          "You call it a leak only where ALL test examples are in train. One is enough."),
    Wrong("the sets are the same", lambda a, b: set(_list(a)) != set(_list(b)),
          "You ask whether train and test are the same. They leak where they share one example."),
    Wrong("entries instead of examples", lambda a, b: _flat(a).isdisjoint(_flat(b)),
          "You compare single entries (np.isin, or letters). Two examples may share numbers without "
          "being the same: compare them as wholes."),
    Wrong("order inside does not count", lambda a, b: {
              tuple(sorted(e if isinstance(e, str) else np.ravel(e).tolist())) for e in a}.isdisjoint(
              {tuple(sorted(e if isinstance(e, str) else np.ravel(e).tolist())) for e in b}),
          "You sort what is inside an example. The order belongs to it: abc is not cba."),
    Wrong("sums compared", lambda a, b: {_total(e) for e in a}.isdisjoint({_total(e) for e in b}),
          "You compare sums (or another single number). Different examples may have the same sum."),
    Wrong("the beginning counts", _begins,
          "You compare the beginnings. Two pieces may begin alike: compare them as wholes, their "
          "lengths, too."),
    Wrong("a part counts", lambda a, b: not any(
              y in x for x in a for y in b) if isinstance(a[0], str) else no_leak(a, b),
          "You ask whether a test sentence occurs within a training sentence (`in` on strings). Asked "
          "is whether they are the same.", costs=WORDS),
    Wrong("nearly the same counts", lambda a, b: no_leak(a, b) if isinstance(a[0], str) else not any(
              np.shape(x) == np.shape(y) and np.allclose(x, y) for x in a for y in b),
          "You compare with a tolerance. Two measurements may lie close together: only an example that "
          "is the very same is a leak.", costs=ROWS),
    Wrong("doubles inside one part count",
          lambda a, b: len(set(_list(a) + _list(b))) == len(a) + len(b),
          "You count doubles inside train, or inside test, as well. A leak is an example of test that "
          "is in train.", costs=WORDS),
    Wrong("number of what is shared", lambda a, b: len(set(_list(a)) & set(_list(b))),
          "You return how many are shared. Asked for is True or False."),
    Wrong("the shared ones", lambda a, b: [e for e in b if _key(e) in _list(a)],
          "You return the examples that leak. Asked for is True (none) or False."),
    Wrong("always calm", lambda a, b: True, "You return True whatever is given."),
    Wrong("sorts train", lambda a, b: _sorted(a, b) if isinstance(a, np.ndarray) or isinstance(a[0], str)
          else no_leak(a, b),
          "Your answer is right, but train lies in another order after the call. sorted() and np.sort "
          "make a copy; .sort() does not.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=no_leak,
    groups=groups,
    wrong=WRONG,
    hints=(
        "A set knows at once what is in it, but it takes no arrays: make something else of each.",
        "For an array a: (a.shape, a.tobytes()), or a tuple of its numbers. Strings and numbers go as "
        "they are.",
        "set.isdisjoint(other) is True where nothing is shared.",
    ),
)
