"""What the notebooks import: checks, plots, diagrams, explorers, questions, progress, training.

Importing it makes NumPy compute on one thread, where that can still be said (threads), and
lets notebooks of earlier releases find what has moved since (moved).
"""

from utils.moved import install
from utils.threads import one_thread

one_thread()
install()
