"""Records to bytes and back: the one place that knows the format.

A record is a msgpack array whose first element names its type. Fields are positional and only ever added at the end
with a default, so an old reader skips what it does not know and a new reader fills in what is missing. A record of a
type we do not know decodes to `Unknown`: it is kept, not dropped.
"""

from __future__ import annotations

from typing import Any

import msgspec

from modeldb.core.actions import Record

FORMAT = 1
"""Written in every journal segment's header; a reader refuses what is newer."""


class Unknown(msgspec.Struct, frozen=True):
    """A record written by a later version."""

    type: str
    payload: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Record)
_loose = msgspec.msgpack.Decoder()

encode = _encoder.encode
"""The bytes of a record."""


def decode(payload: bytes | memoryview) -> Record | Unknown:
    """The record in these bytes.

    Raises `msgspec.DecodeError` when they are not a record at all.
    """
    try:
        record: Record = _decoder.decode(payload)
    except msgspec.ValidationError:
        fields = _loose.decode(payload)
        if not (isinstance(fields, list) and fields and isinstance(fields[0], str)):
            raise
        return Unknown(fields[0], bytes(payload))
    return record


def to_json(value: Any) -> str:
    """A JSON text of any record or plain value."""
    return msgspec.json.encode(value).decode()


def from_json(text: str | bytes) -> Any:
    return msgspec.json.decode(text)
