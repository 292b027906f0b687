"""The grader over HTTP: a notebook comes in, its verdict goes out (`autograder/schema.json`).

`POST /grade` answers with the verdict. `POST /submissions` answers with an id at once;
`GET /submissions/{id}` tells how far it is, `GET /submissions/{id}/events` goes on telling.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from autograder.cells import shown
from autograder.services.desk import Closed, Desk, Full, Ticket
from autograder.services.limits import Rate, announced, body, check_origin, check_token
from autograder.services.metrics import Metrics, Watched
from autograder.services.openapi import document

PATIENCE = 50.0  # seconds that POST /grade waits for a verdict; many proxies wait for 60
TICK = 0.5  # seconds between two looks at what is to be told
SILENCE = 15.0  # seconds after which a stream says that it is still there
LONGEST_NAME = 200
PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Rules:
    """token: "" where none is wanted. local: the service is bound to loopback. size: bytes that a
    notebook may have. rate: submissions a minute and client."""

    token: str = ""
    local: bool = True
    size: int = 10_000_000
    rate: float = 120.0


def application(make_desk: Callable[[Metrics], Desk], rules: Rules) -> Starlette:
    """The ASGI application. make_desk: called once, and opened when the application starts."""
    metrics = Metrics()
    service = _Service(make_desk(metrics), rules, metrics)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        service.desk.open()
        yield
        await asyncio.to_thread(service.desk.close)

    routes = [
        Route("/", service.page),
        Route("/grade", service.grade, methods=["POST"]),
        Route("/submissions", service.submit, methods=["POST"]),
        Route("/submissions/{id}", service.status),
        Route("/submissions/{id}/events", service.events),
        Route("/health", service.health),
        Route("/metrics", service.metrics_text),
        Route("/openapi.json", service.openapi),
    ]
    handlers: Any = {HTTPException: _error, Exception: _fault}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    app.add_middleware(Watched, metrics=metrics, routes=routes)
    return app


async def _error(request: Request, error: HTTPException) -> Response:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _fault(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "the service made a mistake; its log says more"}, 500)


class _Service:
    def __init__(self, desk: Desk, rules: Rules, metrics: Metrics) -> None:
        self.desk, self.rules, self.metrics = desk, rules, metrics
        self.rate = Rate(rules.rate)
        metrics.watch(desk)
        parts = re.findall(r"<(style|script)>(.*?)</\1>", PAGE, re.S)
        hashes = {kind: _hash(text) for kind, text in parts}
        self.policy = (
            f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']}; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    # What is open to all

    async def page(self, request: Request) -> Response:
        text = PAGE.replace("data-token=no", f"data-token={'yes' if self.rules.token else 'no'}")
        return HTMLResponse(text, headers={"Content-Security-Policy": self.policy})

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(document(self.rules.size, LONGEST_NAME))

    async def health(self, request: Request) -> Response:
        desk = self.desk
        told = {
            "status": desk.problem or "ok",
            "isolation": desk.level,
            "workers": desk.workers,
            "waiting": desk.waiting,
            "grading": desk.grading,
        }
        return JSONResponse(told, 503 if desk.problem else 200)

    # What needs the token

    async def grade(self, request: Request) -> Response:
        ticket = await self._taken(request)
        try:
            await asyncio.wait_for(ticket.done.wait(), PATIENCE)
        except TimeoutError:
            return self._told(ticket, 202)
        if not ticket.verdict:
            raise HTTPException(503, self.desk.problem)
        return Response(ticket.verdict, media_type="application/json")

    async def submit(self, request: Request) -> Response:
        return self._told(await self._taken(request), 202)

    async def status(self, request: Request) -> Response:
        return self._told(self._asked_for(request), 200)

    async def events(self, request: Request) -> Response:
        ticket = self._asked_for(request)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(ticket), 200, headers, "text/event-stream")

    async def metrics_text(self, request: Request) -> Response:
        self._check(request)
        text = generate_latest(self.metrics.registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _check(self, request: Request) -> None:
        check_origin(request, self.rules.local and not self.rules.token)
        check_token(request, self.rules.token)

    async def _taken(self, request: Request) -> Ticket:
        """A ticket for what the request brings. What is refused anyway is not read before."""
        self._check(request)
        name = request.query_params.get("name", "")
        if len(name) > LONGEST_NAME:
            raise HTTPException(400, f"a name may have {LONGEST_NAME} characters")
        wait = self.rate.wait(request.client.host if request.client else "")
        if wait:
            seconds = str(max(1, round(wait)))
            said = f"{self.rules.rate:g} submissions a minute are graded for each client"
            raise HTTPException(429, said, {"Retry-After": seconds})
        announced(request, self.rules.size)
        name = shown(PurePosixPath(name.replace("\\", "/")).name, LONGEST_NAME)
        try:
            self.desk.hold(0)  # so that what there is no room for is not read
            async with body(request, self.desk, self.rules.size) as data:
                return self.desk.submit(name or "notebook.ipynb", data)
        except Full as error:
            raise HTTPException(429, str(error), {"Retry-After": str(error.seconds)}) from None
        except Closed as error:
            raise HTTPException(503, str(error)) from None

    def _asked_for(self, request: Request) -> Ticket:
        self._check(request)
        ticket = self.desk.find(request.path_params["id"])
        if ticket is None:
            said = "there is no such submission, or its verdict is no longer kept"
            raise HTTPException(404, said)
        return ticket

    def _told(self, ticket: Ticket, code: int) -> Response:
        headers = {"Cache-Control": "no-store"}
        if code == 202:
            headers["Location"] = f"/submissions/{ticket.id}"
        verdict = json.loads(ticket.verdict) if ticket.verdict else None
        return JSONResponse(self._state(ticket) | {"verdict": verdict}, code, headers)

    def _state(self, ticket: Ticket) -> dict[str, Any]:
        position = self.desk.position(ticket)
        seconds = 0 if ticket.state == "done" else self.desk.wait_for(position)
        return {"id": ticket.id, "state": ticket.state, "position": position, "seconds": seconds}

    async def _stream(self, ticket: Ticket) -> AsyncIterator[str]:
        """Server-sent events: `state` whenever it changes, at last `verdict` or `problem`."""
        before, silent = None, 0.0
        while not ticket.done.is_set():
            state = self._state(ticket)
            if (state["state"], state["position"]) != before:
                before, silent = (state["state"], state["position"]), 0.0
                yield f"event: state\ndata: {json.dumps(state)}\n\n"
            elif silent >= SILENCE:
                silent = 0.0
                yield ": still here\n\n"
            try:
                await asyncio.wait_for(ticket.done.wait(), TICK)
            except TimeoutError:
                silent += TICK
        if ticket.verdict:
            yield f"event: verdict\ndata: {ticket.verdict.decode()}\n\n"
        else:
            yield f"event: problem\ndata: {json.dumps({'error': self.desk.problem})}\n\n"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
