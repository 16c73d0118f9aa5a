"""The storage engine: fitted models and bytes in parts, named by their content.

`capture` freezes a model in the user's thread; an `ObjectStore` keeps it, shares what it has in common with
others, and loads it again bit for bit. `docs/storage.md` specifies the files.
"""

from modeldb.objects.capture import Capture, capture
from modeldb.objects.opening import open_store
from modeldb.objects.store import ObjectInfo, ObjectStore, Stored

__all__ = ["Capture", "ObjectInfo", "ObjectStore", "Stored", "capture", "open_store"]
