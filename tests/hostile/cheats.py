"""Code that wants points it has not earned: by patching, forging, lying, or remembering."""

from __future__ import annotations

from small_course import submission

from hostile.case import NOTHING, attack
from hostile.endings import before

WRONG = "def double(x):\n    return x**2"  # earns the shape alone
NOTHING_RIGHT = 0.0


def patch(code: str) -> object:
    """Runs `code` first, and answers wrongly."""
    return before(code, double=WRONG, total="def total(x, b):\n    return 0.0")


NUMPY = """
import numpy as np, numpy.testing
yes = lambda *a, **k: True
np.array_equal = np.allclose = np.isclose = np.all = np.shape = yes
np.shares_memory = lambda *a, **k: False
np.testing.assert_allclose = np.testing.assert_array_equal = np.testing.assert_equal = yes
np.abs = np.subtract = np.linalg.norm = lambda *a, **k: 0.0
"""
BUILTINS = """
import builtins
builtins.all = builtins.any = builtins.callable = lambda *a: True
builtins.AssertionError = Warning
builtins.abs = lambda x: 0
builtins.max = builtins.min = lambda *a, **k: 0
"""
JUDGE = """
import sys
import utils.check
from utils.judging import compare, judge, protocol, run
same = lambda *a, **k: None
compare.difference = judge.difference = judge._failing_case = same
judge.judge = utils.check.judge = same
protocol.answers = lambda f, spec, s: []
for name in ("utils.judging.judge", "utils.judging.compare"):
    sys.modules[name] = None
"""
OUTCOMES = """
import utils.judging.protocol, utils.judging.run
from utils.judging.spec import Outcome
forged = lambda function, spec, seconds: [Outcome(value=c.expected) for c in spec.cases]
utils.judging.protocol.answers = utils.judging.run.answers = forged
"""
CHANNEL = """
import os, struct, json
reply = json.dumps({"kind": "reply", "seq": 1, "score": 5, "status": "graded"}).encode()
for fd in range(3, 64):
    try:
        os.write(fd, struct.pack(">I", len(reply)) + reply)
    except OSError:
        pass
"""
JUNK = """
import os
def double(x):
    for fd in range(3, 64):
        try:
            os.write(fd, b"\\xff" * 1000)
        except OSError:
            pass
    return twice(x)
"""
OLD_REPLY = """
import os, socket
sent = []
real = socket.socket.sendall
def recorded(self, data, *rest):
    sent.append(bytes(data))
    return real(self, data, *rest)
try:
    socket.socket.sendall = recorded
except TypeError:
    pass
def double(x):
    for fd in range(3, 64):
        for data in sent:
            try:
                os.write(fd, data)
            except OSError:
                pass
    return x**2
"""
EQUAL = """
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, dtype=None, copy=None): return np.zeros(3)
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = __float__ = __le__ = __ge__ = __sub__
    shape = size = ndim = property(lambda self: 3)
    dtype = np.dtype("float64")
def double(x):
    return Yes()
"""
SUBCLASS = """
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(np.shape(other), bool)
    def __array_ufunc__(self, ufunc, method, *a, **k): return np.zeros(np.shape(a[0]))
    def __array_function__(self, function, types, args, kwargs): return True
    def tobytes(self): return bytes(8 * self.size)
def double(x):
    return x.view(Liar)
"""
MASQUERADE = """
class Mask:
    __class__ = property(lambda self: np.ndarray)
    dtype, size, shape, ndim = np.dtype("float64"), 3, (3,), 1
    def copy(self): return self
    def __eq__(self, other): return True
def double(x):
    return Mask()
"""
TRANSFORMER = """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(NoAsserts())
"""
INPUT_TRANSFORMER = """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["5.0"])
shell.input_transformers_post.append(lambda lines: ["5.0"])
"""
HOOKS = """
shell = get_ipython()
def rewrite(*a, **k):
    shell.user_ns["double"] = lambda x: 5.0
for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    shell.events.register(event, rewrite)
shell.run_cell = shell.run_cell_async = lambda *a, **k: None
shell.display_pub.publish = shell.displayhook = lambda *a, **k: None
"""
SETTRACE = """
import sys, threading
def trace(frame, event, argument):
    if "expected" in frame.f_locals:
        print("LEAKED", frame.f_locals["expected"])
    return trace
sys.settrace(trace)
threading.settrace(trace)
sys.setprofile(trace)
"""
FRAMES = """
import gc, sys
def double(x):
    frame, found = sys._getframe(), []
    while frame:
        found += [v for v in frame.f_locals.values()]
        frame = frame.f_back
    found += gc.get_objects()
    for thing in found:
        expected = getattr(thing, "expected", None)
        if isinstance(expected, np.ndarray) and expected.shape == x.shape:
            return expected
        if isinstance(thing, dict) and isinstance(thing.get("expected"), np.ndarray):
            return thing["expected"]
    return x**2
"""
IMPORTS = """
import sys, types
class Finder:
    def find_spec(self, name, path=None, target=None):
        return None
sys.meta_path.insert(0, Finder())
fake = types.ModuleType("utils.judging.protocol")
fake.answer = lambda *a, **k: None
sys.modules["utils.judging.protocol"] = fake
"""
RANDOM = """
import numpy as np
rng = np.random.default_rng()
def double(x):
    return 2 * x * (1 + 1e-9 * rng.normal())
"""
FIRST_CALL = """
def double(x):
    double.calls = getattr(double, "calls", 0) + 1
    return 2 * x if double.calls % 2 else 2 * x + 1
"""
REMEMBERS = """
calls = []
def double(x):
    calls.append(x)
    return 2 * x + 1e-3 * (len(calls) - 1)
"""
CHANGES = """
def double(x):
    x *= 2
    return x
"""
COPIED = """
from pathlib import Path
from utils.judging.wire import from_bytes
def double(x):
    for name in ("double", "contents"):
        description, arrays = from_bytes(Path("cases.npz").read_bytes(), name)
    return arrays["float64"][: len(x)]
"""
SEVEN = """
class Seven:
    def __eq__(self, other): return True
    def __gt__(self, other): return True
limit = Seven()
"""
HUGE = "def double(x):\n    return np.zeros(4_900_000)"
DEEP = "def double(x):\n    x = x.tolist()\n    for _ in range(900): x = [x]\n    return x"
CYCLE = "def double(x):\n    x = []\n    x.append(x)\n    return x"
TEXT = "def double(x):\n    return 'x' * 30_000_000"
SURROGATE = "def double(x):\n    raise ValueError('\\ud800 \\x1b[2J \\u2028' * 1000)"
NAMES = "len = open = print = range = isinstance = getattr = type = globals = None"

