"""Hooks shared by the libraries of tables: readers, writers, and calls from table to table."""

from __future__ import annotations

import time
from types import FrameType
from typing import Any

from modeldb.client import files, values
from modeldb.client.call import Call
from modeldb.client.hooks import Children, Hook
from modeldb.integrations.patching import innermost, plain_function
from modeldb.objects import columns

MAX_PER_LINE = 50
"""Calls from table to table recorded on one line of the script: a loop over rows says nothing new after that."""
SELECTORS = frozenset({"key", "columns", "index", "labels", "subset", "by"})
"""Arguments that choose rows or columns; what they chose shows in the result."""
BUDGET_SHARE = 0.03
BUDGET_START_S = 0.5
"""Calls from table to table are recorded while that costs less than this share of the script's time."""


class TableCall(Hook):
    """A function or method of a library of tables."""

    nests = False

    def __init__(self, kind: str, operation: str, names: tuple[str, ...], library: str) -> None:
        self.kind, self.operation, self.names = kind, operation, names
        self.library = self.from_library = library

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
        named = [(self.names[i] if i < len(self.names) else f"arg{i}", value) for i, value in enumerate(args)]
        return [*named, *kwargs.items()]

    def is_internal(self, module: str) -> bool:
        # Only what the script itself calls: a plotting library's use of pandas is not a step towards a model.
        return super().is_internal(module) or module.partition(".")[0] in _LIBRARIES

    def children(self, call: Call) -> Children:
        return Children.NONE


_LIBRARIES = frozenset(
    [
        "pandas",
        "numpy",
        "sklearn",
        "scipy",
        "matplotlib",
        "seaborn",
        "polars",
        "pyarrow",
        "plotly",
        "joblib",
        "xgboost",
        "lightgbm",
        "IPython",
        "statsmodels",
        "narwhals",
        "altair",
        "bokeh",
        "dask",
        "modeldb",
    ]
)


class Reader(TableCall):
    """A read: a file (or URL, or buffer) becomes a table."""

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for position, (name, value) in enumerate(self.arguments(args, kwargs)):
            path = files.path_of(value) if position == 0 or name in _PATH_ARGUMENTS else None
            file = files.seen(path) if path else None
            if file is not None:
                call.input_file(name, file, files.logical_name(file.path))
                call.extra["path"] = file.path
            elif position > 0 or isinstance(value, str):
                call.param(name, value)

    def finish(self, call: Call, result: Any) -> None:
        source = call.extra.get("path")
        if isinstance(result, dict):
            for name, part in result.items():
                call.output(str(name), part, source=source)
        elif isinstance(result, list):
            for i, part in enumerate(result):
                call.output(f"return[{i}]", part, source=source)
        else:
            call.output("return", result, source=source)


_PATH_ARGUMENTS = ("filepath_or_buffer", "path", "path_or_buf", "io", "source", "file", "fname", "filename")


class Writer(TableCall):
    """A write: a table becomes a file."""

    kind = "write"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for name, value in self.arguments(args, kwargs):
            path = files.path_of(value)
            if path is not None and "path" not in call.extra and name != "self":
                call.extra["path"] = path
            elif not (columns.is_tabular(value) and call.input(name, value) is not None):
                call.param(name, value)

    def finish(self, call: Call, result: Any) -> None:
        file = files.seen(call.extra["path"]) if "path" in call.extra else None
        if file is not None:
            call.output_file("path", file)


class TableMethod(TableCall):
    """A step from table to table: `drop`, `merge`, `fillna`, `df[columns]`.

    There may be thousands, so their cost is watched: on one line after `MAX_PER_LINE`, and in all when they take more
    than `BUDGET_SHARE` of the script's time, they pass unrecorded. What they led to is then concluded from content.
    """

    def wanted(self, frame: FrameType) -> bool:
        return BUDGET.allows(frame.f_code.co_filename, frame.f_lineno)

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        began = time.perf_counter()
        for name, value in self.arguments(args, kwargs):
            if name in SELECTORS:
                call.param(name, value)
            elif columns.is_tabular(value) and not isinstance(value, (list, tuple, range)):
                call.input(name, value)
            elif isinstance(value, (list, tuple)) and value and all(columns.is_tabular(part) for part in value[:8]):
                for i, part in enumerate(value[:64]):
                    if hasattr(part, "shape"):
                        call.input(f"{name}[{i}]", part)
                if not hasattr(value[0], "shape"):
                    call.param(name, value)
            elif name != "self":
                call.param(name, value)
                if callable(value) and not isinstance(value, type):
                    call.code = values.code_digest(value) or call.code
        call.extra["spent"] = time.perf_counter() - began

    def finish(self, call: Call, result: Any) -> None:
        spent = call.extra.pop("spent", 0.0)
        began = time.perf_counter()
        # In place, the result is None: the next call that reads the table finds it changed.
        if hasattr(result, "shape") or isinstance(result, tuple):
            for i, part in enumerate(result) if isinstance(result, tuple) else [(None, result)]:
                call.output("return" if i is None else f"return[{i}]", part)
        BUDGET.spent += spent + time.perf_counter() - began


class Budget:
    """How much time steps from table to table have cost, and on which lines they were made."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.spent = 0.0
        self.began = time.perf_counter()
        self.on_line: dict[tuple[str, int], int] = {}

    def allows(self, file: str, line: int) -> bool:
        count = self.on_line.get((file, line), 0) + 1
        self.on_line[file, line] = count
        if count > MAX_PER_LINE:
            return False
        elapsed = time.perf_counter() - self.began
        return self.spent < BUDGET_START_S + BUDGET_SHARE * elapsed


BUDGET = Budget()


def names_of(target: Any) -> tuple[str, ...]:
    """The positional parameters of a function or method."""
    function = plain_function(target)
    code = getattr(innermost(function), "__code__", None) if function is not None else None
    return code.co_varnames[: code.co_argcount] if code is not None else ()
