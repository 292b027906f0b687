"""What the service counts, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autograder.grading.verdict import SubmissionReport

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Metrics:
    """The counters of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        here: dict[str, Any] = {"registry": self.registry}
        name, text = "autograder_submissions", "Submissions with a verdict, by its status"
        self.submissions = Counter(name, text, ["status"], **here)
        name, text = "autograder_grading_seconds", "How long grading one submission took"
        self.grading = Histogram(name, text, buckets=SECONDS, **here)
        name, text = "autograder_http_requests", "Requests that were answered"
        self.requests = Counter(name, text, ["method", "path", "code"], **here)
        name, text = "autograder_http_seconds", "From a request to its answer"
        self.answering = Histogram(name, text, ["path"], buckets=SECONDS, **here)

    def __call__(self, report: SubmissionReport) -> None:
        """Count a verdict."""
        self.submissions.labels(report.status).inc()
        self.grading.observe(report.seconds)

    def watch(self, desk: Any) -> None:
        """Tell, whenever asked, what waits at this desk."""
        for what, text in (
            ("waiting", "Submissions that wait for a worker"),
            ("grading", "Submissions that are being graded"),
        ):
            gauge = Gauge(f"autograder_{what}", text, registry=self.registry)
            gauge.set_function(partial(getattr, desk, what))


class Watched:
    """Counts requests by route and code, and gives every answer what keeps a browser safe."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[Route]) -> None:
        self.app, self.metrics, self.routes = app, metrics, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, path = time.monotonic(), self._path(scope)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD") else "other"
                self.metrics.requests.labels(method, path, str(message["status"])).inc()
                self.metrics.answering.labels(path).observe(time.monotonic() - began)
            await send(message)

        await self.app(scope, receive, watched)

    def _path(self, scope: Scope) -> str:
        """The route and not what was asked for, of which there is no end."""
        for route in self.routes:
            if route.matches(scope)[0] != Match.NONE:
                return route.path
        return "other"
