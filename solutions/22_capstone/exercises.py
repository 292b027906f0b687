"""The capstone: what of a project of one's own a machine can check."""

from autograder.authoring import Question

from .judged import beats_baseline, no_leak, own_gradients, own_step

TITLE = "Capstone"
BUILDS = "a project of your own, checked and reported"
REPORT = """# Report: (your title)

Half a page to two pages. Each heading has one question; answer it and stop.

## Question
What did you want to know? What did you expect, written down before you ran it?

## Data
Which data, from where, under which licence? How was it split, and what says that nothing leaks?

## Baseline
What is the simplest thing that might do, and how well does it do? Which part of the data was it counted on?

## Model
What did you change in the cell, in one equation? How do you know that its gradients are right?

## Training
Weights, updates, learning rate, how each was chosen, and on which part of the data. Seconds.

## Result
One table: every model, at least three seeds, median and range, the difference to the baseline with its interval.

## Where it fails
Three examples, and what they have in common.

## What it does not show
What else could have caused the difference? What would change your mind?

# Rubric, to mark it yourself first

| | 0 | 1 |
|---|---|---|
| Question | a topic | something that a number can answer, with what was expected |
| Data | a file name | source, licence, split, and a check that nothing leaks |
| Baseline | none, or a weak one | the best cheap one you could think of, on the same examples |
| Model | a name | the equation that differs, and a gradient check |
| Training | "tuned" | chosen on validation, the test part used once |
| Result | the best seed | all seeds, the spread, a paired interval |
| Where it fails | nothing | examples, and what they have in common |
| What it does not show | nothing | another explanation that was not ruled out |

Six or more: show it to somebody. A result against your expectation costs no point; one that is hidden costs them all.
"""
FILES = {"report.md": REPORT}
EXERCISES = [
    no_leak.EXERCISE,
    beats_baseline.EXERCISE,
    own_step.EXERCISE,
    own_gradients.EXERCISE,
]

QUESTIONS = [
    Question(
        name="windows_overlap",
        text="Windows of 24 months are drawn at random into train and test. No window is in both. "
        "Does something leak?",
        options=(
            "No: the examples are different",
            "Yes: a test window's months, its target among them, lie in training windows",
            "Only if the series has a trend",
        ),
        answers=(
            "As windows they differ, by one month. Ask what was seen, not what it is called.",
            "Yes. Compare the months that were seen, and split by time with a gap.",
            "A trend makes it worse. The target itself has been seen either way.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "question, data (source, split, no leak) and the best cheap baseline on the same examples",
    "all seeds with spread and a paired interval, and what the result does not show",
)
