"""The grader over HTTP under load: requests a second, waiting times, and a worker that is killed.

    .venv/bin/python benchmarks/serve_load.py [--clients 4] [--seconds 20] [--burst 1000]

Starts `autograder serve` on loopback with a worker for each core and sends it solved and unsolved
notebooks of unit 02. First clients that send one after the other, for --seconds each; then --burst
submissions at once, by id, while one worker process is killed: clients that are pushed back (429)
try again when they are told to. Counted are verdicts lost, and submissions graded twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from autograder.course import root

UNIT = "02_forget_gate"
HEADERS = {"Content-Type": "application/x-ipynb+json"}


def notebooks() -> list[bytes]:
    name = f"{UNIT}/{UNIT.partition('_')[2]}.ipynb"
    return [(root() / kind / name).read_bytes() for kind in ("solutions", "notebooks")]


def start(*more: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "autograder", "serve", "--port=0", "--rate=1e9", *more]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root())
    assert server.stderr is not None
    match = re.search(r"http://\S+/", server.stderr.readline())
    assert match
    return server, match[0]


def below(pid: int) -> dict[int, int]:
    """The processes below this one, each with its parent."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
    found: dict[int, int] = {}
    left = [pid]
    while left:
        of = left.pop()
        more = {child: parent for child, parent in parents.items() if parent == of}
        found |= more
        left += more
    return found


def workers(pid: int) -> list[int]:
    """The worker processes: children of the process that all of them were forked from."""
    tree = below(pid)
    first = [child for child, parent in tree.items() if parent == pid]
    forks = [one for one in first if "forkserver" in Path(f"/proc/{one}/cmdline").read_text()]
    return [child for child, parent in tree.items() if parent in forks]


def table(seconds: list[float], took: float) -> str:
    cuts = quantiles(seconds, n=100)
    return f"{len(seconds)} | {len(seconds) / took:.1f} | {cuts[49]:.3f} | {cuts[98]:.3f}"


async def steady(client: httpx.AsyncClient, clients: int, seconds: float) -> str:
    """Clients of which each sends its next notebook when it has the verdict on the last."""
    took: list[float] = []
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        while (began := time.monotonic()) < until:
            sent = notebooks()[number % 2]
            answer = await client.post("grade", content=sent, headers=HEADERS)
            assert answer.status_code == 200, answer.text
            took.append(time.monotonic() - began)
            number += 1

    began = time.monotonic()
    await asyncio.gather(*map(one, range(clients)))
    return table(took, time.monotonic() - began)


async def graded(client: httpx.AsyncClient) -> float:
    """How many verdicts the service has counted."""
    text = (await client.get("metrics")).text
    return sum(map(float, re.findall(r"^autograder_submissions_total{.*} (\S+)", text, re.M)))


async def burst(client: httpx.AsyncClient, count: int, server: int) -> str:
    """All at once; one worker is killed when a quarter of the verdicts are there."""
    took: list[float] = []
    found: dict[str, Any] = {}
    pushed_back = 0
    before = await graded(client)
    began = time.monotonic()

    async def one(number: int) -> None:
        nonlocal pushed_back
        sent = notebooks()[number % 2]
        while True:
            path = f"submissions?name=s{number}"
            answer = await client.post(path, content=sent, headers=HEADERS)
            if answer.status_code != 429:
                break
            pushed_back += 1
            await asyncio.sleep(int(answer.headers["Retry-After"]))
        assert answer.status_code == 202, answer.text
        while (told := (await client.get(f"submissions/{answer.json()['id']}")).json())[
            "state"
        ] != "done":
            await asyncio.sleep(max(0.5, told["seconds"] / 2))
        took.append(time.monotonic() - began)
        found[f"s{number}"] = told["verdict"]["submissions"][0]

    async def killer() -> None:
        while len(found) < count / 4:
            await asyncio.sleep(0.1)
        killed.append(workers(server)[0])
        os.kill(killed[0], signal.SIGKILL)

    killed: list[int] = []
    await asyncio.gather(killer(), *map(one, range(count)))
    right = [13.0, 0.0]
    wrong = [n for n in range(count) if found[f"s{n}"]["score"] != right[n % 2]]
    misnamed = [name for name, one in found.items() if one["path"] != name]
    twice = await graded(client) - before - count
    print(
        f"killed worker {len(killed)}; pushed back {pushed_back} times; lost {count - len(found)}"
    )
    print(f"wrong verdicts {len(wrong) + len(misnamed)}; graded twice {twice:g}")
    return table(took, time.monotonic() - began)


async def run(arguments: argparse.Namespace) -> None:
    server, address = start(f"--queue={arguments.queue}")
    limits = httpx.Limits(max_connections=None)
    try:
        async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
            await steady(client, 2, 3)  # until the workers are warm
            print("clients | verdicts | a second | p50, s | p99, s")
            for clients in arguments.clients:
                print(f"{clients} | {await steady(client, clients, arguments.seconds)}", flush=True)
            print(f"all at once | {await burst(client, arguments.burst, server.pid)}")
            health = (await client.get("health")).json()
            status = Path(f"/proc/{server.pid}/status").read_text()
            print("afterwards:", health, re.findall(r"VmHWM:\s+(.*)", status)[0], "at most")
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 8, 32])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--burst", type=int, default=1000)
    parser.add_argument("--queue", type=int, default=200)
    asyncio.run(run(parser.parse_args()))
