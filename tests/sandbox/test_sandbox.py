"""Strangers' code against the sandbox: every test asks from inside what could be done there.

The same hostile snippets run at each level that this machine offers, as whoever runs the tests and,
where that is root, as an ordinary user as well.
"""

import os
import platform
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_worker import ROOT, SECRET, Person, Worker, ordinary_user, place_for_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")

WAYS = {"namespaces": "namespaces by", "mixed": "landlock by", "landlock": "landlock alone"}
ARM = platform.machine() == "aarch64"  # the second of the numbers below
REFUSED = "PermissionError"


@pytest.fixture(scope="module", params=["me", "user"])
def person(request: pytest.FixtureRequest) -> Iterator[Person]:
    if request.param == "me":
        yield Person(sys.executable)
        return
    if os.getuid() != 0:
        pytest.skip("these tests are run by an ordinary user anyhow")
    with place_for_all() as place:
        user = ordinary_user(place)
        if isinstance(user, str):
            pytest.skip(user)
        yield user


@pytest.fixture(scope="module", params=list(WAYS))
def worker(request: pytest.FixtureRequest, person: Person) -> Iterator[Worker]:
    """A worker for each person and way; skips what this machine does not offer."""
    with place_for_all() as library:
        try:
            worker = Worker(person, WAYS[request.param], library)
        except LookupError as error:
            pytest.skip(str(error))
        yield worker
        worker.close()


def words(lines: list[str]) -> set[str]:
    return set(re.findall(r"\w+", " ".join(lines)))


def test_it_still_computes(worker):
    assert worker.run(
        """
        import asyncio, io, pathlib, tempfile
        import numpy as np
        import matplotlib; matplotlib.use("agg")
        import matplotlib.pyplot as plt
        from IPython.core.interactiveshell import InteractiveShell
        a = np.random.default_rng(0).normal(size=(200, 200))
        print(np.allclose(np.linalg.inv(a) @ a, np.eye(200)))
        figure, axis = plt.subplots(); axis.plot(a[0]); axis.set_title("α")
        data = io.BytesIO(); figure.savefig(data); print(len(data.getvalue()) > 5000)
        np.savez("work.npz", a=a); print(np.load("work.npz")["a"].shape)
        shell = InteractiveShell()
        print(shell.run_cell("x = 6 * 7").success, shell.user_ns["x"])
        print(asyncio.run(asyncio.sleep(0, "waited")))
        with tempfile.NamedTemporaryFile("w") as file: print(file.write("text"))
        pathlib.Path("~/at_home").expanduser().write_text("x"); print(os.listdir())
        """
    ) == ["True", "True", "(200, 200)", "True 42", "waited", "4", "['work.npz']"]


def test_threads_still_work(worker):
    assert worker.run(
        """
        import numpy as np
        from concurrent.futures import ThreadPoolExecutor
        a = np.ones((300, 300))
        with ThreadPoolExecutor(4) as pool:
            print(sum(pool.map(lambda k: float((a @ a * k)[0, 0]), range(4))))
        """
    ) == ["1800.0"]


def test_there_is_no_network(worker):
    out = worker.run(
        """
        kinds = [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, 17, 40]
        print([attempt(socket.socket, kind, socket.SOCK_STREAM) for kind in kinds])
        print(attempt(socket.create_connection, ("127.0.0.1", 80)))
        print(attempt(socket.socketpair, socket.AF_INET))
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        print(attempt(a.sendto, b"x", "\\0abstract"), attempt(a.connect, "\\0abstract"))
        print(attempt(a.bind, "\\0abstract"), attempt(a.sendmsg, [b"x"], [], 0, "\\0abstract"))
        print(attempt(a.send, b"x"), b.recv(1), attempt(socket.getaddrinfo, "example.org", 80))
        """
    )
    assert words(out[:-1]) == {REFUSED}
    assert out[-1] == "done b'x' gaierror"


def test_not_even_the_fork_server_has_a_network(worker):
    if not worker.bubblewrap:
        pytest.skip("Landlock holds for submissions alone")
    name = f"\0sandbox-{time.monotonic_ns()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(name)
        unix.listen()
        port = tcp.getsockname()[1]
        assert socket.create_connection(("127.0.0.1", port)).close() is None  # from here it can
        code = f"socket.create_connection(('127.0.0.1', {port}), 2) and 'connected'"
        assert worker.here(code) == "refused: Connection refused"
        code = f"socket.socket(socket.AF_UNIX).connect({name!r}) or 'connected'"
        assert worker.here(code) == "refused: Connection refused"


