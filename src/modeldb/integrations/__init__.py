"""What we record of each library, one module a library.

`install` puts hooks on the libraries that are imported and on those that will be; `uninstall` takes all of them out.
Nothing here imports a library: an integration is loaded when its library is.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from modeldb.client import session as sessions
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches

LIBRARIES = {
    "sklearn": "modeldb.integrations.sklearn",
    "pandas": "modeldb.integrations.pandas",
    "numpy": "modeldb.integrations.numpy",
    "polars": "modeldb.integrations.polars",
    "joblib": "modeldb.integrations.joblib",
}
"""Library → the module here that has `install(patches, imports)`, loaded when the library is imported."""

_patches = Patches()
_imports: PostImport | None = None


def install() -> None:
    """Put the hooks in place. A second call changes nothing."""
    global _imports
    if _imports is not None:
        return
    _imports = PostImport(_report)
    _imports.install()
    for library in LIBRARIES:
        _imports.when(library, _install_library)


def uninstall() -> None:
    """Leave every class and module as it was found."""
    global _imports
    if _imports is None:
        return
    _imports.remove()
    _imports = None
    _patches.undo_all()


def _install_library(module: ModuleType) -> None:
    integration = importlib.import_module(LIBRARIES[module.__name__])
    integration.install(_patches, _imports)


def _report(where: str, error: Exception) -> None:
    session = sessions.current()
    if session is not None:
        session.failed(where, error)