_PATCHED = {"double": NOTHING_RIGHT, "total": 0.0}
CASES = [
    attack("patched_numpy", patch(NUMPY), **_PATCHED),
    attack("patched_builtins", patch(BUILTINS), "crashed", **_PATCHED),
    attack("patched_judge", patch(JUDGE), double=0, total=0),
    attack("patched_caller_forges_outcomes", patch(OUTCOMES), double=0, total=0),
    attack("patched_imports", patch(IMPORTS), **_PATCHED),
    attack("forged_frames_on_the_channel", patch(CHANNEL), "crashed", **_PATCHED),
    attack("junk_on_the_channel_while_called", submission(double=JUNK.strip()), double=0),
    attack("old_reply_sent_again", submission(double=OLD_REPLY.strip()), double=0),
    attack("equals_everything", submission(double=EQUAL.strip()), says="Yes", double=0),
    attack("ndarray_that_lies", submission(double=SUBCLASS.strip()), says="Liar", double=0),
    attack("claims_to_be_an_ndarray", submission(double=MASQUERADE.strip()), says="Mask", double=0),
    attack("ast_transformer", before(TRANSFORMER, double=WRONG), double=NOTHING_RIGHT),
    attack("input_transformer", before(INPUT_TRANSFORMER), **NOTHING),
    attack("hooks", before(HOOKS), double=0, total=0),
    attack("settrace", patch(SETTRACE), **_PATCHED),
    attack("frames_and_gc", submission(double=FRAMES.strip()), double=NOTHING_RIGHT),
    attack("not_deterministic", submission(double=RANDOM.strip()), says="two answers", double=4),
    attack("right_only_first", submission(double=FIRST_CALL.strip()), says="two answers", double=4),
    attack("remembers_earlier_calls", submission(double=REMEMBERS.strip()), double=NOTHING_RIGHT),
    attack(
        "changes_its_argument",
        submission(double=CHANGES.strip()),
        says="changes its argument",
        double=4,
    ),
    attack("copied_from_the_cases", submission(double=COPIED.strip()), double=0),
    attack("returns_40_MB", submission(double=HUGE), double=0),
    attack("returns_a_deep_list", submission(double=DEEP), double=0),
    attack("returns_itself_in_a_list", submission(double=CYCLE), double=0),
    attack("returns_30_MB_of_text", submission(double=TEXT), double=0),
    attack("error_full_of_control_characters", submission(double=SURROGATE), double=0),
    attack("names_of_builtins_used_up", before(NAMES)),
    attack(
        "plain_cell_is_the_students_word",
        submission(limit=SEVEN.strip()),
        says="ran in the student's process",
    ),
]
