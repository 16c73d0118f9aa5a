"""Counts a script's own calls into scikit-learn and pandas, knowing nothing of ModelDB.

Run as `python call_counter.py SCRIPT OUT.json`: the script runs under `sys.setprofile`, and every time code of the
script enters scikit-learn or pandas, the first public method or function met on the way counts once.
"""

from __future__ import annotations

import ast
import dis
import importlib
import inspect
import json
import os
import runpy
import sys
from collections import Counter
from types import FrameType

METHODS = {
    "fit": "fit", "partial_fit": "fit", "fit_transform": "fit", "fit_predict": "fit",
    "transform": "transform", "inverse_transform": "transform",
    "predict": "predict", "predict_proba": "predict", "predict_log_proba": "predict", "decision_function": "predict",
    "score": "evaluate", "score_samples": "predict",
}  # fmt: skip
READERS = {
    "read_csv",
    "read_table",
    "read_parquet",
    "read_json",
    "read_excel",
    "read_feather",
    "read_pickle",
    "read_fwf",
}
LIBRARIES = ("sklearn", "pandas")


def public_functions() -> dict[str, str]:
    """Code object id → operation, for what was imported of scikit-learn's metrics, splitters and loaders."""
    found = {}
    for package, kind in (
        ("sklearn.metrics", "evaluate"),
        ("sklearn.datasets", "read"),
        ("sklearn.model_selection", "cross_validate"),
    ):
        module = sys.modules.get(package)
        for name in getattr(module, "__all__", ()):
            function = vars(module).get(name)
            if isinstance(function, type) or name.startswith(("make_scorer", "get_", "check_", "clear_")):
                continue
            while hasattr(function, "__wrapped__"):
                function = function.__wrapped__
            code = getattr(function, "__code__", None)
            if code is not None:
                found[id(code)] = "split" if name == "train_test_split" else kind
    return found


def is_other_method(frame: FrameType) -> bool:
    """True for a public method of an estimator that is none of those we count."""
    name = frame.f_code.co_name
    return not name.startswith(("_", "get_", "wrap")) and hasattr(type(frame.f_locals.get("self")), "get_params")


class Counting:
    def __init__(self, script: str) -> None:
        self.script = os.path.abspath(script)
        self.counts: Counter[str] = Counter()
        self.entered: FrameType | None = None
        self.counted = False
        self.functions: dict[str, str] = {}
        self.n_modules = 0
        self.last = ("", 0)

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        if event == "return":
            if frame is self.entered:
                self.entered = None
            return
        if event != "call":
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR and self.went_on(frame):
            return
        module = frame.f_globals.get("__name__") or ""
        if self.entered is None:
            caller = frame.f_back
            if caller is None or module.partition(".")[0] not in LIBRARIES:
                if self.is_users(frame) and frame.f_code.co_name in METHODS and caller and self.is_users(caller):
                    self.users_method(frame)
                return
            if not self.is_users(caller):
                return
            self.entered, self.counted = frame, False
        if not self.counted:
            kind = self.kind_of(frame, module)
            if kind is not None:
                self.counts[kind] += 1
                caller = self.entered.f_back if self.entered else None
                self.last = (frame.f_code.co_name, caller.f_lineno if caller else 0)
            # Decorators' frames come first; what an estimator's other methods call is not the script's own call.
            self.counted = kind is not None or is_other_method(frame)

    def went_on(self, frame: FrameType) -> bool:
        """True for a generator that goes on, or that the call just counted has returned."""
        begins = dis.opname[frame.f_code.co_code[frame.f_lasti]] == "RETURN_GENERATOR"
        caller = frame.f_back
        return not begins or self.last == (frame.f_code.co_name, caller.f_lineno if caller else 0)

    def users_method(self, frame: FrameType) -> None:
        """A method of an estimator class of the script's own."""
        owner = frame.f_locals.get("self")
        if owner is not None and hasattr(owner, "get_params"):
            self.counts[METHODS[frame.f_code.co_name]] += 1
            self.entered, self.counted = frame, True

    def is_users(self, frame: FrameType) -> bool:
        return os.path.abspath(frame.f_code.co_filename) == self.script

    def kind_of(self, frame: FrameType, module: str) -> str | None:
        code = frame.f_code
        if module.startswith("pandas"):
            return "read" if code.co_name in READERS else None
        if code.co_name in METHODS and "self" in frame.f_locals:
            owner = frame.f_locals["self"]
            if hasattr(type(owner), "get_params"):
                kind = METHODS[code.co_name]
                return "search" if kind == "fit" and hasattr(type(owner), "_run_search") else kind
        if code.co_name == "split" and "self" in frame.f_locals and hasattr(frame.f_locals["self"], "get_n_splits"):
            return "split"
        if len(sys.modules) != self.n_modules:
            self.functions, self.n_modules = public_functions(), len(sys.modules)
        return self.functions.get(id(code))


def import_first(script: str) -> None:
    """Import what the script imports, so that the profiler need not watch it being imported."""
    with open(script) as file:
        tree = ast.parse(file.read())
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in [node.module] if isinstance(node, ast.ImportFrom) and node.module else names:
            if name.partition(".")[0] in ("sklearn", "pandas", "numpy", "matplotlib", "scipy"):
                importlib.import_module(name)


def main() -> None:
    script, out = sys.argv[1:3]
    counting = Counting(script)
    import_first(script)
    sys.argv = [script]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    sys.setprofile(counting.profile)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.setprofile(None)
        with open(out, "w") as file:
            json.dump(dict(counting.counts), file)


if __name__ == "__main__":
    main()
