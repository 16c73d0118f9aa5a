"""The cells of columns that hold Python objects: typed bytes back to values, and to what people read.

The typed bytes are those identity is taken over (`docs/identity.md`). Only values that say all of themselves there
come back: texts, numbers, truth values and lists and mappings of these.
"""

from __future__ import annotations

import struct
from typing import Any

from modeldb.errors import NotCapturable

_COUNT = struct.Struct("<Q")
_DOUBLE = struct.Struct("<d")


def value(cell: bytes) -> Any:
    """The Python value of one cell. Raises NotCapturable for a kind of object that cannot be made again."""
    found, end = _value(memoryview(cell), 0)
    if end != len(cell):
        raise NotCapturable(f"A cell of {len(cell)} bytes ends after {end}.")
    return found


def shown(cell: bytes) -> str | None:
    """One cell as text."""
    try:
        found = value(cell)
    except (NotCapturable, struct.error, UnicodeDecodeError):
        return repr(cell)
    return None if found is None else str(found)


def _value(data: memoryview, at: int) -> tuple[Any, int]:
    tag, at = bytes(data[at : at + 1]), at + 1
    match tag:
        case b"n":
            return None, at
        case b"t" | b"f":
            return tag == b"t", at
        case b"x":
            return _DOUBLE.unpack_from(data, at)[0], at + 8
        case b"i" | b"s" | b"b":
            (size,) = _COUNT.unpack_from(data, at)
            at += 8
            content = bytes(data[at : at + size])
            return _plain(tag, content), at + size
        case b"l":
            (count,) = _COUNT.unpack_from(data, at)
            at += 8
            items = []
            for _ in range(count):
                item, at = _value(data, at)
                items.append(item)
            return items, at
        case b"m":
            (count,) = _COUNT.unpack_from(data, at)
            at += 8
            mapping = {}
            for _ in range(count):
                key, at = _value(data, at)
                mapping[key], at = _value(data, at)
            return mapping, at
    raise NotCapturable(f"A cell holds an object of the kind {tag!r}, which cannot be made again.")


def _plain(tag: bytes, content: bytes) -> Any:
    if tag == b"i":
        return int(content)
    return content.decode("utf-8", "surrogatepass") if tag == b"s" else content
