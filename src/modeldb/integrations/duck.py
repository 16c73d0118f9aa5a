"""Estimators that have scikit-learn's methods and none of its classes: the script's own, CatBoost's, mlxtend's.

Those of an installed package are met when its modules have been imported; they must have `get_params`, too, for there
are many things one can fit. A class of the script is used in the file that makes it, and a class statement can only
be seen as it is made, by `builtins.__build_class__`. That is replaced for the time of a script whose text has such a
class, and only then: every class made meanwhile passes through one more frame, which calls itself `<module>` because
libraries that look for the namespace a class is made in stop there.
"""

from __future__ import annotations

import builtins
from types import ModuleType
from typing import Any

from modeldb.client import values
from modeldb.integrations.patching import FRAME_FILE, Patches
from modeldb.integrations.sources import METHODS, is_duck

_SOURCE = """
def made(build, seen):
    def __build_class__(*args, **kwargs):
        cls = build(*args, **kwargs)
        seen(cls)
        return cls
    return __build_class__
"""


class DuckClasses:
    """Sees the classes a script makes and puts hooks on those that act like estimators."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches
        self._found: Any = None

    def watch(self) -> None:
        """From now on. A second call changes nothing."""
        if self._found is not None:
            return
        namespace: dict[str, Any] = {}
        exec(compile(_SOURCE, FRAME_FILE, "exec"), namespace)
        self._found = builtins.__build_class__
        made = namespace["made"](self._found, self.see)
        made.__code__ = made.__code__.replace(co_name="<module>")
        builtins.__build_class__ = made

    def stop(self) -> None:
        if self._found is not None:
            builtins.__build_class__ = self._found
            self._found = None

    def see(self, cls: Any) -> None:
        """Put hooks on a class, if it acts like an estimator: an installed one must say its parameters, too."""
        try:
            if not isinstance(cls, type) or not hasattr(cls, "fit"):  # nearly every class: this must be quick
                return
            if not is_duck({name for name in METHODS if hasattr(cls, name)}):
                return
            code = getattr(getattr(cls, "fit", None), "__code__", None)
            if code is None:
                return
            if hasattr(cls, "get_params") or values.is_user_file(code.co_filename):
                _hook(self._patches, cls)
        except Exception:  # a metaclass may answer anything to hasattr
            return

    def see_module(self, module: ModuleType) -> None:
        """The same for the classes a module has already."""
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                self.see(value)


def _hook(patches: Patches, cls: type) -> None:
    # The recorder brings numpy with it: only now that there is a class to record.
    from modeldb.integrations import start_recorder

    start_recorder()
    from modeldb.client.recorder import begin
    from modeldb.integrations.sklearn.estimators import hook_class

    hook_class(patches, begin, cls)