def test_no_other_process_can_be_signalled_or_traced(worker):
    victim = worker.start("time.sleep(1.5); print('unharmed')")
    out = worker.run(
        f"""
        import fcntl
        others = [{victim}, os.getppid(), -1, 0, 2] + ([] if os.getpid() == 1 else [1])
        print([attempt(os.kill, pid, 9) for pid in others])
        print([attempt(os.kill, pid, 0) for pid in others])
        print(attempt(os.setpriority, os.PRIO_USER, 0, 19), attempt(os.nice, 1))
        end, _ = os.pipe()
        print(attempt(fcntl.fcntl, end, fcntl.F_SETOWN, {victim}))
        buffer = ctypes.create_string_buffer(64)
        for pid in others:
            print(call({117 if ARM else 101}, 16, pid, 0, 0))  # ptrace: PTRACE_ATTACH
            print(call({270 if ARM else 310}, pid, buffer, 1, buffer, 1, 0))  # process_vm_readv
            print(call({240 if ARM else 297}, pid, pid, 9, buffer))  # rt_tgsigqueueinfo
            print(call({131 if ARM else 234}, pid, pid, 9))  # tgkill
            print(call({130 if ARM else 200}, pid, 9))  # tkill
            print(call(434, pid, 0))  # pidfd_open
        """
    )
    assert words(out) == {REFUSED, "EPERM"}
    assert worker.wait(victim) == ("unharmed", 0)


def test_no_other_process_can_be_seen(worker):
    out = worker.run("print(attempt(os.listdir, '/proc'), attempt(open, '/proc/self/environ'))")
    if worker.level == "namespaces":
        assert out == ["done FileNotFoundError"]
        assert worker.run("print(os.listdir('/proc'), os.getpid(), os.getppid())") == ["[] 1 0"]
    else:
        assert out == [f"{REFUSED} {REFUSED}"]


def test_namespaces_alone_keep_submissions_apart(worker):
    """What would hold by itself, were there a hole in the filter."""
    if worker.level != "namespaces":
        pytest.skip("this level has none")
    victim = worker.start("time.sleep(1); print('unharmed')", lock=False)
    code = f"print(os.getpid(), os.getppid(), [attempt(os.kill, pid, 9) for pid in (2, {victim})])"
    out, _ = worker.wait(worker.start(code, lock=False))
    assert out == "1 0 ['ProcessLookupError', 'ProcessLookupError']"
    assert worker.wait(victim) == ("unharmed", 0)


def test_it_starts_no_process(worker):
    out = worker.run(
        f"""
        import subprocess
        print(attempt(os.fork), attempt(os.posix_spawn, sys.executable, ["python"], {{}}))
        print(attempt(subprocess.run, [sys.executable, "-c", ""]), os.system("true") != 0)
        print(attempt(os.execv, sys.executable, ["python", "-c", "print('executed')"]))
        clone = {220 if ARM else 56}
        print(call(435, 0, 0), call(clone, 17, 0, 0, 0, 0), call(clone, 0x10000011, 0, 0, 0, 0))
        """
    )
    assert out == [f"{REFUSED} {REFUSED}", f"{REFUSED} True", REFUSED, "ENOSYS EPERM EPERM"]


def test_a_bomb_of_threads_is_capped(worker):
    if worker.is_root and "pids" not in worker.caps():
        pytest.skip("root's threads are not counted, and no control group may be made")
    error, count = worker.run(
        """
        stop = threading.Event()
        count = 0
        try:
            while count < 400:
                threading.Thread(target=stop.wait, daemon=True).start()
                count += 1
        except RuntimeError as error:
            print(error)
        print(count)
        stop.set()
        """
    )
    assert error == "can't start new thread"
    assert 8 <= int(count) < 150
    assert worker.run("print('next')") == ["next"]


