"""`autograder serve`: the application behind uvicorn."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
from argparse import Namespace
from pathlib import Path

import uvicorn

from autograder.course import Refused, root
from autograder.grading.grade import Job, limits
from autograder.services.app import Rules, application
from autograder.services.desk import Desk
from autograder.services.limits import Protocol
from autograder.services.metrics import Metrics

VARIABLE = "AUTOGRADER_TOKEN"
SHORTEST = 16  # characters of a token
GRACE = 30  # seconds that requests under way have when the service is stopped
MOST_CONNECTIONS = 4_000
SPARE = 200  # open files besides connections


def serve(arguments: Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises Refused where it may not be like this."""
    local = _is_loopback(arguments.host)
    token = _token(arguments.token_file)
    if not token and not local:
        raise Refused(
            f"whoever reaches {arguments.host} could use this: set a token (--token-file FILE, or "
            f"${VARIABLE}), or bind it to 127.0.0.1"
        )
    size = round(arguments.max_size * 1_000_000)
    rules = Rules(token, local, size, arguments.rate)
    job = Job(root(), limits(arguments.timeout, arguments.unsafe))

    def desk(metrics: Metrics) -> Desk:
        return Desk(
            job, arguments.workers, arguments.queue, _most_bytes(arguments.queue, size), metrics
        )

    config = uvicorn.Config(
        application(desk, rules),
        host=arguments.host,
        port=arguments.port,
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_connections(),
        timeout_graceful_shutdown=GRACE,
    )
    listening = config.bind_socket()
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config).run(sockets=[listening])
    return 0


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            host, port = listening.getsockname()[:2]
            host = f"[{host}]" if ":" in host else host
            print(f"serving at http://{host}:{port}/, Ctrl-C ends it", file=sys.stderr, flush=True)


def _most_bytes(queue: int, size: int) -> int:
    """Notebooks that wait are held in memory: 500 MB of them, or one that may be larger."""
    return max(size, min(queue * size, 500_000_000))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(file: Path | None) -> str:
    """The token, "" where there is none."""
    token = os.environ.get(VARIABLE, "").strip()
    where = f"${VARIABLE}"
    if file is not None:
        where = str(file)
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Refused(f"--token-file: {file} cannot be read ({error})") from None
        if not token:
            raise Refused(f"--token-file: {file} is empty")
    if token and (len(token) < SHORTEST or not token.isascii() or " " in token):
        raise Refused(
            f"the token in {where} is too easy to guess, or has spaces: `openssl rand -hex 32` "
            "makes a good one"
        )
    return token


def _connections() -> int:
    """How many connections there may be: each is an open file, and all of them may be waiting."""
    try:
        import resource
    except ImportError:  # Windows
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    else:
        most = wanted if soft == resource.RLIM_INFINITY else soft
    return max(10, min(MOST_CONNECTIONS, most - SPARE))
