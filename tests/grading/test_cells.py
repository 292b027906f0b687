"""What of a released cell a learner sees, told of cells that strangers wrote too."""

import re

from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from small_course import source_notebook, submission

from autograder.authoring.releases import text_hash
from autograder.cells import is_graded, without_hidden
from autograder.submission.restore import restore
from utils.judging.limit import time_limit

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
PATTERN = re.compile(rf"^[ \t]*{BEGIN}.*?{END}[ \t]*\n?", re.M | re.S)


@given(st.lists(st.sampled_from([BEGIN, END, "  ", "\n", "\t", "x", "\r\n"]), max_size=30))
def test_what_is_hidden_is_left_out(pieces):
    source = "".join(pieces)
    assert without_hidden(source) == PATTERN.sub("", source).rstrip()


def test_no_text_takes_for_ever_to_read():
    with time_limit(60):
        for text in (f"{BEGIN}\n", f" {BEGIN}", f"{BEGIN}{END}\n", f"{END}\n", " " * 40):
            text_hash(text * 100_000)


def test_half_a_character_has_a_hash_of_its_own():
    assert text_hash("check(f)  # \ud800") != text_hash("check(f)  # \ud801")


def test_no_notebook_takes_for_ever_to_put_back():
    notebook = submission()
    notebook.cells = [cell for cell in notebook.cells if not is_graded(cell)]
    text = "'check(double)'; 'check(total)'\n" + "a = 1\n" * 3000
    notebook.cells += [new_code_cell(f"{text}b = {number}") for number in range(1900)]
    with time_limit(60):
        assert restore(notebook, source_notebook()).tampered