def test_a_bomb_of_memory_ends_nobody_else(worker):
    other = worker.start("time.sleep(1); print('unharmed')")
    assert worker.run(
        f"""
        print(attempt(bytearray, 2**40))
        kept = []
        try:
            while True:
                kept.append(bytearray(20_000_000))
        except MemoryError:
            held = len(kept)
            del kept
        print("stopped", 5 <= held < 10)
        print(attempt(resource.setrlimit, resource.RLIMIT_AS, (2**40, 2**40)))
        print(call({279 if ARM else 319}, b"uncounted", 0))  # memfd_create
        """,
        memory=200_000_000,
    ) == ["MemoryError", "stopped True", "ValueError", "EPERM"]
    assert worker.wait(other) == ("unharmed", 0)


def test_rights_and_limits_do_not_come_back(worker):
    out = worker.run(
        """
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
            print(attempt(resource.setrlimit, kind, (resource.RLIM_INFINITY,) * 2) != "done")
        print(attempt(os.setuid, 0), attempt(os.setresuid, 0, 0, 0), attempt(os.setgroups, [0]))
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        held = (ctypes.c_uint32 * 6)()
        print(libc.capget(header, held), list(held))
        print(libc.prctl(39, 0, 0, 0, 0))  # PR_GET_NO_NEW_PRIVS
        print(libc.prctl(1, 0, 0, 0, 0), libc.prctl(36, 1, 0, 0, 0))  # PDEATHSIG, CHILD_SUBREAPER
        """
    )
    assert out[:3] == ["True"] * 3
    assert out[3:] == [f"{REFUSED} " * 2 + REFUSED, "0 [0, 0, 0, 0, 0, 0]", "1", "-1 -1"]


def test_files_are_capped(worker):
    out = worker.run(
        """
        try:
            with open("big", "wb") as file:
                for _ in range(100): file.write(bytes(100_000))
        except OSError as error: print(errno.errorcode[error.errno])
        print(os.path.getsize("big"))
        """,
        file=1_000_000,
    )
    assert out == ["EFBIG", "1000000"]
    out = worker.run(
        """
        held = []
        try:
            while len(held) < 1000: held.append(os.open("x", os.O_CREAT))
        except OSError as error: print(errno.errorcode[error.errno])
        print(len(held) < 64)
        """,
        files=64,
    )
    assert out == ["EMFILE", "True"]


def test_all_files_together_are_capped(worker):
    if worker.level != "namespaces":
        pytest.skip("on the disk only each file is capped")
    out = worker.run(
        """
        total = 0
        try:
            for folder in (".", os.environ["TMPDIR"], os.environ["HOME"], "/dev/shm") * 25:
                with open(f"{folder}/{total}", "wb", buffering=0) as file:
                    total += file.write(bytes(500_000))
        except OSError as error: print(errno.errorcode[error.errno])
        print(total)
        """,
        disk=4_000_000,
    )
    assert out[0] == "ENOSPC" and 3_000_000 < int(out[1]) < 4_100_000


def test_it_reads_nothing_but_python(worker):
    out = worker.run(
        f"""
        for path in ("/etc/shadow", "/etc/passwd", "/proc/1/environ", {str(ROOT / "README.md")!r}):
            print(attempt(open, path))
        for folder in ({str(ROOT / "solutions")!r}, "/etc", "/home", "/var"):
            print(attempt(os.listdir, folder))
        """
    )
    if worker.bubblewrap:
        assert not worker.here(f"os.path.exists({str(ROOT / 'solutions')!r})")
        out[5:6] = []  # /etc is there, with nothing in it but where shared libraries are
        assert words(out) <= {REFUSED, "FileNotFoundError"}
    else:
        assert words(out) == {REFUSED}


def test_what_is_mounted_is_little(worker):
    if not worker.bubblewrap:
        pytest.skip("Landlock hides no names")
    system = {"usr", "lib", "lib64", "lib32", "etc", "proc", "dev", "tmp", "box", "library"}
    python = {part.split("/")[1] for part in worker.environment["SANDBOX_READABLE"].split(":")}
    assert set(worker.here("os.listdir('/')")) <= system | python
    assert set(worker.here("os.listdir('/etc')")) <= {"ld.so.cache", "alternatives"}
    assert set(worker.here("os.listdir('/usr')")) <= {"lib", "lib64", "lib32", "local", "bin"}
    course = worker.here(f"os.path.exists({str(ROOT)!r}) and os.listdir({str(ROOT)!r})")
    inside = Path(sys.prefix).relative_to(ROOT).parts if ROOT in Path(sys.prefix).parents else ()
    assert not course or course == [inside[0]]


