"""What stands in for an unsolved exercise of unit 16 gives what the exercise asks for."""

import numpy as np
import pytest

from autograder.authoring.exercise import load_unit
from autograder.course import root
from utils.judging.compare import Tolerance, difference
from utils.learner import stand_ins

EXERCISES = load_unit(root() / "solutions" / "16_variants").exercises


@pytest.mark.parametrize("name", EXERCISES)
def test_it_answers_every_case_as_the_truth_does(name):
    exercise = EXERCISES[name]
    truth = exercise.truth or exercise.reference
    for group in exercise.groups(np.random.default_rng(8)):
        for args in group.cases:
            got = getattr(stand_ins, name)(**args)
            within = Tolerance(1e-9, 1e-12, by_norm=True)
            assert difference(truth(**args), got, within, exercise.returns) is None
