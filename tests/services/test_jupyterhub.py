"""The hub of docs/jupyterhub: started, two people come in, and a unit goes through the exchange.

Accounts and containers need root and an image, so whoever comes in is let in, and everybody's
server runs as this user. Needs what the Dockerfile installs besides the course: `pip install
jupyterhub`, and configurable-http-proxy from npm.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from conftest import ROOT

DOCS = ROOT / "docs" / "jupyterhub"
PROXY = shutil.which("configurable-http-proxy")
OURS = """
load_subconfig({config!r})
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.args = ["--allow-root"]
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
"""


def test_the_dockerfile_copies_what_is_there_and_no_solutions() -> None:
    text = (DOCS / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY")]
    names = [name for line in copied for name in line]
    assert len(names) > 5 and all((ROOT / name).exists() for name in names)
    assert not [name for name in names if name.startswith(("solutions", "notebooks", "."))]
    ignored = (DOCS / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"autograder/submitted", "autograder/gradebook.db*"} <= set(ignored)


def test_the_devcontainer_installs_what_make_knows() -> None:
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    command = told["postCreateCommand"].split()
    done = subprocess.run([command[0], "-n", *command[1:]], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr


def ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address, and the environment of whoever works in a terminal there."""
    (tmp_path / "exchange").mkdir(mode=0o777)
    public, hub, proxy = ports(3)
    config = tmp_path / "config.py"
    homes = str(tmp_path / "home" / "{username}")
    config.write_text(
        OURS.format(config=str(DOCS / "jupyterhub_config.py"), homes=homes, hub=hub, proxy=proxy)
    )
    environment = os.environ | {
        "HUB_ADDRESS": f"http://127.0.0.1:{public}",
        "NBGRADER_EXCHANGE": str(tmp_path / "exchange"),
        "JUPYTER_CONFIG_PATH": str(DOCS),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", config],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{public}", environment
        finally:
            server.terminate()
            server.wait(60)


def eventually(client: httpx.Client, path: str) -> httpx.Response:
    for _ in range(240):
        try:
            answer = client.get(path)
            if answer.status_code == 200 and "spawn-pending" not in str(answer.url):
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{path} does not come")


def come_in(address: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=address, follow_redirects=True, timeout=60)
    page = eventually(client, "/hub/login").text
    token = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert token
    form = {"username": name, "password": "x", "_xsrf": token[1]}
    client.post("/hub/login?next=%2Fhub%2Fspawn", data=form)
    eventually(client, f"/user/{name}/lab")
    own = [one.value for one in client.cookies.jar if one.name == "_xsrf" and name in one.path]
    client.headers["X-XSRFToken"] = own[0] or ""
    return client


@pytest.mark.skipif(
    PROXY is None or find_spec("jupyterhub") is None,
    reason="needs jupyterhub (pip) and configurable-http-proxy (npm)",
)
def test_two_people_share_the_exchange(
    hub: tuple[str, dict[str, str]], course: Path, tmp_path: Path
) -> None:
    address, environment = hub
    with closing(come_in(address, "ada")) as ada, closing(come_in(address, "ben")) as ben:
        listed = ada.get("/user/ada/assignments?course_id=lstm").json()
        assert listed == {"success": True, "value": []}
        # the teacher releases from a terminal, in a clone of the course
        clone = tmp_path / "clone"
        shutil.copytree(course, clone)
        for command in ("generate_assignment", "release_assignment"):
            done = subprocess.run(
                [sys.executable, "-m", "nbgrader", command, "02_forget_gate"],
                cwd=clone,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
        for name, client in (("ada", ada), ("ben", ben)):
            listed = client.get(f"/user/{name}/assignments?course_id=lstm").json()
            assert [one["assignment_id"] for one in listed["value"]] == ["02_forget_gate"]
            assert client.get(f"/user/{name}/lab").status_code == 200
        # nobody comes into another's server
        assert ben.get("/user/ada/api/contents").status_code in (403, 404)
