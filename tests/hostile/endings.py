"""Code that does not end, ends everything, or takes all there is."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_code_cell
from small_course import submission

from hostile.case import attack


def before(code: str, **answers: str) -> Any:
    """A submission that runs `code` first and is right otherwise."""
    return submission(before=code.strip(), **answers)


def many_cells(code: str, count: int) -> Any:
    notebook = submission()
    notebook.cells[1:1] = [new_code_cell(code) for _ in range(count)]
    return notebook


DOUBLE = "def double(x):\n    return twice(x)"
SWALLOWS = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
DEAF_FUNCTION = """
import signal
def double(x):
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
MEMORY = """
def double(x):
    hog = []
    while True:
        hog.append(bytearray(50_000_000))
"""
ASKED = """
import numpy as np
def double(x):
    hog = []
    while True:
        hog.append(np.empty(10_000_000))
"""
FORKS = """
import os, subprocess, sys
started = 0
for start in (
    os.fork,
    lambda: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]),
    lambda: os.system("sleep 600 &"),
    lambda: os.posix_spawn("/bin/sleep", ["sleep", "600"], {}),
):
    try:
        if start() != 32512:
            started += 1
    except OSError:
        pass
while not started:
    try:
        os.fork()
        started += 1
    except OSError:
        break
limit = 7 - started
"""
THREADS = """
import threading, time
threads = []
try:
    while len(threads) < 100_000:
        threads.append(threading.Thread(target=time.sleep, args=(600,), daemon=True))
        threads[-1].start()
except RuntimeError:
    pass
"""
DAEMON = """
import os
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                open("/tmp/alive", "a").write("still here")
        os._exit(0)
except OSError:
    limit = 7
"""
PARENT = """
import os, signal
for pid in {os.getppid(), 1, -1} - {0, os.getpid()}:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
"""
EVERYBODY = """
import os, signal
for pid in range(2, 70_000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
"""
C_STACK = """
import sys
sys.setrecursionlimit(10**9)
def double(x):
    return [double(x)]
class Deep:
    def __repr__(self):
        return repr([self])
def double(x):
    return repr(Deep())
"""
WIDGETS = """
import ipywidgets
for number in range(300):
    display(ipywidgets.HTML("x" * 200_000))
"""
OUTPUTS = """
for number in range(1_500):
    display(number)
"""
DISK = """
with open("/tmp/full", "wb") as file:
    while True:
        file.write(bytes(10_000_000))
"""
ATEXIT = """
import atexit, os, time
atexit.register(time.sleep, 600)
atexit.register(os.write, 1, b"forged")
"""
SPINNER = """
import threading
def spin():
    while True:
        pass
threading.Thread(target=spin, daemon=False).start()
"""
TICKER = """
import signal
def tick(number, frame):
    raise ZeroDivisionError("tick")
signal.signal(signal.SIGVTALRM, tick)
def double(x):
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
    while True:
        pass
"""
ODD_ERROR = """
class Odd(BaseException):
    def __str__(self):
        raise self
    __repr__ = __str__
def double(x):
    raise Odd
"""
ENDLESS_WORDS = """
class Endless(Exception):
    def __str__(self):
        while True:
            pass
def double(x):
    raise Endless
"""

CASES = [
    attack("endless_loop", before("while True: pass"), "timeout", "cell 2 did not end within 3 s"),
    attack("endless_loop_that_swallows_interrupts", before(SWALLOWS), "timeout", "was stopped"),
    attack(
        "endless_function_that_is_deaf",
        submission(double=DEAF_FUNCTION.strip()),
        says="no answer within 3 s",
        double=0,
    ),
    attack("endless_sleep", before("import time\ntime.sleep(1e9)"), "timeout", "did not end"),
    attack("endless_prints", before("while True: print('x' * 10_000)"), "timeout"),
    attack("prints_100_MB", before("for _ in range(100): print('x' * 1_000_000)")),
    attack("outputs_1500", before(OUTPUTS)),
    attack("widget_state_60_MB", before(WIDGETS)),
    attack("memory_bomb", submission(double=MEMORY.strip()), double=0),
    attack("memory_asked_for", submission(double=ASKED.strip()), says="MemoryError", double=0),
    attack("memory_in_one_piece", before("import numpy as np\nnp.ones(10**13)")),
    attack("process_bomb", submission(limit=FORKS.strip())),
    attack("thread_bomb", before(THREADS)),
    attack("daemon_that_outlives", submission(limit=DAEMON.strip())),
    attack("disk_bomb", before(DISK)),
    attack("os_exit", before("import os\nos._exit(0)"), "crashed", "cell 2 ended the kernel"),
    attack(
        "os_exit_in_function",
        submission(double="import os\ndef double(x):\n    os._exit(0)"),
        "crashed",
        "double ended the kernel when it was called",
        double=0,
    ),
    attack(
        "os_exit_many",
        many_cells("import os\nos._exit(0)", 20),
        "crashed",
        "the cells after that did not run",
        double=0,
        total=0,
        limit_is_seven=0,
    ),
    attack("sys_exit", before("import sys\nsys.exit(0)")),
    attack("exit_called", before("exit()"), "crashed", "ended the kernel"),
    attack("sigkill_itself", before("import os\nos.kill(os.getpid(), 9)"), "crashed", "ended"),
    attack("sigkill_parent", before(PARENT)),
    attack("sigkill_everybody", before(EVERYBODY)),
    attack(
        "crash_keeps_what_passed_before",
        submission(total="import os\nos._exit(3)"),
        "crashed",
        "the cell total ended the kernel",
        total=0,
    ),
    attack(
        "recursion",
        submission(double="def double(x):\n    return double(x)"),
        says="calls itself without end",
        double=0,
    ),
    attack(
        "recursion_through_the_C_stack",
        submission(double=C_STACK.strip()),
        "crashed",
        "ended the kernel",
        double=0,
    ),
    attack(
        "segmentation_fault",
        before("import ctypes\nctypes.string_at(0)"),
        "crashed",
        "ended the kernel",
    ),
    attack("compiler_crash", before("x = " + "-" * 20_000 + "1")),
    attack("blank_lines_for_ever", before("\n" * 1_000_000 + "1 / 0\ncheck")),
    attack("blanks_for_ever", before("undefined\n" + " " * 1_000_000 + "x")),
    attack("closes_all_files", before("import os\nos.closerange(0, 4096)"), "crashed", "ended"),
    attack("atexit", before(ATEXIT)),
    attack("thread_that_spins", before(SPINNER)),
    attack(
        "timer_that_raises", submission(double=TICKER.strip()), says="ZeroDivisionError", double=0
    ),
    attack("error_that_cannot_be_printed", submission(double=ODD_ERROR.strip()), double=0),
    attack(
        "error_that_prints_for_ever",
        submission(double=ENDLESS_WORDS.strip()),
        says="no answer within 3 s",
        double=0,
    ),
    attack(
        "keyboard_interrupt_raised",
        submission(double="def double(x):\n    raise KeyboardInterrupt"),
        says="was stopped from the keyboard",
        double=0,
    ),
    attack(
        "generator_exit_raised",
        submission(double="def double(x):\n    raise GeneratorExit"),
        double=0,
    ),
    attack("asks_for_input", before("input('your password? ')")),
    attack("debugger", before("breakpoint()")),
    attack(
        "too_slow",
        submission(double=f"import time\n{DOUBLE.replace('return', 'time.sleep(1); return')}"),
        says="no answer within 3 s",
        double=0,
    ),
]
