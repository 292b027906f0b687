"""What a client may ask of the service: who it is, how often, how much, how slowly."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from autograder.services.desk import Desk

BODY = 60.0  # seconds that a body may take to come
HEAD = 10.0  # the same for what comes before it
MOST_CLIENTS = 10_000  # that are remembered
KINDS = ("application/x-ipynb+json", "application/json", "application/octet-stream")
LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Rate:
    """So many submissions a minute for each client, and as many at once."""

    def __init__(self, a_minute: float) -> None:
        self.a_minute = a_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Take one; seconds to wait where none is left, 0 where there was."""
        now = time.monotonic()
        left, then = self._left.pop(client, (self.a_minute, now))
        left = min(self.a_minute, left + (now - then) * self.a_minute / 60)
        taken = left >= 1
        self._left[client] = (left - taken, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if taken else (1 - left) * 60 / self.a_minute


def check_token(request: Request, token: str) -> None:
    """401 where the service has a token and the request not the same."""
    given = request.headers.get("authorization", "").partition(" ")
    right = given[0].lower() == "bearer" and hmac.compare_digest(
        given[2].strip().encode(), token.encode()
    )
    if token and not right:
        said = "this service wants its token: Authorization: Bearer …"
        raise HTTPException(401, said, {"WWW-Authenticate": "Bearer"})


def check_origin(request: Request, local: bool) -> None:
    """403 for what another web page sends from its reader's browser.

    local: the service is bound to loopback. No name but this computer's leads there then, unless
    somebody made one for it.
    """
    host = request.headers.get("host", "")
    if local and host.rpartition(":")[0] not in LOCAL and host not in LOCAL:
        raise HTTPException(403, f"this service is called {LOCAL[0]}")
    origin = request.headers.get("origin", "")
    if origin and origin.partition("://")[2] != host:
        raise HTTPException(403, "pages of other sites may not use this service")


def announced(request: Request, most: int) -> None:
    """415 or 413 for what the head of a request already tells."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        said = f"send the notebook itself as the body, with Content-Type: {KINDS[0]}"
        raise HTTPException(415, said)
    length = request.headers.get("content-length", "0")
    if len(length) > 20 or int(length) > most:
        raise _too_large(most)


@asynccontextmanager
async def body(request: Request, desk: Desk, most: int) -> AsyncIterator[bytes]:
    """What was sent, in bounded size and time; held by the desk until something goes wrong.

    Raises HTTPException, and what `Desk.hold` raises.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY):
            async for part in request.stream():
                if size + len(part) > most:
                    raise _too_large(most)
                desk.hold(len(part))
                size += len(part)
                parts.append(part)
        data = b"".join(parts)
        if data.startswith(b"PK\x03\x04"):
            raise HTTPException(415, "one notebook a request: unpack the archive")
        yield data
    except TimeoutError:
        desk.let_go(size)
        raise HTTPException(408, f"the notebook did not come within {BODY:g} s") from None
    except ClientDisconnect:
        desk.let_go(size)
        raise HTTPException(400, "the connection was closed before the notebook came") from None
    except BaseException:
        desk.let_go(size)
        raise


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"a notebook may have {most:,} bytes: clear its outputs")


class Protocol(H11Protocol):
    """uvicorn's, and a connection on which no request comes to its end of head is closed."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch: asyncio.TimerHandle | None = None
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch:
            self._watch.cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._answering() and self._watch:
            self._watch.cancel()
            self._watch = None
        elif not self._answering() and self._watch is None:
            self._watch = self.loop.call_later(HEAD, self._too_slow)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _too_slow(self) -> None:
        self._watch = None
        if not self._answering() and not self.transport.is_closing():
            self.transport.close()
