"""Where a store is on disk, and how it is found and made.

A store is one directory. Its format version stands in `config.toml`; a store of a later version is refused before
anything in it is touched.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modeldb.errors import InvalidInput, NotFound, StoreError, StoreReadOnly, StoreTooNew

FORMAT = 1
"""The layout below. Written in `config.toml`."""

DIRECTORY = ".modeldb"

_CONFIG = f"""\
# A ModelDB store. The table [settings] may hold any setting of docs/settings.md.
format = {FORMAT}
"""


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """The paths of a store."""

    root: Path

    @property
    def config(self) -> Path:
        """Format version and settings, TOML."""
        return self.root / "config.toml"

    @property
    def catalog(self) -> Path:
        """The relational database, SQLite."""
        return self.root / "catalog.sqlite"

    @property
    def journal(self) -> Path:
        """One directory per recording process until it is drained."""
        return self.root / "journal"

    @property
    def objects(self) -> Path:
        """Packs of model parts, sources and environments."""
        return self.root / "objects"

    @property
    def examples(self) -> Path:
        """Predictions and kept datasets, Parquet."""
        return self.root / "examples"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.root / "cache"

    @property
    def log(self) -> Path:
        """What went wrong in ModelDB itself."""
        return self.root / "log"

    @property
    def exists(self) -> bool:
        return self.config.exists()


def find_store(
    given: str | os.PathLike[str] | None = None,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> StoreLayout:
    """The store that is meant: the one given, else `MODELDB_STORE` or `MODELDB_URL`, else the nearest `.modeldb/`
    above the working directory, else the user's own. It need not exist yet.

    Raises InvalidInput when what is named is an address rather than a directory.
    """
    environ = os.environ if environ is None else environ
    named = given or environ.get("MODELDB_STORE") or environ.get("MODELDB_URL")
    if named:
        return _layout_of(str(named))
    start = Path.cwd() if cwd is None else cwd.absolute()
    for directory in (start, *start.parents):
        if (directory / DIRECTORY).is_dir():
            return StoreLayout(directory / DIRECTORY)
    return StoreLayout(user_directory(environ))


def _layout_of(named: str) -> StoreLayout:
    address = re.match(r"([a-zA-Z][a-zA-Z0-9+]+)://", named)
    if address and address[1] != "file":
        raise InvalidInput(
            f"{address[1]}://… is not a directory, and recording goes to a directory. "
            "Give a path, for instance --store .modeldb."
        )
    path = Path(named.removeprefix("file://")).expanduser().absolute()
    if not (path / "config.toml").exists() and (path / DIRECTORY).is_dir():
        path = path / DIRECTORY
    return StoreLayout(path)


def user_directory(environ: Mapping[str, str]) -> Path:
    """The store of a user who has not made one for the project."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA")
        return Path(base) / "modeldb" if base else Path.home() / "AppData" / "Local" / "modeldb"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "modeldb"
    base = environ.get("XDG_DATA_HOME")
    return Path(base) / "modeldb" if base else Path.home() / ".local" / "share" / "modeldb"


def init(layout: StoreLayout) -> StoreLayout:
    """Make the store if it is not there. Repeating it changes nothing.

    Raises StoreReadOnly or StoreError when it cannot be made, StoreTooNew when it is of a later version.
    """
    try:
        if layout.config.exists():
            check_format(layout)
        else:
            layout.root.mkdir(parents=True, exist_ok=True)
            _write_once(layout.root / ".gitignore", "*\n")
            _write_once(layout.config, _CONFIG)
    except PermissionError as error:
        raise StoreReadOnly(
            f"{layout.root} cannot be written to ({error.strerror}). Choose another place with --store or "
            "MODELDB_STORE."
        ) from error
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"{layout.root} cannot be used as a store ({error.strerror or error}). Choose another place with --store "
            "or MODELDB_STORE."
        ) from error
    return layout


def _write_once(path: Path, text: str) -> None:
    """Write a whole file or none; two processes making the same store write the same."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(text)
    draft.replace(path)


def check_format(layout: StoreLayout) -> int:
    """The format version of a store.

    Raises NotFound when there is no store, StoreTooNew when a later version wrote it, StoreError when its
    configuration cannot be read.
    """
    try:
        text = layout.config.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f'There is no store at {layout.root}. Make one with "modeldb init".') from None
    found = re.search(r"^format\s*=\s*(\d+)\s*$", text, re.MULTILINE)
    if found is None:
        raise StoreError(f"{layout.config} has no line 'format = {FORMAT}'. Restore it, or choose another store.")
    version = int(found[1])
    if version > FORMAT:
        raise StoreTooNew(
            f"{layout.root} has store format {version}; this version of ModelDB knows {FORMAT}. Upgrade ModelDB, or "
            "choose another store with --store."
        )
    return version
