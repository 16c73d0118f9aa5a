"""What processes of ours do without."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _LeftOut(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out of this process.", name=name)
        return None


def leave_pandas_out() -> None:
    """Let pandas be missing in this process, in which nobody else's code runs.

    pyarrow imports pandas, if it is installed, only to recognise its tables, and that takes half as long as a first
    question otherwise does.
    """
    sys.meta_path.insert(0, _LeftOut())
