"""pandas: readers, writers, and the steps people take between reading and fitting."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from modeldb.client.recorder import begin
from modeldb.integrations.imports import PostImport
from modeldb.integrations.pandas import stack
from modeldb.integrations.patching import Begin, Patches
from modeldb.integrations.tables import Reader, TableMethod, Writer, names_of

READERS = [
    "read_csv",
    "read_table",
    "read_fwf",
    "read_excel",
    "read_parquet",
    "read_feather",
    "read_orc",
    "read_json",
    "read_html",
    "read_xml",
    "read_hdf",
    "read_pickle",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_stata",
    "read_sas",
    "read_spss",
    "read_clipboard",
    "read_gbq",
]

WRITERS = [
    "to_csv",
    "to_excel",
    "to_parquet",
    "to_feather",
    "to_orc",
    "to_json",
    "to_html",
    "to_xml",
    "to_hdf",
    "to_pickle",
    "to_sql",
    "to_stata",
]

FUNCTIONS = [
    "concat",
    "merge",
    "merge_asof",
    "merge_ordered",
    "get_dummies",
    "from_dummies",
    "cut",
    "qcut",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "crosstab",
    "pivot_table",
    "melt",
    "wide_to_long",
    "factorize",
]

METHODS = [
    "drop",
    "dropna",
    "fillna",
    "ffill",
    "bfill",
    "interpolate",
    "assign",
    "query",
    "eval",
    "filter",
    "where",
    "mask",
    "clip",
    "replace",
    "rename",
    "astype",
    "convert_dtypes",
    "infer_objects",
    "merge",
    "join",
    "append",
    "set_index",
    "reset_index",
    "reindex",
    "sort_values",
    "sort_index",
    "drop_duplicates",
    "sample",
    "head",
    "tail",
    "nlargest",
    "nsmallest",
    "pivot",
    "pivot_table",
    "melt",
    "stack",
    "unstack",
    "explode",
    "transpose",
    "apply",
    "map",
    "applymap",
    "transform",
    "select_dtypes",
    "isin",
    "between",
    "diff",
    "shift",
    "rank",
    "cumsum",
    "pct_change",
    "round",
    "abs",
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "copy",
    "to_numpy",
    "to_frame",
    "sort_values",
    "isna",
    "isnull",
    "notna",
    "notnull",
    "get_dummies",
    "update",
    "insert",
    "pop",
    "combine_first",
    "__getitem__",
    "__add__",
    "__sub__",
    "__mul__",
    "__truediv__",
    "__radd__",
    "__rsub__",
    "__rmul__",
    "__rtruediv__",
    "__pow__",
]

PROPERTIES = ("values",)

AGGREGATES = [
    "agg",
    "aggregate",
    "mean",
    "sum",
    "count",
    "min",
    "max",
    "median",
    "std",
    "var",
    "first",
    "last",
    "size",
    "transform",
    "apply",
    "cumcount",
]

SELECTIONS = frozenset(
    [
        "drop",
        "dropna",
        "query",
        "filter",
        "head",
        "tail",
        "sample",
        "nlargest",
        "nsmallest",
        "drop_duplicates",
        "select_dtypes",
        "__getitem__",
        "sort_values",
        "sort_index",
        "reset_index",
        "set_index",
        "rename",
        "copy",
        "to_numpy",
        "values",
        "loc",
        "iloc",
        "pop",
        "reindex",
    ]
)
"""Steps whose result holds nothing that was not there before."""


def install(patches: Patches, imports: PostImport) -> None:
    # `import pandas` runs many modules; the classes are all there once the package itself is.
    imports.when("pandas", lambda module: _hook(patches, module))


LOOK_UP_NAMES = ("query", "eval")
"""Methods whose text may name variables of the caller."""


def _hook(patches: Patches, pandas: ModuleType) -> None:
    stack.install(patches, pandas)
    for name in READERS:
        _wrap(patches, getattr(pandas, name, None), Reader, "read", f"pandas.{name}")
    for name in FUNCTIONS:
        _wrap(patches, getattr(pandas, name, None), TableMethod, "transform", f"pandas.{name}")
    for cls in (pandas.DataFrame, pandas.Series):
        for name in WRITERS:
            _wrap(patches, _defined(cls, name), Writer, "write", f"pandas.{cls.__name__}.{name}")
        for name in (*METHODS, *PROPERTIES):
            kind = "select" if name in SELECTIONS else "transform"
            asks = stack.begin_with_level if name in LOOK_UP_NAMES else begin
            _wrap(patches, _defined(cls, name), Method, kind, f"pandas.{cls.__name__}.{name}", asks)
    indexing = pandas.core.indexing
    for cls, name in ((indexing._LocIndexer, "loc"), (indexing._iLocIndexer, "iloc")):
        _wrap(patches, _defined(cls, "__getitem__"), Located, "select", f"pandas.DataFrame.{name}")
    for cls in (pandas.core.groupby.DataFrameGroupBy, pandas.core.groupby.SeriesGroupBy):
        for name in AGGREGATES:
            _wrap(patches, _defined(cls, name), Grouped, "transform", f"pandas.{cls.__name__}.{name}")


class Method(TableMethod):
    """A method of a frame or series, which may count the references to it."""

    def start(self, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        before = sys.getrefcount(args[0])
        super().start(call, args, kwargs)
        call.held = sys.getrefcount(args[0]) - before


class Located(TableMethod):
    """`df.loc[rows, columns]`: the object is the indexer, its table is in `obj`."""

    def start(self, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().start(call, (args[0].obj, *args[1:]), kwargs)


class Grouped(TableMethod):
    """`df.groupby(keys).mean()`."""

    def start(self, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        grouped = args[0]
        super().start(call, (grouped.obj, *args[1:]), kwargs)
        grouper = getattr(grouped, "_grouper", None)  # the public name of pandas 2 warns
        if grouper is not None:
            call.param("by", [str(name) for name in grouper.names])


def _defined(cls: type, name: str) -> Any:
    """The attribute as its class defines it, so that a method two classes inherit is wrapped once."""
    for klass in cls.__mro__:
        if name in klass.__dict__:
            return klass.__dict__[name]
    return None


def _wrap(patches: Patches, target: Any, hook: type[Any], kind: str, operation: str, asks: Begin = begin) -> None:
    if target is not None:
        patches.wrap(target, hook(kind, operation, names_of(target), "pandas"), asks)
