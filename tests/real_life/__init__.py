"""Notebooks as real life leaves them: right answers in files that tools and people have touched.

`python -m tests.real_life` grades them all and prints a table; `--stock` lets stock nbgrader grade
those it can run as well; `--write DIR` leaves the files there, to look at.
"""
