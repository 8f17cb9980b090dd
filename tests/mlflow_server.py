"""A real MLflow server for tests, on the loopback interface, stopped by its process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

NEEDS = ("mlflow", "flask", "sqlalchemy", "alembic", "graphene", "huey", "aiohttp", "fastapi", "uvicorn")
PATIENCE = 120


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def mlflow_server(folder):
    """URI of a server that keeps its data in ``folder``; the test is skipped where one cannot run."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        pytest.skip(f"no MLflow server on this machine: {', '.join(missing)} not installed")
    port = _free_port()
    told = ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", str(folder / "art")]
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen([sys.executable, "-m", "mlflow", "server", *told, *place], stdout=log, stderr=log,
                              env={**os.environ, **quiet}, start_new_session=True)  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # its workers are in its own group
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def _wait(address, server, log):
    opener, end = build_opener(ProxyHandler({})), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with opener.open(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"the MLflow server did not start: {log.read_text(errors='replace')[-2000:]}")
