"""How a model is put together again: its skeleton and, in order, the parts that hold its buffers."""

from __future__ import annotations

import json
import struct

import msgspec

from modeldb.errors import StoreDamaged, StoreTooNew

_HEAD = struct.Struct("<4sBBHIQ")
_PART = struct.Struct("<16sIQ")
_MAGIC = b"MDBM"
_VERSION = 1


class PartRef(msgspec.Struct, frozen=True):
    """A part of a model by its digest."""

    digest: bytes
    buffers: int
    """How many consecutive buffers of the pickle the part gathers; 0 when it is one buffer as it is."""
    raw: int
    """Bytes of the decoded part."""


class Manifest(msgspec.Struct, frozen=True):
    """Everything needed to find and join the parts of one model."""

    type_name: str
    size_bytes: int
    """What a plain pickle of the model would take."""
    by_value: bool
    skeleton: bytes
    """The pickle without its large buffers."""
    parts: tuple[PartRef, ...]


def encode(manifest: Manifest) -> bytes:
    """Canonical bytes: equal models have equal manifests."""
    about = json.dumps(
        {"type": manifest.type_name, "size": manifest.size_bytes}, sort_keys=True, separators=(",", ":")
    ).encode()
    head = _HEAD.pack(_MAGIC, _VERSION, manifest.by_value, len(about), len(manifest.parts), len(manifest.skeleton))
    parts = b"".join([_PART.pack(part.digest, part.buffers, part.raw) for part in manifest.parts])
    return head + about + parts + manifest.skeleton


def decode(data: bytes) -> Manifest:
    """The manifest these bytes say.

    Raises StoreDamaged when they are none and StoreTooNew when a later version wrote them.
    """
    try:
        magic, version, by_value, n_about, n_parts, n_skeleton = _HEAD.unpack_from(data)
        if magic != _MAGIC or not version:
            raise ValueError(f"begins with {magic!r}, version {version}")
        if version > _VERSION:
            raise StoreTooNew(
                f"A model has manifest format {version}; this modeldb reads up to {_VERSION}. Upgrade modeldb."
            )
        about = json.loads(data[_HEAD.size : _HEAD.size + n_about])
        place = _HEAD.size + n_about
        end = place + n_parts * _PART.size
        parts = tuple(PartRef(*row) for row in _PART.iter_unpack(data[place:end]))
        skeleton = data[end:]
        if len(skeleton) != n_skeleton:
            raise ValueError(f"its skeleton has {len(skeleton)} bytes of {n_skeleton}")
        return Manifest(about["type"], about["size"], bool(by_value), skeleton, parts)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise StoreDamaged(f'This is no model: {error}. Run "modeldb fsck" to see what is damaged.') from error
