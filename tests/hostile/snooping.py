"""Code that looks for what is not its own. Each sets `limit` to 7 only where it found nothing.

So the point of `limit_is_seven` says that the submission was shut in; and %COURSE% is the real
folder of the course, with its solutions, its gradebook and the other submissions beside it.
"""

from __future__ import annotations

from small_course import submission

from hostile.case import Case, attack

SECRET = "SECRET_TOKEN_OF_THE_TEACHER"


def looks(name: str, code: str) -> Case:
    return attack(name, submission(limit=code.strip()))


SOLUTIONS = """
import os, sys
found = []
for place in ("%COURSE%", "%COURSE%/solutions/02_small/exercises.py", "%COURSE%/.."):
    try:
        found += os.listdir(place) if os.path.isdir(place) else [open(place).read()]
    except OSError:
        pass
for name in ("autograder", "autograder.authoring.exercise", "solutions_02_small", "gates", "lstm"):
    try:
        __import__(name)
        found.append(name)
    except (ImportError, OSError):  # not there, or there and shut
        pass
limit = 7 if not found else found
"""
SEARCH = """
import os
hidden = {"exercises.py", "judged", "gradebook.db", "small.ipynb", "work.ipynb", "small_course.py"}
found, tops = [], ["root", "home", "tmp", "var", "srv", "mnt", "%COURSE%"[1:]]
try:
    tops += os.listdir("/")
except OSError:  # shut
    pass
for top in tops:
    if top in ("usr", "lib", "lib64", "bin", "sbin", "proc", "sys", "nix"):
        continue
    for place, folders, files in os.walk("/" + top):
        folders[:] = [f for f in folders if f != "site-packages"]
        found += [os.path.join(place, f) for f in files if f in hidden or f.endswith(".ipynb")]
limit = 7 if not found else found
"""
OWN_FOLDER = """
import os, utils.learner.course
found = sorted(os.listdir())
assert found == ["cases.npz", "earlier.py"], found
from utils.judging.wire import names
assert names(open("cases.npz", "rb").read()) == ["contents"]
assert "utils" in os.listdir(utils.learner.course.ROOT), os.listdir(utils.learner.course.ROOT)
assert not {"solutions", "tests", "notebooks"} & set(os.listdir(utils.learner.course.ROOT))
limit = 7
"""
ENVIRONMENT = """
import os, glob
text = repr(dict(os.environ))
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try:
        text += open(path, errors="replace").read()
    except OSError:
        pass
found = [w for w in ("SECRET_TOKEN_OF_THE_TEACHER", "%COURSE%") if w in text]
limit = 7 if not found else found
"""
GRADEBOOK = """
import sqlite3
found = []
for path in ("%COURSE%/autograder/gradebook.db", "%COURSE%/gradebook.db"):
    try:
        base = sqlite3.connect(path)
        base.execute("UPDATE grade SET auto_score = 5")
        base.commit()
        found.append(path)
    except sqlite3.Error:
        pass
limit = 7 if not found else found
"""
NETWORK = """
import socket, urllib.request
found = []
def tries(what):
    try:
        found.append(repr(what()))
    except (OSError, ValueError):
        pass
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return s.sendto(b"hello", ("127.0.0.1", int("%PORT%")))
def listens():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    return "listens, reached by " + repr(socket.create_connection(("127.0.0.1", %PORT%), 1))
def abstract():
    s = socket.socket(socket.AF_UNIX)
    s.connect("\\0hostile-%PORT%")
    return s
tries(lambda: socket.create_connection(("127.0.0.1", %PORT%), 1))
tries(lambda: socket.create_connection(("::1", %PORT%), 1))
tries(lambda: urllib.request.urlopen("http://127.0.0.1:%PORT%/", timeout=1))
tries(lambda: socket.getaddrinfo("example.org", 80))
tries(udp)
tries(listens)
tries(abstract)
limit = 7 if not found else found
"""
WRITES = """
import os, sys, utils, numpy, IPython
found = []
places = [os.path.dirname(m.__file__) for m in (utils, numpy, IPython, os)]
places += [p for p in sys.path if p] + ["/", "/usr", "/etc", "/var/tmp", "/dev", "%COURSE%"]
work = os.path.realpath(".")
for place in places:
    place = os.path.realpath(place)
    if place == work:
        continue
    try:
        with open(os.path.join(place, "planted.pth"), "w") as file:
            file.write("import os")
        found.append(place)
    except OSError:
        pass
limit = 7 if not found else found
"""
NOTE = """
import os
places = ["/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~"), ".."]
notes = [os.path.join(place, "note_to_the_next.txt") for place in places]
found = [note for note in notes if os.path.exists(note)]
for note in notes:
    try:
        open(note, "w").write("the answer is seven")
    except OSError:
        pass
import utils.judging.run, numpy, sys
if hasattr(numpy, "note") or hasattr(utils.judging.run, "note"):
    found.append("a module")
numpy.note = utils.judging.run.note = sys.note = True
limit = 7 if not found else found
"""
TRACES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
found = []
for pid in [*range(1, 300), os.getppid()]:
    if pid == os.getpid() or not pid:
        continue
    if libc.ptrace(16, pid, 0, 0) == 0:  # PTRACE_ATTACH
        found.append(pid)
    try:
        open(f"/proc/{pid}/mem", "rb")
        found.append(f"memory of {pid}")
    except OSError:
        pass
