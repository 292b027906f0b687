"""The newest course, with the learner's work in it."""
