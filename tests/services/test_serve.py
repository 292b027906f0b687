"""The grader over HTTP: a real server on loopback, and whoever comes to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
import uvicorn
from conftest import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from in_browser import chromium, needs_chromium
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families
from small_course import MAX_SCORE, UNIT, make_course, submission

from autograder import cli
from autograder.batch import processes
from autograder.grading.grade import Job, limits
from autograder.services import desk as desks
from autograder.services import limits as service_limits
from autograder.services.app import Rules, application
from autograder.services.desk import Desk

SCHEMA = json.loads((ROOT / "autograder" / "schema.json").read_text(encoding="utf-8"))
NOTEBOOK = {"Content-Type": "application/x-ipynb+json"}
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("small"))


@contextlib.contextmanager
def command(course: Path, *arguments: str, **environment: str) -> Iterator[tuple[str, Any]]:
    """`autograder serve` in a process of its own: its address, and the process."""
    server = subprocess.Popen(
        [sys.executable, "-m", "autograder", "--course", course, "serve", "--port=0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        cwd=ROOT,
    )
    assert server.stderr is not None
    try:
        said = server.stderr.readline()
        match = re.search(r"http://[\d.]+:(\d+)", said)
        assert match, said
        yield f"http://127.0.0.1:{match[1]}", server
    finally:
        server.terminate()
        server.communicate(timeout=60)


@contextlib.contextmanager
def inside(
    course: Path, rules: Rules | None = None, workers: int = 2, most: int = 50
) -> Iterator[str]:
    """The same application in a thread of this process, for what a test has to reach into."""
    job = Job(course, limits(10))
    app = application(
        lambda metrics: Desk(job, workers, most, 100_000_000, metrics), rules or Rules(rate=1e6)
    )
    config = uvicorn.Config(app, port=0, http=service_limits.Protocol, log_level="error", ws="none")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served(small: Path) -> Iterator[str]:
    with command(small, "--rate=100000", "--max-size=1") as (address, _):
        yield address


def sent(notebook: Any) -> bytes:
    return json.dumps(notebook).encode()


def slow(seconds: float = 0.5) -> bytes:
    return sent(submission(before=f"import time\ntime.sleep({seconds})"))


def post(address: str, data: Any, **more: Any) -> httpx.Response:
    headers = NOTEBOOK | more.pop("headers", {})
    return httpx.post(f"{address}", content=data, headers=headers, timeout=120, **more)


def verdict(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found = answer.json()
    jsonschema.validate(found, SCHEMA)
    (one,) = found["submissions"]
    return one


def until_done(address: str, id: str) -> dict[str, Any]:
    for _ in range(600):
        told = httpx.get(f"{address}/submissions/{id}").json()
        if told["state"] == "done":
            return told["verdict"]["submissions"][0]
        time.sleep(0.1)
    raise AssertionError(f"{told} does not end")


# Verdicts


def test_a_notebook_gets_the_verdict_of_the_command(
    served: str, small: Path, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "homework.ipynb"
    file.write_bytes(sent(submission(total="def total(x, b):\n    return x.sum(axis=1)")))
    assert cli.main(["--course", str(small), "grade", "--json", str(file)]) == 0
    (by_command,) = json.loads(capsys.readouterr().out)["submissions"]
    by_service = verdict(post(f"{served}/grade?name=homework.ipynb", file.read_bytes()))
    shown = ("unit", "status", "score", "max_score", "messages")
    assert [by_service[key] for key in shown] == [by_command[key] for key in shown]
    assert [e["misconceptions"] for e in by_service["exercises"]] == [
        e["misconceptions"] for e in by_command["exercises"]
    ]
    assert by_service["path"] == "homework.ipynb"


def test_cases_are_drawn_anew_while_it_runs(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever asks often enough could learn the answers one by one."""
    stub = sent(submission(double="def double(x):\n    return x + 7"))

    def told(address: str) -> str:
        return verdict(post(f"{address}/grade", stub))["exercises"][0]["checks"][1]["message"]

    with inside(small, workers=1) as address:
        first = told(address)
        assert "expected" in first and told(address) == first
        monkeypatch.setattr(desks, "RENEW", 0.0)
        assert len({told(address) for _ in range(3)}) == 3


