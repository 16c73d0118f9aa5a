"""Files as the script reads and writes them: known by the digest of their bytes."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xxhash

from modeldb.core.actions import FileSeen
from modeldb.core.ids import file_id

MAX_BYTES = 4 << 30
"""A larger file is known by its size and its first and last megabytes, and marked weak."""
_BLOCK = 1 << 20


def path_of(value: Any) -> str | None:
    """The local path or URL an argument names; None for an open buffer or anything else."""
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        return text if isinstance(text, str) and "\n" not in text and len(text) < 4_096 else None
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and hasattr(value, "read") and not name.startswith("<") else None


def seen(path: str) -> FileSeen | None:
    """The file at this path as it is now, or the URL it names; None when there is none."""
    if "://" in path:
        digest = xxhash.xxh3_128_hexdigest(("url:" + path).encode())
        return FileSeen(file_id(digest), without_credentials(path), None, digest, weak=True)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not os.path.isfile(path):
        return None
    try:
        digest = _digest(os.path.realpath(path), status.st_size, status.st_mtime_ns, status.st_ino)
    except OSError:
        return None
    return FileSeen(file_id(digest), os.path.abspath(path), status.st_size, digest, weak=status.st_size > MAX_BYTES)


MAX_FILES = 1_000


def named_in(held: Iterable[Any]) -> list[FileSeen]:
    """The files that these values name: paths, open files, and lists of paths."""
    paths: dict[str, None] = {}
    for value in held:
        members = value[:MAX_FILES] if isinstance(value, (list, tuple)) else [value]
        if members and isinstance(members[0], (str, os.PathLike)) and not _is_file(members[0]):
            continue
        for member in members:
            path = path_of(member)
            if path is not None and _is_file(path):
                paths[os.path.abspath(path)] = None
    found = [seen(path) for path in list(paths)[:MAX_FILES]]
    return [file for file in found if file is not None]


def _is_file(path: Any) -> bool:
    try:
        return os.path.isfile(path) and not str(path).endswith((".py", ".pyc", ".so"))
    except (ValueError, TypeError, OSError):
        return False


def logical_name(path: str) -> str:
    """What the file is called wherever the project lies: its path below the working directory, or its name."""
    try:
        return Path(path).resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return os.path.basename(path)


def without_credentials(url: str) -> str:
    """The URL without user, password and query, which may hold keys."""
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port:
        host += f":{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


@functools.lru_cache(maxsize=4096)
def _digest(path: str, size: int, mtime_ns: int, inode: int) -> str:
    """The digest of the bytes; the other arguments say when what was computed still holds."""
    hasher = xxhash.xxh3_128()
    with open(path, "rb") as file:
        if size > MAX_BYTES:
            hasher.update(size.to_bytes(8, "little"))
            hasher.update(file.read(_BLOCK))
            file.seek(-_BLOCK, os.SEEK_END)
        while block := file.read(_BLOCK):
            hasher.update(block)
    return hasher.hexdigest()
