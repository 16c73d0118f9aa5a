"""What we record of each library, one module a library.

`install` puts hooks on the libraries that are imported and on those that will be; `uninstall` takes all of them out.
Nothing here imports a library: an integration is loaded when its library is.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from modeldb.client import session as sessions
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches

if TYPE_CHECKING:
    from modeldb.integrations.duck import DuckClasses

LIBRARIES = {
    "sklearn": "modeldb.integrations.sklearn",
    "pandas": "modeldb.integrations.pandas",
    "numpy": "modeldb.integrations.numpy",
    "polars": "modeldb.integrations.polars",
    "joblib": "modeldb.integrations.joblib",
    "xgboost": "modeldb.integrations.xgboost",
    "lightgbm": "modeldb.integrations.lightgbm",
    "imblearn": "modeldb.integrations.imblearn",
}
"""Library → the module here that has `install(patches, imports)`, loaded when the library is imported."""

WITHOUT_DUCKS = frozenset(
    [
        *LIBRARIES,
        *sys.stdlib_module_names,
        "modeldb",
        "scipy",
        "matplotlib",
        "pyarrow",
        "torch",
        "tensorflow",
        "IPython",
    ]
)
"""Packages whose classes are not looked at: hooked by name, or without estimators of a kind of their own."""
_ASKED = frozenset(["fit", "predict", "transform"])
"""What a module's classes are looked at for defining."""

_patches = Patches()
_imports: PostImport | None = None
_ducks: DuckClasses | None = None
_arrived: list[ModuleType] = []
"""Libraries that have been imported and have no hooks yet."""
_starting = False
"""True while the recorder is being started and hooks are put on what has arrived."""


def install() -> None:
    """Put the hooks in place and record into the current session. A second call changes nothing."""
    global _imports
    if sessions.current() is None:
        return
    if _imports is not None:
        if len(_patches):
            start_recorder()
        return
    _imports = PostImport(_report)
    _imports.install()
    for library in LIBRARIES:
        _imports.when(library, _install_library)
    _imports.when_users_own(_see_module)
    _imports.when_others(WITHOUT_DUCKS, _see_module)
    main = sys.modules.get("__main__")
    if main is not None:
        _see_module(main)


def rest() -> None:
    """Record nothing until the next `install`; the hooks stay and step aside, since taking them out takes a while."""
    recorder = sys.modules.get("modeldb.client.recorder")
    if recorder is not None:
        recorder.stop()


def uninstall() -> None:
    """Leave every class and module as it was found."""
    global _imports, _ducks
    if _imports is None:
        return
    _imports.remove()
    _imports = None
    if _ducks is not None:
        _ducks.stop()
        _ducks = None
    _patches.undo_all()
    rest()


def before_source(source: str | bytes) -> None:
    """Told of a script or notebook cell about to run: its own classes may act like estimators."""
    if _imports is not None and b"def fit" in (source if isinstance(source, bytes) else source.encode()):
        from modeldb.integrations.sources import has_duck

        if has_duck(source):
            _duck_classes().watch()


def _see_module(module: ModuleType) -> None:
    """The classes of a module, the user's own or an installed one, that act like estimators."""
    if any(not _ASKED.isdisjoint(vars(value)) for value in list(vars(module).values()) if isinstance(value, type)):
        _duck_classes().see_module(module)


def _duck_classes() -> DuckClasses:
    global _ducks
    if _ducks is None:
        from modeldb.integrations.duck import DuckClasses

        _ducks = DuckClasses(_patches)
    return _ducks


def _install_library(module: ModuleType) -> None:
    _arrived.append(module)
    if not _starting:  # numpy may be imported by the recorder that is being started
        start_recorder()


def start_recorder() -> None:
    """Start the recorder with the first library or class there is something to record of, not before: it loads numpy,
    and a script may set OMP_NUM_THREADS before it does. Puts hooks on the libraries that have arrived."""
    global _starting
    _starting = True
    try:
        from modeldb.client import recorder

        recorder.started()
        for library in _arrived:
            integration = importlib.import_module(LIBRARIES[library.__name__])
            integration.install(_patches, _imports)
    finally:
        _starting = False
        _arrived.clear()


def _report(where: str, error: Exception) -> None:
    session = sessions.current()
    if session is not None:
        session.failed(where, error)