def test_long_work_by_id_tells_how_far_it_is(served: str) -> None:
    answers = [post(f"{served}/submissions", slow()) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {202}
    seen: list[tuple[str, Any]] = []
    address = served + answers[-1].headers["location"]
    with httpx.stream("GET", f"{address}/events", timeout=60) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                seen.append((kind, json.loads(line.removeprefix("data: "))))
    states = [told["state"] for kind, told in seen if kind == "state"]
    assert states[0] == "waiting" and states[-1] == "grading"
    assert seen[0][1]["position"] > 1
    assert seen[-1][0] == "verdict"
    assert seen[-1][1]["submissions"][0]["score"] == MAX_SCORE
    told = httpx.get(address).json()
    assert told["verdict"] == seen[-1][1] and told["state"] == "done"
    assert httpx.get(f"{served}/submissions/unknown").status_code == 404


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe" * 50, b"[" * 90_000, b"null", b'{"a": 1}'])
def test_what_is_no_notebook_is_told_so(served: str, data: bytes) -> None:
    found = verdict(post(f"{served}/grade?name=../../etc/x.ipynb%00", data))
    assert found["status"] == "invalid" and found["messages"]
    assert "/" not in found["path"]


# What is refused


def test_size_kind_and_origin(served: str) -> None:
    large = b" " * 1_000_001
    for data in (large, iter([large])):  # announced, and found out
        answer = post(f"{served}/grade", data)
        assert answer.status_code == 413 and "1,000,000" in answer.json()["error"]
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for data in (b"--x\r\nContent-Disposition: form-data; name", b"--x" * 1000):
        answer = post(f"{served}/grade", data, headers=form)
        assert answer.status_code == 415 and "as the body" in answer.json()["error"]
    assert post(f"{served}/grade", b"PK\x03\x04more").status_code == 415
    assert post(f"{served}/grade?name={'x' * 201}", b"{}").status_code == 400
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert post(f"{served}/grade", b"{}", headers=headers).status_code == 403
    assert verdict(post(f"{served}/grade", sent(submission())))["score"] == MAX_SCORE


def test_a_full_queue_pushes_back_and_loses_nothing(small: Path) -> None:
    with command(small, "--workers=1", "--queue=2") as (address, _):
        answers = [post(f"{address}/submissions", slow()) for _ in range(8)]
        taken = [answer for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 2 <= len(taken) <= 4 and len(taken) + len(refused) == 8
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        for answer in taken:
            assert until_done(address, answer.json()["id"])["score"] == MAX_SCORE


def test_a_client_has_its_rate(small: Path) -> None:
    with inside(small, Rules(rate=2)) as address:
        codes = [post(f"{address}/submissions", b"{}") for _ in range(3)]
        assert [answer.status_code for answer in codes] == [202, 202, 429]
        assert 1 <= int(codes[-1].headers["retry-after"]) <= 30


def test_the_token(small: Path, tmp_path: Path, capsys: Any) -> None:
    begin = ["--course", str(small), "serve", "--port=0"]
    assert cli.main([*begin, "--host=0.0.0.0"]) == 2
    assert "set a token" in capsys.readouterr().err
    file = tmp_path / "token"
    for text in ("short", ""):
        file.write_text(text)
        assert cli.main([*begin, "--token-file", str(file)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    with command(small, AUTOGRADER_TOKEN=TOKEN) as (address, _):
        for given in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}):
            assert post(f"{address}/grade", b"{}", headers=given).status_code == 401
            assert httpx.get(f"{address}/submissions/x", headers=given).status_code == 401
            assert httpx.get(f"{address}/metrics", headers=given).status_code == 401
        right = {"Authorization": f"Bearer {TOKEN}"}
        found = verdict(post(f"{address}/grade", sent(submission()), headers=right))
        assert found["score"] == MAX_SCORE
        for open_to_all in ("", "health", "openapi.json"):
            assert httpx.get(f"{address}/{open_to_all}").status_code == 200


def test_who_is_slow_is_let_go(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_limits, "HEAD", 0.5)
    monkeypatch.setattr(service_limits, "BODY", 0.5)
    with inside(small) as address:
        port = int(address.rpartition(":")[2])
        head = b"POST /grade HTTP/1.1\r\nHost: localhost\r\n"
        whole = head + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        for begun, answer in ((b"", b""), (head, b""), (whole, b"HTTP/1.1 408")):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
                client.sendall(begun)
                assert client.recv(1000).startswith(answer)  # and it ends
        # who hangs up leaves nothing behind
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(whole)
        assert verdict(post(f"{address}/grade", slow(2)))["score"] == MAX_SCORE


# What ends


def test_a_killed_worker_costs_time_alone(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    real = processes.Worker.give

    def give(self: Any, job: Any, task: Any) -> None:
        real(self, job, task)
        given.append(task[0])
        if len(given) == 10:
            os.kill(self.process.pid, signal.SIGKILL)

    monkeypatch.setattr(processes.Worker, "give", give)
    with inside(small) as address, ThreadPoolExecutor(40) as clients:
        notebook = sent(submission())
        names = [f"s{number}" for number in range(40)]
        answers = clients.map(lambda name: post(f"{address}/grade?name={name}", notebook), names)
        found = [verdict(answer) for answer in answers]
        assert [one["path"] for one in found] == names
        assert {one["score"] for one in found} == {MAX_SCORE}
        counted = metrics(address)["autograder_submissions_total"]
    assert counted == 40 and len(given) == 41  # the one that was lost, again, and no other twice


def test_a_worker_killed_while_cases_are_drawn_anew_loses_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    real = processes.Worker.give

    def give(self: Any, job: Any, task: Any) -> None:
        real(self, job, task)
        if not killed:
            killed.append(task[0])
            os.kill(self.process.pid, signal.SIGKILL)

    monkeypatch.setattr(processes.Worker, "give", give)
    monkeypatch.setattr(desks, "RENEW", 0.0)
    with inside(small, workers=1) as address:
        assert verdict(post(f"{address}/grade", sent(submission())))["score"] == MAX_SCORE
    assert killed == [1]


def test_who_waits_gets_a_verdict_when_the_service_is_stopped(small: Path) -> None:
    with command(small) as (address, server), ThreadPoolExecutor(1) as clients:
        answer = clients.submit(post, f"{address}/grade", slow(2))
        wait_for(lambda: httpx.get(f"{address}/health").json()["grading"])
        server.terminate()
        assert verdict(answer.result())["score"] == MAX_SCORE
        assert server.wait(60) in (0, -signal.SIGTERM)


def test_a_service_whose_engine_ends_says_so(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.Worker, "give", lambda self, job, task: 1 / 0)
    with inside(small) as address:
        answer = post(f"{address}/grade", b"{}")
        assert answer.status_code == 503 and "ZeroDivisionError" in answer.json()["error"]
        assert httpx.get(f"{address}/health").status_code == 503
        assert post(f"{address}/submissions", b"{}").status_code == 503


def test_verdicts_are_kept_for_a_while(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with inside(small) as address:
        ids = [post(f"{address}/submissions", b"{}").json()["id"] for _ in range(2)]
        for id in ids:
            until_done(address, id)
        monkeypatch.setattr(desks, "MOST_KEPT", desks.OVERHEAD + 1000)  # there is room for one
        codes = [httpx.get(f"{address}/submissions/{id}").status_code for id in ids]
        assert codes == [404, 200]
        monkeypatch.setattr(desks, "KEPT_FOR", 0.0)
        assert httpx.get(f"{address}/submissions/{ids[1]}").status_code == 404


def wait_for(what: Callable[[], Any]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


# What it says of itself


def metrics(address: str) -> dict[str, float]:
    text = httpx.get(f"{address}/metrics").text
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def test_health_and_metrics(served: str) -> None:
    before = metrics(served).get("autograder_submissions_total", 0)
    post(f"{served}/grade", b"{}")
    after = metrics(served)
    assert after["autograder_submissions_total"] == before + 1
    assert after["autograder_waiting"] == after["autograder_grading"] == 0
    for _ in range(3):  # paths that do not exist make no counters of their own
        httpx.get(f"{served}/{os.urandom(4).hex()}")
    assert 'path="other"' in httpx.get(f"{served}/metrics").text
    health = httpx.get(f"{served}/health").json()
    assert health["status"] == "ok" and health["isolation"] in ("namespaces", "landlock")


def test_the_service_is_what_its_document_says(served: str) -> None:
    schema = schemathesis.openapi.from_url(f"{served}/openapi.json")
    quick = settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seen = set()
    for each in schema.get_all_operations():
        operation = each.ok()

        @quick
        @given(case=operation.as_strategy())
        def conforms(case: Any) -> None:
            case.call_and_validate()

        conforms()
        seen.add(operation.label)
    assert {"POST /grade", "GET /submissions/{id}/events", "GET /metrics"} <= seen


@needs_chromium
def test_the_page_on_which_one_drops_a_notebook(small: Path, tmp_path: Path) -> None:
    evil = "raise ValueError('<img src=x onerror=document.title=1>')"
    wrong = submission(double="def double(x):\n    return x**2", after=evil)
    file = tmp_path / "homework.ipynb"
    file.write_bytes(sent(wrong))
    drop = """async ([text, name]) => {
        const held = new DataTransfer();
        held.items.add(new File([text], name));
        const event = new DragEvent("drop", { dataTransfer: held, bubbles: true });
        document.getElementById("drop").dispatchEvent(event);
    }"""
    with command(small, AUTOGRADER_TOKEN=TOKEN) as (address, _), chromium() as browser:
        page = browser.new_page()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda line: broken.append(line.text) if line.type == "error" else None)
        page.goto(address)
        page.set_input_files("#file", file)
        expect(page.get_by_role("status")).to_contain_text("not the token", timeout=60_000)
        broken.clear()  # the browser notes a 401
        page.get_by_label("Token").fill(TOKEN)
        page.evaluate(drop, [file.read_text(), "dropped <b>.ipynb"])
        expect(page.locator("#verdict h2").first).to_have_text(
            f"{UNIT}: {MAX_SCORE - 5:g} of {MAX_SCORE:g} points", timeout=60_000
        )
        expect(page.get_by_text("You square x: doubling is 2 * x.")).to_be_visible()
        expect(page.get_by_text("<img src=x onerror").first).to_be_visible()
        assert page.title() == "Grade a notebook" and page.locator("#verdict img").count() == 0
        page.evaluate(drop, ["{", "broken.ipynb"])
        expect(page.get_by_text("its JSON is broken")).to_be_visible(timeout=60_000)
        assert broken == []
