"""Packs in a directory.

Each writing process appends to a pack of its own, held by a lock on the file; a later process goes on with a pack
nobody holds. So a thousand small runs share one pack, and no two processes ever write to the same one.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modeldb.errors import StoreDamaged, StoreReadOnly
from modeldb.objects.base import PackInfo
from modeldb.objects.packs import HEADER, encode_footer, pack_header, scan, scan_past_damage

try:
    import fcntl
except ImportError:  # a platform without flock: every process keeps packs of its own
    fcntl = None

SEAL_AT = 64 << 20
"""A pack this long gets its index and is never written again."""
OPEN_FILES = 64

_NAME = re.compile(r"[0-9a-f]{16}\.(open|pack)")


class LocalPacks:
    """Packs as files of one directory; see PackPlace."""

    def __init__(self, path: Path, readonly: bool = False, fsync: bool = True) -> None:
        self.path, self.readonly, self.fsync = path, readonly, fsync
        self._packs = path / "packs"
        if not readonly:
            try:
                self._packs.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreReadOnly(f"{path} cannot be written to: {error.strerror}. Choose another store.") from error
        self._files: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()
        self._own: int | None = None
        self._own_name = ""
        self._own_end = 0
        self._pid = os.getpid()
        self._dirty = False
        self._gate: int | None = None
        self._gate_lock = threading.RLock()
        self._entered = 0

    def list(self) -> list[PackInfo]:
        """Every pack; a file that vanishes meanwhile was sealed or removed and is left out."""
        found: dict[str, PackInfo] = {}
        try:
            entries = list(os.scandir(self._packs))
        except FileNotFoundError:
            return []
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                try:
                    size = entry.stat().st_size
                except FileNotFoundError:
                    continue
                name, suffix = entry.name.split(".")
                if suffix == "pack" or name not in found:
                    found[name] = PackInfo(name, size, suffix == "pack")
        return list(found.values())

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Bytes of a pack, whatever its file is called by now."""
        with self._lock:
            file = self._file(name)
            data = os.pread(file, length, offset)
            while len(data) < length:
                more = os.pread(file, length - len(data), offset + len(data))
                if not more:
                    break
                data += more
        return data

    def _file(self, name: str) -> int:
        if os.getpid() != self._pid:
            self._forget_after_fork()
        file = self._files.get(name)
        if file is None:
            file = self._open_to_read(name)
            self._files[name] = file
            if len(self._files) > OPEN_FILES:
                os.close(self._files.popitem(last=False)[1])
        else:
            self._files.move_to_end(name)
        return file

    def _open_to_read(self, name: str) -> int:
        for suffix in (".pack", ".open", ".pack"):  # it may be sealed between the looks
            try:
                return os.open(self._packs / (name + suffix), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
        raise StoreDamaged(f'Pack {name} of {self.path} is gone. Run "modeldb fsck" to see what it held.')

    def append(self, block: bytes) -> tuple[str, int]:
        """Add a block with a single write; a kill in the middle leaves no mark and so no block."""
        self._take_pack()
        assert self._own is not None
        name, start = self._own_name, self._own_end
        try:
            _write_all(self._own, block, start)
        except OSError:
            self._drop_own()  # whatever reached the file stays there unmarked; go on in another
            raise
        self._own_end += len(block)
        self._dirty = True
        if self._own_end >= SEAL_AT:
            self._seal()
        return name, start

    def _take_pack(self) -> None:
        if self.readonly:
            raise StoreReadOnly(f"{self.path} was opened for reading only. Open it without readonly to write.")
        if os.getpid() != self._pid:
            self._forget_after_fork()
        if self._own is not None:
            return
        for info in sorted(self.list()):
            if not info.sealed and info.size < SEAL_AT and fcntl is not None and self._adopt(info.name):
                return
        self._create()

    def _adopt(self, name: str) -> bool:
        try:
            file = os.open(self._packs / f"{name}.open", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            size = os.fstat(file).st_size
            end = HEADER.size
            if os.pread(file, HEADER.size, 0) == pack_header():
                for block in scan(lambda at, n: os.pread(file, n, at), size):
                    end = block.offset + block.length
            # a cut-off or damaged end is left alone, for fsck to look at; nothing is ever overwritten
            if end == size and (self._packs / f"{name}.open").exists():
                self._own, self._own_name, self._own_end = file, name, end
                return True
        except OSError:
            pass
        os.close(file)
        return False

    def _create(self) -> None:
        name = secrets.token_hex(8)
        try:
            file = os.open(self._packs / f"{name}.open", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreReadOnly(f"{self.path} cannot be written to: {error.strerror}.") from error
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(file, pack_header(), 0)
        except OSError:
            os.close(file)
            raise
        self._own, self._own_name, self._own_end = file, name, HEADER.size
        if self.fsync:
            _sync_directory(self._packs)

    def _seal(self) -> None:
        assert self._own is not None
        file, name, end = self._own, self._own_name, self._own_end
        footer = encode_footer(list(scan_past_damage(lambda at, n: os.pread(file, n, at), end)), end)
        _write_all(file, footer, end)
        if self.fsync:
            os.fsync(file)
        os.rename(self._packs / f"{name}.open", self._packs / f"{name}.pack")
        self._dirty = False
        self._drop_own()

    def flush(self) -> None:
        """Make what was appended durable, if this place was opened to do so."""
        if self._own is not None and self._dirty and os.getpid() == self._pid:
            if self.fsync:
                os.fsync(self._own)
            self._dirty = False

    def write(self, pack: bytes) -> str:
        """Write to a temporary name, sync, rename."""
        name = secrets.token_hex(8)
        with _put_in_place(self._packs / f"{name}.pack") as temporary, open(temporary, "wb") as file:
            file.write(pack)
            file.flush()
            if self.fsync:
                os.fsync(file.fileno())
        if self.fsync:
            _sync_directory(self._packs)
        return name

    def delete(self, name: str) -> None:
        """Remove a pack's file; readers that hold it open may finish."""
        with self._lock:
            file = self._files.pop(name, None)
            if file is not None:
                os.close(file)
        if name == self._own_name:
            self._drop_own()
        for suffix in (".open", ".pack"):
            (self._packs / (name + suffix)).unlink(missing_ok=True)

    def held_by_others(self, name: str) -> bool:
        """True while another process appends to this pack."""
        if fcntl is None or name == self._own_name:
            return fcntl is None
        try:
            file = os.open(self._packs / f"{name}.open", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except OSError:
            return True
        finally:
            os.close(file)

    @contextmanager
    def changing(self, exclusive: bool) -> Iterator[str]:
        """Writers hold the gate together, the one who removes packs alone; one thread may enter it twice."""
        with self._gate_lock:
            if os.getpid() != self._pid:
                self._forget_after_fork()
            if self._gate is None:
                self._gate = os.open(self.path / "gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            if fcntl is not None and not self._entered:
                fcntl.flock(self._gate, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            self._entered += 1
            try:
                yield str(os.fstat(self._gate).st_size)
            finally:
                self._entered -= 1
                if fcntl is not None and not self._entered and self._gate is not None:
                    fcntl.flock(self._gate, fcntl.LOCK_UN)

    def removed(self) -> None:
        """The gate file grows by a byte at every removal."""
        assert self._gate is not None
        os.pwrite(self._gate, b".", os.fstat(self._gate).st_size)

    def get_note(self, name: str) -> bytes | None:
        """A small file in the store's directory."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def put_note(self, name: str, data: bytes) -> None:
        """Write it under a temporary name and rename."""
        with _put_in_place(self.path / name) as temporary:
            temporary.write_bytes(data)

    def close(self) -> None:
        """Let go of every file and of the pack being written."""
        if os.getpid() == self._pid:
            self.flush()
        self._drop_own()
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1])
        if self._gate is not None:
            os.close(self._gate)
            self._gate = None

    def _drop_own(self) -> None:
        if self._own is not None:
            os.close(self._own)
        self._own, self._own_name, self._own_end, self._dirty = None, "", 0, False

    def _forget_after_fork(self) -> None:
        # The child shares the parent's open files, and with them its lock: it must begin a pack of its own.
        self._pid = os.getpid()
        self._drop_own()
        if self._gate is not None:
            os.close(self._gate)
            self._gate = None


@contextmanager
def _put_in_place(path: Path) -> Iterator[Path]:
    """A temporary path, moved here at the end; whatever goes wrong, nothing is left of it to fill a full disk."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _sync_directory(path: Path) -> None:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(file)
    except OSError:
        pass  # some file systems cannot sync a directory
    finally:
        os.close(file)
