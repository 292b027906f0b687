"""The OpenAPI document of the service. Its verdicts are those of `autograder/schema.json`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from autograder.services.limits import KINDS

_SCHEMA = Path(__file__).parent.parent / "schema.json"


@cache
def document(size: int, longest_name: int) -> dict[str, Any]:
    """size: bytes that a notebook may have."""
    text = _SCHEMA.read_text(encoding="utf-8").replace("#/$defs/", "#/components/schemas/")
    verdict = json.loads(text)
    schemas = verdict.pop("$defs") | {"verdict": verdict, "state": _STATE, "error": _ERROR}
    verdict.pop("$schema")
    name = {
        "name": "name",
        "in": "query",
        "description": "what the verdict calls the notebook",
        "schema": {"type": "string", "maxLength": longest_name},
    }
    sent = {
        "required": True,
        "description": f"the notebook itself, of at most {size:,} bytes",
        "content": {kind: {} for kind in KINDS},
    }
    refused = {
        "400": _said("what was sent is not complete, or its name is too long"),
        "401": _said("the token is missing or wrong"),
        "403": _said("sent from another site's page"),
        "408": _said("the notebook did not come in time"),
        "413": _said("the notebook is too large"),
        "415": _said("not sent as a notebook"),
        "429": _later("too many submissions of this client, or too many wait"),
        "503": _said("nothing is graded any more"),
    }
    kept = {code: refused[code] for code in ("401", "403")} | {
        "404": _said("no such submission, or its verdict is no longer kept")
    }
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    taken = _answer("taken: ask where Location says", "state")
    taken["headers"] = {"Location": {"schema": {"type": "string"}}}
    paths: dict[str, Any] = {
        "/grade": {
            "post": {
                "operationId": "grade",
                "summary": "Grade a notebook and answer with its verdict",
                "parameters": [name],
                "requestBody": sent,
                "responses": {"200": _answer("the verdict", "verdict"), "202": taken} | refused,
            }
        },
        "/submissions": {
            "post": {
                "operationId": "submit",
                "summary": "Take a notebook, to be asked for by its id",
                "parameters": [name],
                "requestBody": sent,
                "responses": {"202": taken} | refused,
            }
        },
        "/submissions/{id}": {
            "get": {
                "operationId": "status",
                "summary": "How far a submission is, and its verdict once it is there",
                "parameters": [id],
                "responses": {"200": _answer("how far it is", "state")} | kept,
            }
        },
        "/submissions/{id}/events": {
            "get": {
                "operationId": "events",
                "summary": "The same as server-sent events: state, and at last verdict or problem",
                "parameters": [id],
                "responses": {
                    "200": {"description": "the events", "content": {"text/event-stream": {}}}
                }
                | kept,
            }
        },
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether it grades",
                "security": [],
                "responses": {
                    "200": {"description": "it does", "content": _HEALTH},
                    "503": {"description": "it does not", "content": _HEALTH},
                },
            }
        },
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "What it counts, for Prometheus",
                "responses": {
                    "200": {"description": "the counters", "content": {"text/plain": {}}},
                    "401": refused["401"],
                    "403": refused["403"],
                },
            }
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "The autograder", "version": "1"},
        "paths": paths,
        "security": [{}, {"token": []}],
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _ref(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _answer(description: str, name: str) -> dict[str, Any]:
    return {"description": description, "content": _ref(name)}


def _said(description: str) -> dict[str, Any]:
    return _answer(description, "error")


def _later(description: str) -> dict[str, Any]:
    seconds = {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
    return _said(description) | {"headers": {"Retry-After": seconds}}


_WHOLE = {"type": "integer", "minimum": 0}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {"error": {"type": "string", "description": "what was wrong, in one line"}},
}
_STATE = {
    "type": "object",
    "required": ["id", "state", "position", "seconds", "verdict"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "state": {"enum": ["waiting", "grading", "done"]},
        "position": {**_WHOLE, "description": "its place among those that wait, from 1; else 0"},
        "seconds": {**_WHOLE, "description": "until it is graded, as far as can be told"},
        "verdict": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/verdict"}]},
    },
}
_HEALTH = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["status", "isolation", "workers", "waiting", "grading"],
            "additionalProperties": False,
            "properties": {
                "status": {"type": "string", "description": "ok, or why nothing is graded"},
                "isolation": {"enum": ["namespaces", "landlock", "none"]},
                "workers": _WHOLE,
                "waiting": _WHOLE,
                "grading": _WHOLE,
            },
        }
    }
}
