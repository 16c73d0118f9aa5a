"""Structs to answers: JSON, compressed when it pays, with an ETag where the store's state decides."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import zstandard
from starlette.requests import Request
from starlette.responses import Response

from modeldb.server.http.errors import problem

JSON = "application/json"
WORTH_COMPRESSING = 1024
_encoder = msgspec.json.Encoder(enc_hook=lambda value: _encode_other(value), order=None)


def json_response(value: Any, *, status: int = 200, accept: str = "", etag: str | None = None) -> Response:
    """The JSON of a struct, in the encoding the client accepts."""
    body, encoding = compress(_encoder.encode(value), accept)
    headers = {"cache-control": "no-cache" if etag else "no-store", "vary": "accept-encoding"}
    if encoding:
        headers["content-encoding"] = encoding
    if etag:
        headers["etag"] = etag
    return Response(body, status, headers, media_type=JSON)


def problem_response(error: BaseException, *, headers: Mapping[str, str] | None = None) -> Response:
    status, body = problem(error)
    response = json_response(body, status=status)
    response.headers.update(headers or {})
    return response


def compress(body: bytes, accept: str) -> tuple[bytes, str | None]:
    """The body in the best encoding of an Accept-Encoding header, and that encoding's name."""
    if len(body) < WORTH_COMPRESSING:
        return body, None
    accepted = accepted_encodings(accept)
    if "zstd" in accepted:
        return zstandard.ZstdCompressor(level=3).compress(body), "zstd"
    if "gzip" in accepted:
        return gzip.compress(body, compresslevel=5, mtime=0), "gzip"
    return body, None


def accepted_encodings(accept: str) -> set[str]:
    """The encodings of an Accept-Encoding header, without those it excludes with `q=0`."""
    out = set()
    for part in accept.split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            out.add(name.strip().lower())
    return out


def unchanged(request: Request, etag: str) -> bool:
    """True when the client already has this state."""
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return etag.removeprefix("W/") in known


def plain(value: Any) -> Any:
    """A value as JSON can hold it: no infinities, no integers a browser would round, no bytes."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -(2**53) < value < 2**53 else str(value)
        case float():
            return value if math.isfinite(value) else None
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _encode_other(value: Any) -> Any:
    return plain(value)
