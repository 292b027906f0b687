"""What the notebooks import: checks, plots, diagrams, explorers, questions, progress, training.

Importing it makes NumPy compute on one thread, where that can still be said: see utils.threads.
"""

from utils.threads import one_thread

one_thread()
