"""The built pages of the visual interface, with an answer for every client-side address."""

from __future__ import annotations

import html
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from modeldb.server.http.respond import accepted_encodings, unchanged

BUILT = Path(__file__).parents[1] / "static"
COMPRESSED = (("zstd", ".zst"), ("br", ".br"), ("gzip", ".gz"))
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".woff2": "font/woff2",
         ".svg": "image/svg+xml", ".json": "application/json", ".wasm": "application/wasm"}  # fmt: skip

MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>ModelDB</title>
<h1>The pages are not built</h1>
<p>The server runs and answers under <a href="/api/v1/openapi.json">/api/v1</a>, but there is nothing in
<code>{directory}</code>.</p>
<p>From a checkout of the source, build the pages once:</p>
<pre>python web/build.py</pre>
<p>and reload. An installed package has them built; if you see this there, install it again.</p>
</html>"""


class Pages:
    """Serves files from one directory, precompressed where a compressed copy lies beside the file."""

    def __init__(self, directory: Path = BUILT) -> None:
        self.directory = directory.resolve()

    def answer(self, request: Request) -> Response:
        """The file at this address; the start page for an address the pages know themselves."""
        path = request.path_params.get("path", "")
        file = self.find(path)
        # A project may be named `churn.v2`: only the build's own places hold nothing but files.
        segments = path.split("/")
        if file is None and (segments[0] in ("assets", "..") or (len(segments) == 1 and "." in path)):
            return HTMLResponse("<!doctype html><title>Not found</title><p>There is no such file.", 404)
        file = file or self.find("index.html")
        if file is None:
            text = MISSING.format(directory=html.escape(str(self.directory)))
            return HTMLResponse(text, 503, {"cache-control": "no-store"})
        return self._send(request, file)

    def find(self, path: str) -> Path | None:
        """The file of this name, if it is one and lies in the directory."""
        if not path or "\0" in path or "\\" in path:
            return None
        file = (self.directory / path).resolve()
        if not file.is_relative_to(self.directory) or not file.is_file():
            return None
        return file

    def _send(self, request: Request, file: Path) -> Response:
        # The build names assets by their content, so they never change; everything else is asked for again.
        lasting = "assets" in file.relative_to(self.directory).parts
        stat = file.stat()
        etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        headers = {
            "cache-control": "public, max-age=31536000, immutable" if lasting else "no-cache",
            "vary": "accept-encoding",
            "etag": etag,
        }
        if unchanged(request, etag):
            return Response(status_code=304, headers=headers)
        media_type = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        accepted = accepted_encodings(request.headers.get("accept-encoding", ""))
        for encoding, suffix in COMPRESSED:
            beside = file.with_name(file.name + suffix)
            if encoding in accepted and beside.is_file():
                headers["content-encoding"] = encoding
                return FileResponse(beside, headers=headers, media_type=media_type)
        return FileResponse(file, headers=headers, media_type=media_type)
