"""Which of the imported modules are the user's own."""

from __future__ import annotations

import os
import sys

from modeldb.client.values import is_user_file

MAX_MODULES = 500


def local_modules() -> list[str]:
    """The absolute paths of imported source files that are neither installed, nor Python's, nor ours; the main
    program, which is kept separately, is not among them."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    skipped = {os.path.abspath(main)} if main else set()
    found: dict[str, None] = {}
    for module in list(sys.modules.values()):
        # Read past lazy modules: their `__getattr__` may import something.
        namespace = getattr(module, "__dict__", None)
        path = namespace.get("__file__") if type(namespace) is dict else None
        if not isinstance(path, str) or not path.endswith(".py"):
            continue
        path = os.path.abspath(path)
        if path not in skipped and is_user_file(path):
            found[path] = None
            if len(found) == MAX_MODULES:
                break
    return sorted(found)
