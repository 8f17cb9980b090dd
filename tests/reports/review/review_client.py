"""A running review page, and a client that speaks to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager


class Served:
    """A running page and a client with its token."""

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.port, self.token = int(address.split(":")[2].split("/")[0]), address.split("#")[1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def request(self, method, path, headers=None, body=None, host=None, *, token=True):
        made = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        made.putrequest(method, path, skip_host=True)
        made.putheader("Host", host or f"127.0.0.1:{self.port}")
        told = {"X-Review-Token": self.token} if token else {}
        if method == "POST":
            told |= {"Origin": self.origin, "Content-Type": "application/json"}
        for name, value in (told | (headers or {})).items():
            if value is not None:
                made.putheader(name, value)
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            made.putheader("Content-Length", str(len(body)))
        made.endheaders(body)
        answer = made.getresponse()
        read = answer.read().decode()
        made.close()
        return answer.status, dict(answer.getheaders()), read

    def get(self, path):
        status, _, body = self.request("GET", path)
        assert status == 200, body
        return json.loads(body)

    def decide(self, place, action, **more):
        item = self.get(f"/item/{place}")
        told = {"place": place, "fingerprint": item["fingerprint"], "content_hash": item["content_hash"]}
        return self.request("POST", "/decide", body=told | {"action": action} | more)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(folder, *more):
    process = subprocess.Popen(
        [sys.executable, "-m", "assay.reports.cli", "review", "audit", "--no-browser", "-q", *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()
