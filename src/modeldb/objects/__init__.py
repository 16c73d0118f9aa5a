"""The storage engine: fitted models and bytes in parts, named by their content.

`capture` freezes a model in the user's thread; an `ObjectStore` keeps it, shares what it has in common with
others, and loads it again bit for bit. `docs/storage.md` specifies the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modeldb.objects.opening import open_store
from modeldb.objects.store import ObjectInfo, ObjectStore, Stored

if TYPE_CHECKING:
    from modeldb.objects.freeze import Capture, capture

__all__ = ["Capture", "ObjectInfo", "ObjectStore", "Stored", "capture", "open_store"]


def __getattr__(name: str) -> Any:
    # Loaded with the first model, for it needs numpy.
    if name in ("Capture", "capture"):
        from modeldb.objects import freeze

        return getattr(freeze, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