def test_the_environment_tells_nothing(worker):
    out = worker.run(
        f"""
        print({SECRET!r} in str(os.environ), "SECRET" in os.environ)
        print(sorted(os.environ))
        """
    )
    assert out[0] == "False False"
    known = {
        "HOME",
        "IPYTHONDIR",
        "LANG",
        "LC_CTYPE",
        "MPLBACKEND",
        "MPLCONFIGDIR",
        "OLDPWD",
        "PATH",
    }
    known |= {"NBGRADER_EXECUTION", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TMPDIR"}
    assert set(eval(out[1])) <= known | {"PYTHONUSERBASE"}


def test_one_submission_leaves_nothing_for_the_next(worker):
    spread = """
        places = [".", os.environ["TMPDIR"], os.environ["HOME"], "/dev/shm", "/tmp", "/box"]
        for place in places:
            attempt(lambda: open(os.path.join(place, "trace"), "w").write("of the first"))
        print([os.path.join(os.path.abspath(p), "trace") for p in places])
        time.sleep(%s)
        """
    first = worker.start(spread % 1.5)
    places = eval(worker.run(spread % 0)[0])
    out = worker.run(
        f"""
        time.sleep(0.3)
        for path in {places} + [p.replace(str(os.getpid()), "{first}") for p in {places}]:
            print(attempt(open, path))
        """
    )
    assert words(out) <= {REFUSED, "FileNotFoundError"}
    theirs = eval(worker.wait(first)[0])
    out = worker.run(f"for path in {theirs}: print(attempt(open, path))")
    assert words(out) <= {REFUSED, "FileNotFoundError"}


def test_what_a_submission_wrote_is_gone(worker):
    """However deep; and the fork server survives the removing."""
    deep = worker.start(
        """
        for _ in range(3000):
            os.mkdir("d"); os.chdir("d")
        print("deep")
        """
    )
    assert worker.wait(deep) == ("deep", 0)
    home = worker.environment["HOME"]
    assert not worker.here(f"[n for n in os.listdir({home!r}) if n.startswith('submission')]")


def test_it_changes_nothing_but_its_own_folder(worker):
    out = worker.run(
        f"""
        import numpy, inside
        folders = [os.path.dirname(numpy.__file__), os.path.dirname(inside.__file__)]
        folders += [os.path.dirname(os.__file__), "/", "/dev", "/usr/lib", "/lib", "/etc"]
        folders += [{str(ROOT)!r}, os.path.dirname(os.path.dirname(os.environ["HOME"])) or "/"]
        for folder in folders:
            print(attempt(open, os.path.join(folder, "new"), "w"))
            print(attempt(os.mkdir, os.path.join(folder, "new")))
        for path in (numpy.__file__, inside.__file__):
            print(attempt(open, path, "r+"), attempt(os.remove, path))
            print(attempt(os.truncate, path, 0))
            print(attempt(os.rename, path, "x"), attempt(os.chown, path, 1, 1))
            print(attempt(os.link, path, "y"))
            print(attempt(os.setxattr, path, "user.mark", b""))
            before = os.stat(path)
            attempt(os.chmod, path, 0o600), attempt(os.utime, path, (1, 1))
            if os.stat(path) != before: print("done")
        import shutil
        if attempt(shutil.copy, numpy.__file__, "copy") != "done": print("done")
        print(attempt(os.mkfifo, "pipe"), attempt(os.mknod, "device", 0o20600, os.makedev(1, 3)))
        """
    )
    assert words(out) <= {REFUSED, "FileNotFoundError", "OSError", "done"}
    assert not any(re.search("done", line) for line in out)
    assert worker.run("import numpy.fft; print('next')") == ["next"]


CALLS = [  # name, number on x86_64, on aarch64, arguments
    ("mount", 165, 40, "0, b'/', 0, 4096, 0"),
    ("umount2", 166, 39, "b'/proc', 2"),
    ("pivot_root", 155, 41, "b'/', b'/'"),
    ("chroot", 161, 51, "b'.'"),
    ("open_tree", 428, 428, "-100, b'/', 1"),
    ("fsopen", 430, 430, "b'tmpfs', 0"),
    ("unshare of user namespaces", 272, 97, "0x10000000"),
    ("setns", 308, 268, "0, 0"),
    ("bpf", 321, 280, "0, 0, 0"),
    ("keyctl", 250, 219, "0, -3, 0"),
    ("add_key", 248, 217, "b'user', b'k', b'v', 1, -3"),
    ("io_uring_setup", 425, 425, "1, ctypes.create_string_buffer(256)"),
    ("userfaultfd", 323, 282, "1"),
    ("perf_event_open", 298, 241, "0, 0, -1, -1, 0"),
    ("kexec_load", 246, 104, "0, 0, 0, 0"),
    ("finit_module", 313, 273, "0, b'', 0"),
    ("open_by_handle_at", 304, 265, "0, 0, 0"),
    ("process_madvise", 440, 440, "0, 0, 0, 0, 0"),
    ("ptrace of a parent", 101, 117, "0, 0, 0, 0"),
    ("shmget", 29, 194, "0, 1000, 0o1600"),
    ("personality", 135, 92, "0x0040000"),
    ("reboot", 169, 142, "0, 0, 0, 0"),
    ("seccomp", 317, 277, "1, 0, 0"),
]


def test_the_kernel_refuses_what_a_computation_never_needs(worker):
    out = worker.run(
        "\n".join(f"print(call({arm if ARM else x86}, {a}))" for _, x86, arm, a in CALLS)
    )
    refused = dict(zip((name for name, *_ in CALLS), out, strict=True))
    assert refused == dict.fromkeys(refused, "EPERM")
    assert worker.run("print(call(451, 0), call(462, 0), call(600, 0))") == [
        "ENOSYS " * 2 + "ENOSYS"
    ]


@pytest.mark.skipif(ARM, reason="x86 has these other doors to the kernel")
def test_no_other_door_leads_to_the_kernel(worker):
    assert worker.run("print(call(0x40000000 | 39), call(0x40000000 | 41, 2, 1, 0))") == [
        "EPERM EPERM"
    ]
    out, end = worker.wait(
        worker.start(
            """
            import mmap
            code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            code.write(bytes([0x53, 0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0x5B, 0xC3]))  # int 0x80: getpid
            start = ctypes.addressof(ctypes.c_char.from_buffer(code))
            print("before", flush=True)
            print(ctypes.CFUNCTYPE(ctypes.c_int)(start)())
            """
        )
    )
    assert (out, end) == ("before", -signal.SIGSYS)


def test_descriptors_of_the_fork_server_are_closed(worker):
    assert worker.here("os.get_inheritable(3)") is False  # it has one
    out = worker.run(
        """
        opened = [n for n in range(200) if attempt(os.fstat, n) == "done"]
        print(opened)
        """
    )
    assert out == ["[0, 1, 2]"]


def test_it_ends_when_it_is_told_to(worker):
    deaf = worker.start(
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Thread(target=time.sleep, args=(60,)).start()
        time.sleep(60)
        """
    )
    time.sleep(0.2)
    worker.signal(deaf, signal.SIGINT)
    worker.signal(deaf, signal.SIGKILL)
    assert worker.wait(deaf)[1] == -signal.SIGKILL

    hearing = worker.start(
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("ready", flush=True)
        try: time.sleep(60)
        except KeyboardInterrupt: print("interrupted")
        """
    )
    time.sleep(0.3)
    worker.signal(hearing, signal.SIGINT)
    assert worker.wait(hearing) == ("ready\ninterrupted", 0)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os.abort()", "ctypes.string_at(0)"])
def test_it_can_end_itself(worker, end):
    out, code = worker.wait(worker.start(f"print('before', flush=True); {end}; print('after')"))
    assert out == "before" and code < 0
    assert worker.run("print('next')") == ["next"]


def test_processor_time_is_capped(worker):
    _, code = worker.wait(worker.start("while True: pass", cpu=1))
    assert code in (-signal.SIGKILL, -signal.SIGXCPU)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_outlives_its_worker(person, way):
    with place_for_all() as library:
        try:
            worker = Worker(person, WAYS[way], library)
        except LookupError as error:
            pytest.skip(str(error))
        worker.start("signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)")
        worker.start("threading.Thread(target=time.sleep, args=(60,)).start(); time.sleep(60)")
        assert len(worker.left()) >= 3
        worker.close()
        until = time.monotonic() + 5
        while worker.left() and time.monotonic() < until:
            time.sleep(0.05)
        assert worker.left() == []
