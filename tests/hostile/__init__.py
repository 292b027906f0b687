"""Submissions that attack the grader, each with the verdict that it must get.

`python -m tests.hostile` grades them all in one batch and prints case, verdict and seconds;
`python -m tests.hostile --write DIR` leaves the notebooks and archives there, to look at.
"""
