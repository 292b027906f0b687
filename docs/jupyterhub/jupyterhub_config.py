"""JupyterHub for a class, with nbgrader's exchange in one folder that everybody shares.

Whoever has an account on this machine (or in the container of the Dockerfile beside this file) and
is in the group `students` or `teachers` may come in. Put a proxy with TLS in front of it.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - given by whoever loads this file

c.JupyterHub.bind_url = os.environ.get("HUB_ADDRESS", "http://127.0.0.1:8000")
c.LocalAuthenticator.allowed_groups = {"students", "teachers"}
c.LocalAuthenticator.admin_groups = {"teachers"}

c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = 120  # the first start on a busy machine
# What every notebook server reads before its owner's own: where the exchange is.
here = os.environ.get("HUB_FOLDER", str(Path(__file__).resolve().parent))
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": here,
    "NBGRADER_EXCHANGE": os.environ.get("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange"),
    "OPENBLAS_NUM_THREADS": "1",  # many learners share few cores
}
c.JupyterHub.active_server_limit = int(os.environ.get("HUB_MOST_SERVERS", "100"))
