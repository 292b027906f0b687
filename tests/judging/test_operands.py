"""An error where two arrays meet names both, with their shapes."""

import linecache

import numpy as np
import pytest

from utils.judging.diagnose import explain_failure
from utils.judging.operands import met
from utils.judging.run import _failure

A, B = np.ones((3, 4)), np.ones((5, 5))


def failure(expression):
    """What is noted of a function that returns the expression, of a, b and p, a dict of both."""
    source = f"def f(a, b, p):\n    é = 1; return {expression}\n"
    name = f"<cell of {expression}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    namespace = {"np": np}
    exec(compile(source, name, "exec"), namespace)
    try:
        namespace["f"](A, B, {"a": A, "b": B})
    except (ValueError, IndexError) as error:
        return _failure(error.with_traceback(error.__traceback__.tb_next), 1.0)
    raise AssertionError("the expression is no error")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("np.exp(a @ b + 1)", "`a` (3, 4) @ `b` (5, 5)"),
        ("1 + a * b", "`a` (3, 4) * `b` (5, 5)"),
        ("p['a'] @ p['b'].T", "`p['a']` (3, 4) @ `p['b'].T` (5, 5)"),
        ("np.dot(b, a.T)", "`b` (5, 5), `a.T` (4, 3)"),
        ("np.zeros(2) + a", ""),  # what stands there has no name
        ("(a + 1) @ b", ""),
        ("np.zeros(-1)", ""),
        ("np.concatenate([a, b], axis=1)", ""),
    ],
)
def test_both_arrays_are_named_where_they_have_names(expression, said):
    assert failure(expression).met == said


def test_the_words_hold_both():
    said = explain_failure(failure("a @ b"))
    assert said.startswith("A matrix product of shapes that do not fit: `a` (3, 4) @ `b` (5, 5).")
    assert "entry by entry: `a` (3, 4) + `b` (5, 5)." in explain_failure(failure("a + b"))
    said = explain_failure(failure("a[7]"))
    assert said.startswith("An index is larger than its axis is long")


def test_an_array_between_brackets_is_told_apart_from_a_mask():
    code = "[a[i] for i in [np.array([7])]]"
    assert "`i` (1,): an array between square brackets" in explain_failure(failure(code))
    assert explain_failure(failure("[a[i] for i in [np.ones(9, bool)]]")) == ""


def test_nothing_of_the_learners_runs_again():
    class Counted(dict):
        asked = 0

        def get(self, key):
            Counted.asked += 1
            return A

    def f(p):
        return p["a"] @ B

    with pytest.raises(ValueError) as raised:
        f(Counted(a=A))
    assert met(raised.tb.tb_next) == "" and Counted.asked == 0
