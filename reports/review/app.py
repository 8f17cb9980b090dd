"""The page's server: answers this machine's browser, with the right token, and nobody else.

It binds to the loopback address and a free port. The token travels in the address's fragment, which browsers neither
send nor log, then in a header that no other site's form can set (a cookie would go to every port of this machine).
Host, Origin and Sec-Fetch-Site are checked against rebinding and cross-site requests; bodies are JSON only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assay.audit.errors import AssayError, OutputError
from assay.audit.parsing import parse_json
from assay.reports.review.log import ACTIONS, Decision

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from assay.reports.review.log import Log
    from assay.reports.review.queue import Queue

MOST_BYTES = 65_536
"""Longest body of a request."""


@cache
def part(name: str) -> str:
    """A file of the page: review.html, review.js or review.css."""
    return (files("assay.reports.review") / name).read_text("utf-8")


@cache
def policy() -> str:
    """The page's content security policy: its own script and style by hash, requests to itself, nothing else."""
    script, style = (
        base64.b64encode(hashlib.sha256(part(f"review.{kind}").encode()).digest()).decode() for kind in ("js", "css")
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def page() -> str:
    """The page, script and style within."""
    return part("review.html").replace("/*style*/", part("review.css")).replace("/*script*/", part("review.js"))


class Desk:
    """One reviewer's view of a queue and its log."""

    def __init__(self, queue: Queue, log: Log, reviewer: str) -> None:
        """Put them together."""
        self.queue, self.log, self.reviewer = queue, log, reviewer

    def summary(self) -> dict[str, Any]:
        """What there is, and how far it is done."""
        self.log.refresh()
        agree, both = self.log.agreement()
        return {
            "total": len(self.queue),
            "labels": list(self.queue.labels),
            "reviewer": self.reviewer,
            "counts": self.log.counts(self.reviewer),
            "agreement": {"agree": agree, "both": both},
            "codes": self.queue.lines["code"].unique(maintain_order=True).to_list(),
            "torn": self.log.torn,
        }

    def item(self, place: int) -> dict[str, Any]:
        """An item with what was said of it.

        Raises:
            IndexError: there is none of that number.
        """
        if not 0 <= place < len(self.queue):
            raise IndexError(place)
        said = self.log.of(self.queue.key(place))
        return self.queue.item(place) | {
            "decision": _shown(said.get(self.reviewer)),
            "others": [_shown(d) for name, d in sorted(said.items()) if name != self.reviewer],
        }

    def next(self, after: int, code: str = "") -> int:
        """The next item that the reviewer has not decided, of one rule if asked; -1 if there is none."""
        codes = self.queue.lines["code"].to_list()
        total = len(self.queue)
        for step in range(1, total + 1):
            place = (after + step) % total
            if codes[place].startswith(code) and not self.log.decided(self.queue.key(place), self.reviewer):
                return place
        return -1

    def decide(self, told: dict[str, Any]) -> dict[str, Any]:
        """Write a decision down.

        Raises:
            ValueError: it is none; the message says why.
            LookupError: the row is no longer what the page showed.
            OutputError: it could not be saved.
        """
        place, action, label = told.get("place"), told.get("action"), told.get("label")
        if type(place) is not int or not 0 <= place < len(self.queue):
            raise ValueError("no such item")
        if action not in ACTIONS:
            raise ValueError("no such action")
        if action == "relabel" and label not in self.queue.labels:
            raise ValueError("no such label")
        fingerprint, split, row = self.queue.key(place)
        content = self.queue.content_hash(place)
        if told.get("content_hash") != content or told.get("fingerprint") != fingerprint:
            raise LookupError("the page is out of date: load it again")
        new = label if action == "relabel" else None
        self.log.add(Decision(fingerprint, split, row, content, action, self.reviewer, new))
        return self.item(place)


def _shown(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"action": decision.action, "label": decision.label, "reviewer": decision.reviewer}


def build(desk: Desk, port: int, token: str) -> Callable[..., Awaitable[None]]:
    """The ASGI application, guarded.

    Args:
        desk: what it shows.
        port: the port that it is served on.
        token: what every request but the page's own must carry in ``X-Review-Token``.
    """
    from starlette.responses import PlainTextResponse  # noqa: PLC0415 - an extra

    inner = _routes(desk)
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await inner(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = refusal(scope, hosts, token)

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers()]
            await send(message)

        answer = PlainTextResponse(refused[1], refused[0]) if refused else inner
        await answer(scope, receive, with_headers)

    return guarded


def refusal(scope: Any, hosts: set[str], token: str) -> tuple[int, str] | None:
    """Why a request is not answered: status and words; None if it is."""
    from starlette.datastructures import Headers  # noqa: PLC0415 - an extra

    headers = Headers(scope=scope)
    post = scope["method"] not in {"GET", "HEAD"}
    if headers.getlist("host") not in [[host] for host in hosts]:
        return 421, "this host is not served"
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return 403, "cross-site request"
    origin = headers.get("origin")
    if (origin is not None and origin not in {f"http://{h}" for h in hosts}) or (post and origin is None):
        return 403, "request of another origin"
    if post and headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return 415, "JSON only"
    given = headers.get("x-review-token", "")
    if scope["path"] != "/" and not hmac.compare_digest(given.encode(), token.encode()):
        return 401, "open the address that the terminal printed"
    return None


def _headers() -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", policy().encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


def _routes(desk: Desk) -> Starlette:
    from starlette.applications import Starlette as App  # noqa: PLC0415 - an extra
    from starlette.responses import HTMLResponse, PlainTextResponse  # noqa: PLC0415 - an extra
    from starlette.routing import Route  # noqa: PLC0415 - an extra

    async def index(_: Request) -> Response:
        return HTMLResponse(page())

    async def summary(_: Request) -> Response:
        return await _answer(desk.summary)

    async def item(request: Request) -> Response:
        return await _answer(lambda: desk.item(int(request.path_params["place"])))

    async def following(request: Request) -> Response:
        after, code = request.query_params.get("after", "-1"), request.query_params.get("code", "")
        return await _answer(lambda: {"place": desk.next(int(after), code)})

    async def decide(request: Request) -> Response:
        told = await _body(request)
        if told is None:
            return PlainTextResponse(f"a JSON object of at most {MOST_BYTES:,} bytes is expected", 400)
        return await _answer(lambda: desk.decide(told))

    return App(
        routes=[
            Route("/", index),
            Route("/summary", summary),
            Route("/item/{place:int}", item),
            Route("/next", following),
            Route("/decide", decide, methods=["POST"]),
        ]
    )


async def _answer(work: Callable[[], Any]) -> Response:
    """The result as JSON, or the error as its status and words."""
    from starlette.concurrency import run_in_threadpool  # noqa: PLC0415 - an extra
    from starlette.responses import JSONResponse, PlainTextResponse  # noqa: PLC0415 - an extra

    try:
        return JSONResponse(await run_in_threadpool(work))
    except IndexError:
        return PlainTextResponse("no such item", 404)
    except LookupError as error:
        return PlainTextResponse(str(error), 409)
    except OutputError as error:
        return PlainTextResponse(str(error), 507)
    except (ValueError, AssayError) as error:
        return PlainTextResponse(str(error), 400)


async def _body(request: Request) -> dict[str, Any] | None:
    """The body as an object; None if it is none or too long."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > MOST_BYTES:
            return None
    try:
        told = parse_json(read)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