limit = 7 if not found else found
"""
NAMESPACES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
found = []
if libc.unshare(0x10000000) == 0:  # CLONE_NEWUSER
    found.append("a user namespace of its own")
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    found.append("mounted")
if libc.umount2(b"/tmp", 2) == 0:
    found.append("unmounted")
if libc.chroot(b"/tmp") == 0:
    found.append("a root of its own")
for path in ("/proc/self/uid_map", "/proc/self/oom_score_adj", "/sys/fs/cgroup/cgroup.procs"):
    try:
        open(path, "w").write("0")
        found.append(path)
    except OSError:
        pass
limit = 7 if not found else found
"""
SYSTEM_FILES = """
found = []
for path in ("/etc/shadow", "/root/.bashrc", "/root/.ssh", "/dev/sda", "/dev/mem", "/dev/kmsg"):
    try:
        found.append(open(path, "rb").read(10))
    except OSError:
        pass
limit = 7 if not found else found
"""
DESCRIPTORS = """
import os
found = []
for fd in range(3, 256):
    try:
        kind = os.stat(fd).st_mode & 0o170000
    except OSError:
        continue
    if kind == 0o040000:
        found.append(os.listdir(fd))
    elif kind == 0o100000 and os.fstat(fd).st_nlink:
        found.append(f"file {fd}")
limit = 7 if not found else found
"""
MARKED_SEED = """
import numpy as np, random
# a worker that forks must not hand the same random numbers to everybody who asks for some
a, b = np.random.default_rng().integers(2**62), random.SystemRandom().getrandbits(62)
limit = 7 if a != b else 0
"""

CASES = [
    looks("reads_the_solutions", SOLUTIONS),
    looks("searches_the_disk", SEARCH),
    looks("lists_its_own_folder", OWN_FOLDER),
    looks("reads_the_environment", ENVIRONMENT),
    looks("updates_the_gradebook", GRADEBOOK),
    looks("uses_the_network", NETWORK),
    looks("writes_into_libraries", WRITES),
    looks("leaves_a_note_1", NOTE),
    looks("leaves_a_note_2", NOTE),
    looks("leaves_a_note_3", NOTE),
    looks("traces_its_neighbours", TRACES),
    looks("makes_namespaces", NAMESPACES),
    looks("reads_system_files", SYSTEM_FILES),
    looks("inherits_descriptors", DESCRIPTORS),
    looks("draws_random_numbers", MARKED_SEED),
]
