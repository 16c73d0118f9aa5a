"""Who may ask: Host, Origin and token checks, and the headers that protect the page.

A store on one's own machine is reachable by every page one visits. So the server answers only to names it knows
(against DNS rebinding), refuses requests other sites make, and takes changes only with a token that a page elsewhere
cannot know.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modeldb.server.http.errors import HTTPError
from modeldb.server.http.respond import problem_response

API = "/api/"
OPEN = ("/api/v1/healthz",)
SAFE = ("GET", "HEAD", "OPTIONS")
ASKS = ("/api/v1/query",)
"""Paths that read although they are posted to."""

HEADERS = {
    "content-security-policy": "; ".join(
        (
            "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
            "font-src 'self'", "connect-src 'self'", "worker-src 'self'", "object-src 'none'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """What a server demands of a request."""

    token: str
    hosts: frozenset[str] | None
    """Host headers that are answered, with the port; None answers to any, for servers behind a name."""
    protect_reads: bool = False
    """True when reading needs the token as well."""


def local_hosts(port: int) -> frozenset[str]:
    """The names a server on this machine goes by."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


class Guard:
    """ASGI middleware that applies a policy and adds the protecting headers to every answer."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["modeldb.can_change"] = has_token(scope, self.policy)

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = refuse(scope, self.policy)
        if refusal is not None:
            await problem_response(refusal)(scope, receive, send_protected)
        else:
            await self.app(scope, receive, send_protected)


def refuse(scope: Scope, policy: Policy) -> HTTPError | None:
    """Why this request is not answered; None when it is."""
    headers = Headers(scope=scope)
    host, path, method = headers.get("host", ""), scope["path"], scope["method"]
    if policy.hosts is not None and host.lower() not in policy.hosts:
        return HTTPError(403, "unknown_host", f"This server does not go by the name {host[:100]!r}.",
                         "Open the address that `modeldb ui` printed.")  # fmt: skip
    if not _same_origin(headers, host, path):
        return HTTPError(403, "other_origin", "Requests from other sites are refused.",
                         "Open the address that `modeldb ui` printed.")  # fmt: skip
    if not path.startswith(API) or path in OPEN or scope["modeldb.can_change"]:
        return None
    if policy.protect_reads:
        return HTTPError(401, "token_needed", "This server needs its token for reading.",
                         "Open the address with `#token=` that the server printed.")  # fmt: skip
    if method not in SAFE and path not in ASKS:
        return HTTPError(401, "token_needed", "Changes need the server's token.",
                         "Open the address with `#token=` that `modeldb ui` printed.")  # fmt: skip
    return None


def has_token(scope: Scope, policy: Policy) -> bool:
    """True when the request carries the token, in a header or, for event streams, in the query."""
    headers = Headers(scope=scope)
    offered = [headers.get("x-modeldb-token", "")]
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        offered.append(value.strip())
    if scope["path"].endswith("/events"):
        offered += parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
    return any(hmac.compare_digest(text.encode(), policy.token.encode()) for text in offered)


def _same_origin(headers: Headers, host: str, path: str) -> bool:
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
        return False
    # A link on another site may lead to the pages, but nothing elsewhere may call the interface.
    return headers.get("sec-fetch-site") not in ("cross-site", "same-site") or not path.startswith(API)
