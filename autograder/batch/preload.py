"""What all worker processes of one run share: it is imported once, in the process they fork from.

Memory that was filled before a fork is one and the same for all of them, as long as nobody writes
to it; a garbage collection would.
"""

import gc

from autograder.slow_import import skip_slow_import

skip_slow_import()

import autograder.batch.local  # noqa: E402
import autograder.reports.marked  # noqa: E402
import autograder.reports.page  # noqa: E402, F401

gc.collect()
gc.freeze()
