"""Know how every model came to be: record ordinary training scripts, then ask.

Names are loaded when they are first used, so that `import modeldb` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modeldb import errors as errors
    from modeldb.client.annotate import action as action
    from modeldb.client.autolog import autolog as autolog
    from modeldb.client.notebook import load_ipython_extension as load_ipython_extension
    from modeldb.client.notebook import unload_ipython_extension as unload_ipython_extension
    from modeldb.client.run import run as run
    from modeldb.database import open as open

__version__ = "0.1.0"

_HOMES = {
    "action": "modeldb.client.annotate",
    "autolog": "modeldb.client.autolog",
    "errors": "modeldb.errors",
    "load_ipython_extension": "modeldb.client.notebook",
    "open": "modeldb.database",
    "run": "modeldb.client.run",
    "unload_ipython_extension": "modeldb.client.notebook",
}

__all__ = [
    "__version__",
    "action",
    "autolog",
    "errors",
    "load_ipython_extension",
    "open",
    "run",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'modeldb' has no attribute {name!r}")
    module = importlib.import_module(home)
    value = module if home == f"modeldb.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
