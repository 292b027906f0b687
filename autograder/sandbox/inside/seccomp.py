"""A filter over system calls, for good: it cannot be taken off again and holds for new threads.

Denied is what a computation never needs, a new process among it. The filter is a classic BPF
program as in Linux' Documentation/userspace-api/seccomp_filter.rst, assembled here because the
standard library has no name for it. Knows x86_64 and aarch64.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import re
import struct

_DENIED = """
    other processes:
        ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
        process_madvise 440 440, process_mrelease 448 448, kcmp 312 272, pidfd_open 434 434,
        pidfd_getfd 438 438, pidfd_send_signal 424 424, rt_sigqueueinfo 129 138,
        rt_tgsigqueueinfo 297 240, setpriority 141 140, ioprio_set 251 30,
        sched_setscheduler 144 119, sched_setparam 142 118, sched_setattr 314 274,
        migrate_pages 256 238, move_pages 279 239,
    new processes:
        fork 57 -, vfork 58 -, execve 59 221, execveat 322 281,
    the network, and sockets with a name:
        socket 41 198, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242,
        sendmsg 46 211, sendmmsg 307 269,
    file systems and namespaces:
        mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, move_mount 429 429,
        open_tree 428 428, fsopen 430 430, fsconfig 431 431, fsmount 432 432, fspick 433 433,
        mount_setattr 442 442, unshare 272 97, setns 308 268, quotactl 179 60, quotactl_fd 443 443,
        swapon 167 224, swapoff 168 225, name_to_handle_at 303 264, open_by_handle_at 304 265,
        fanotify_init 300 262, fanotify_mark 301 263, mknod 133 -, mknodat 259 33,
    memory that no limit on address space sees:
        memfd_create 319 279, memfd_secret 447 447, shmget 29 194, shmat 30 196, semget 64 190,
        msgget 68 186, mq_open 240 180, mq_unlink 241 181, mlock 149 228, mlock2 325 284,
        mlockall 151 230, mbind 237 235, set_mempolicy 238 237, set_mempolicy_home_node 450 450,
        remap_file_pages 216 234, vmsplice 278 75,
    parts of the kernel in which most holes were found:
        bpf 321 280, perf_event_open 298 241, userfaultfd 323 282, io_uring_setup 425 425,
        io_uring_enter 426 426, io_uring_register 427 427, io_setup 206 0, io_submit 209 2,
        keyctl 250 219, add_key 248 217, request_key 249 218, seccomp 317 277,
    what belongs to the machine:
        kexec_load 246 104, kexec_file_load 320 294, init_module 175 105, finit_module 313 273,
        delete_module 176 106, reboot 169 142, syslog 103 116, acct 163 89, vhangup 153 58,
        sethostname 170 161, setdomainname 171 162, settimeofday 164 170, clock_settime 227 112,
        clock_adjtime 305 266, adjtimex 159 171, personality 135 92, iopl 172 -, ioperm 173 -,
        modify_ldt 154 -, uselib 134 -, _sysctl 156 -, nfsservctl 180 42, lookup_dcookie 212 18,
    who this process is:
        setuid 105 146, setgid 106 144, setreuid 113 145, setregid 114 143, setresuid 117 147,
        setresgid 119 149, setgroups 116 159, setfsuid 122 151, setfsgid 123 152, capset 126 91,
"""
"""What a computation never needs: a name, its number on x86_64 and on aarch64 (-: has none)."""

_UNGUARDED = """
    chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, setxattr 188 5, lsetxattr 189 6,
    fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, truncate 76 45,
"""
"""What Landlock lets through, or does in some versions: denied where nothing else guards files."""

_IGNORED = """
    chmod 90 -, fchmod 91 52, fchmodat 268 53, utime 132 -, utimes 235 -, futimesat 261 -,
    utimensat 280 88,
