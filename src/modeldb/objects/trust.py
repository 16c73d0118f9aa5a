"""Which stores are one's own.

A store carries a mark that only somebody with the user's key could have made. The key is random, made once, and
never leaves the user's configuration directory. A store from elsewhere has another mark or none.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from pathlib import Path

from modeldb.objects.base import PackPlace
from modeldb.objects.local import LocalPacks
from modeldb.objects.memory import MemoryPacks

_NOTE = "owner.json"


def config_dir() -> Path:
    """The user's configuration directory for ModelDB."""
    if given := os.environ.get("MODELDB_CONFIG_DIR"):
        return Path(given)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "modeldb"


def user_key(directory: Path | None = None, create: bool = True) -> bytes | None:
    """The user's 32 random bytes, made at first use; None if they can be neither read nor written."""
    path = (directory or config_dir()) / "key"
    try:
        return path.read_bytes() or None
    except FileNotFoundError:
        pass
    except OSError:
        return None
    if not create:
        return None
    temporary = path.with_name(f"key.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "wb") as out:
            out.write(secrets.token_bytes(32))
        try:
            os.link(temporary, path)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
        return path.read_bytes()
    except OSError:
        return None


def claim(place: PackPlace, directory: Path | None = None) -> None:
    """Mark a new store as this user's; does nothing to one that has a mark or holds anything."""
    if place.get_note(_NOTE) is not None or place.list():
        return
    key = user_key(directory)
    if key is not None:
        store = secrets.token_hex(16)
        place.put_note(_NOTE, json.dumps({"store": store, "mark": _mark(key, store)}).encode())


def is_own(place: PackPlace, directory: Path | None = None) -> bool:
    """True if this user made the store and nobody else could have written to it."""
    if isinstance(place, MemoryPacks):
        return True
    note, key = place.get_note(_NOTE), user_key(directory, create=False)
    if note is None or key is None:
        return False
    try:
        said = json.loads(note)
        marked = hmac.compare_digest(str(said["mark"]), _mark(key, str(said["store"])))
    except (ValueError, KeyError, TypeError):
        return False
    return marked and (not isinstance(place, LocalPacks) or _only_ours(place.path))


def _mark(key: bytes, store: str) -> str:
    return hashlib.blake2b(f"modeldb objects {store}".encode(), key=key, digest_size=32).hexdigest()


def _only_ours(path: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & stat.S_IWOTH