"""
"""The same, but shutil.copy needs them to succeed: they do, and change nothing."""

_NEWEST = 450  # what came later must be met by a reader of this list before it is let through
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH_…
_X32 = 0x40000000  # numbers of the x32 interface, another way to the same system calls

_LOAD, _RETURN = 0x20, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_RET|BPF_K
_EQUAL, _ABOVE = 0x15, 0x25  # BPF_JMP|BPF_K with BPF_JEQ, BPF_JGT,
_AT_LEAST, _ANY_BIT = 0x35, 0x45  # BPF_JGE, BPF_JSET
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000  # SECCOMP_RET_…
_NUMBER, _ARCH = 0, 4  # where struct seccomp_data holds them

_THREAD = 0x00010000  # CLONE_THREAD
_NAMESPACES = 0x7E020080  # all CLONE_NEW…
_UNIX, _SIGKILL = 1, 9
_OWNERS = [8, 10, 15, 1024, 1026]  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY: signals
_TERMINALS = [0x5412, 0x541C, 0x8901, 0x8902]  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP
_HARMLESS = [3, 15, 16, 23, 39, 0x53564D41]  # prctl: dumpable?, name, bounding set?, no_new_privs?

_libc = ctypes.CDLL(None, use_errno=True)


def install(files: bool) -> None:
    """Put the filter over this thread and all that it starts. OSError where that is refused.

    files: also against changes of modes, owners and times, which Landlock lets through.
    """
    program = assemble(os.getpid(), files)
    held = ctypes.create_string_buffer(program, len(program))
    what = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))  # struct sock_fprog
    no_new_privs, set_seccomp, mode_filter = 38, 22, 2
    if _libc.prctl(no_new_privs, 1, 0, 0, 0) or _libc.prctl(set_seccomp, mode_filter, what, 0, 0):
        raise OSError(ctypes.get_errno(), "the filter over system calls was refused")


@functools.cache
def assemble(pid: int, files: bool, machine: str = "") -> bytes:
    """The program for the process `pid`. OSError for a machine whose numbers are not known."""
    machine = machine or platform.machine()
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no filter over system calls is known for {machine}")
    column, arch = _MACHINES[machine]
    asked = _asked(pid)
    denied = _numbers(_DENIED, column) + (_numbers(_UNGUARDED, column) if files else [])

    code = _Assembler()
    code.emit(_LOAD, _ARCH)
    code.jump(_EQUAL, arch, no="kill")
    code.emit(_LOAD, _NUMBER)
    if machine == "x86_64":
        code.jump(_AT_LEAST, _X32, yes="deny")
    code.jump(_ABOVE, _NEWEST, yes="unknown")
    code.jump(_EQUAL, 435, yes="unknown")  # clone3, whose flags no filter sees: libc takes clone
    for numbers, _ in asked:
        code.jump(_EQUAL, numbers[column], yes=f"ask {numbers[column]}")
    for number in denied:
        code.jump(_EQUAL, number, yes="deny")
    for number in _numbers(_IGNORED, column) if files else []:
        code.jump(_EQUAL, number, yes="ignore")
    code.emit(_RETURN, _ALLOW)
    code.mark("ignore").emit(_RETURN, _ERROR)
    code.mark("deny").emit(_RETURN, _ERROR | errno.EPERM)
    code.mark("unknown").emit(_RETURN, _ERROR | errno.ENOSYS)
    code.mark("kill").emit(_RETURN, _KILL)
    for numbers, instructions in asked:
        code.mark(f"ask {numbers[column]}")
        for instruction in instructions:
            code.emit(*instruction)
    return code.program()


def _numbers(table: str, column: int) -> list[int]:
    found = re.findall(r"\w+ (\S+) (\S+),", table)
    return [int(numbers[column]) for numbers in found if numbers[column] != "-"]


_Instruction = tuple[int, int, int, int]
_Rule = tuple[tuple[int, int], list[_Instruction]]


def _asked(pid: int) -> list[_Rule]:
    """System calls that are allowed with some arguments: their numbers and what decides."""
    denied = (_RETURN, _ERROR | errno.EPERM, 0, 0)
    allowed = (_RETURN, _ALLOW, 0, 0)
    killed = (_RETURN, _KILL, 0, 0)

    def only(argument: int, values: list[int]) -> list[_Instruction]:
        tests = [(_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
        return [_argument(argument), *tests, denied, allowed]

    def never(argument: int, values: list[int]) -> list[_Instruction]:
        tests = [(_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
        return [_argument(argument), *tests, allowed, denied]

    # The first process of a pid namespace is deaf to its own SIGKILL: what would have ended
    # anywhere else shall end here as well.
    own_end = [_argument(1), (_EQUAL, _SIGKILL, 0, 1), killed, allowed]
    signal = [_argument(0), (_EQUAL, pid, 1, 0), denied, *(own_end if pid == 1 else [allowed])]
    thread = [
        _argument(0),
        (_ANY_BIT, _NAMESPACES, 1, 0),
        (_ANY_BIT, _THREAD, 1, 0),
        denied,
        allowed,
    ]
    no_address = [_argument(4), (_EQUAL, 0, 0, 2), _argument(4, high=True), (_EQUAL, 0, 1, 0)]
    return [
        ((56, 220), thread),  # clone
        ((62, 129), signal),  # kill
        ((200, 130), signal),  # tkill
        ((234, 131), only(0, [pid])),  # tgkill
        ((302, 261), only(0, [0, pid])),  # prlimit64
        ((203, 122), only(0, [0, pid])),  # sched_setaffinity
        ((53, 199), only(0, [_UNIX])),  # socketpair, which asyncio wakes itself with
        ((44, 206), [*no_address, denied, allowed]),  # sendto
        ((157, 167), only(0, _HARMLESS)),  # prctl
        ((72, 25), never(1, _OWNERS)),  # fcntl
        ((16, 29), never(1, _TERMINALS)),  # ioctl
    ]


def _argument(index: int, high: bool = False) -> _Instruction:
    """Load half of an argument. Both machines keep the low half first."""
    return (_LOAD, 16 + 8 * index + 4 * high, 0, 0)


class _Assembler:
    """Collects instructions; jumps go forward to marks that are set later."""

    def __init__(self) -> None:
        self.code: list[tuple[int, int, str | int, str | int]] = []
        self.marks: dict[str, int] = {}

    def emit(self, operation: int, value: int, yes: int = 0, no: int = 0) -> None:
        self.code.append((operation, value, yes, no))

    def jump(self, operation: int, value: int, yes: str | int = 0, no: str | int = 0) -> None:
        self.code.append((operation, value, yes, no))

    def mark(self, name: str) -> _Assembler:
        self.marks[name] = len(self.code)
        return self

    def program(self) -> bytes:
        """Eight bytes an instruction: struct sock_filter."""
        return b"".join(
            struct.pack("HBBI", operation, self._way(yes, at), self._way(no, at), value)
            for at, (operation, value, yes, no) in enumerate(self.code)
        )

    def _way(self, target: str | int, at: int) -> int:
        return target if isinstance(target, int) else self.marks[target] - at - 1
