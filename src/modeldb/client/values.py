"""Arguments and hyperparameters as typed, comparable, printable values.

Nothing here depends on an object's address or `repr`: an object we do not know is its type's name, a function is its
name and a digest of its code, an array its shape and digest.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

from modeldb.core import keys
from modeldb.core.actions import Value

MAX_TEXT = 10_000
MAX_ITEMS = 1_000


def describe(name: str, value: Any, is_default: bool = False) -> Value:
    """The value as it is recorded."""
    plain, kind = to_plain(value)
    return Value(name, plain, kind, is_default)


def to_plain(value: Any, depth: int = 0) -> tuple[Any, str]:
    """A JSON value that stands for `value`, and its type's name."""
    match value:
        case None:
            return None, "none"
        case bool():
            return bool(value), "bool"
        case int():
            number = int(value)
            return (number, "int") if -(2**63) <= number < 2**63 else (str(number), "int")
        case float():
            number = float(value)
            return (number, "float") if math.isfinite(number) else (str(number), "float")
        case str():
            return _short(str.__str__(value)), "str"  # numpy's texts are of a type of their own
        case bytes():
            return {"type": "bytes", "digest": keys.digest(value), "size": len(value)}, "object"
        case PurePath():
            return str(value), "str"
        case FunctionType() | MethodType() | BuiltinFunctionType() | functools.partial():
            return function(value), "function"
        case type():
            return {"type": "type", "name": qualified_name(value)}, "object"
    scalar = _numpy_scalar(value)
    if scalar is not None:
        return to_plain(scalar, depth)
    if depth > 6:
        return {"type": qualified_name(type(value))}, "object"
    match value:
        case dict():
            items = list(value.items())[:MAX_ITEMS]
            return {str(key): to_plain(item, depth + 1)[0] for key, item in items}, "dict"
        case list() | tuple() | set() | frozenset() | range():
            members = sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)[:MAX_ITEMS]
            return [to_plain(item, depth + 1)[0] for item in members], "list"
    if is_estimator(value):
        return estimator(value, depth), "estimator"
    return _object(value), "object"


def is_estimator(value: Any) -> bool:
    """True for an instance with scikit-learn's two defining methods."""
    return not isinstance(value, type) and hasattr(type(value), "get_params") and hasattr(type(value), "fit")


def estimator(value: Any, depth: int = 0) -> dict[str, Any]:
    """An estimator as its type and the parameters that are not at their default."""
    params = {}
    for name, held, default in parameters_with_values(value):
        if not same(held, default):
            params[name] = to_plain(held, depth + 1)[0]
    described: dict[str, Any] = {"type": qualified_name(type(value))}
    if params:
        described["params"] = params
    return described


def parameters_with_values(estimator: Any) -> list[tuple[str, Any, Any]]:
    """Every hyperparameter of an estimator, itself and not of what it holds, with its value and its default.

    `get_params` is asked only for what is no attribute: that of XGBoost draws from a generator it is given.
    """
    found: list[tuple[str, Any, Any]] = []
    told: Mapping[str, Any] | None = None
    for name, default in parameters_of(type(estimator)):
        held = getattr(estimator, name, NO_DEFAULT)
        if held is NO_DEFAULT:
            told = _told(estimator) if told is None else told
            held = told.get(name, None if default is NO_DEFAULT else default)
        found.append((name, held, default))
    names = {name for name, _, _ in found}
    for kept in KEYWORDS_KEPT:
        more = getattr(estimator, "__dict__", {}).get(kept)
        if isinstance(more, dict):
            found += [(name, held, NO_DEFAULT) for name, held in more.items() if name not in names]
    return found


def _told(estimator: Any) -> Mapping[str, Any]:
    """What `get_params` says; nothing when it fails."""
    try:
        told = estimator.get_params(deep=False)
    except Exception:  # a stranger's code
        return {}
    return told if isinstance(told, dict) else {}


KEYWORDS_KEPT = ("kwargs", "_other_params")
"""Where XGBoost's and LightGBM's estimators keep hyperparameters that their constructors do not name."""


@functools.lru_cache(maxsize=4096)
def parameters_of(cls: type) -> tuple[tuple[str, Any], ...]:
    """The constructor's parameters with their defaults: what scikit-learn calls hyperparameters.

    A constructor that takes any keyword hands them to its base's, as XGBoost's do: those are its parameters, too.
    """
    import inspect

    found: dict[str, Any] = {}
    for klass in cls.__mro__:
        init = vars(klass).get("__init__")
        init = getattr(init, "deprecated_original", init)
        if init is None or klass is object:
            continue
        try:
            parameters = list(inspect.signature(init).parameters.values())[1:]
        except (TypeError, ValueError):
            break
        named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        for p in named:
            found.setdefault(p.name, NO_DEFAULT if p.default is p.empty else p.default)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return tuple(found.items())


class _NoDefault:
    def __repr__(self) -> str:
        return "no default"


NO_DEFAULT = _NoDefault()


def same(held: Any, default: Any) -> bool:
    """True when a parameter is what it would have been unsaid."""
    if held is default:
        return True
    if default is NO_DEFAULT or type(held) is not type(default):
        return False
    try:
        return bool(held == default) or (held != held and default != default)
    except Exception:  # a user's `__eq__` may do anything
        return False


def function(value: Any) -> dict[str, Any]:
    """A function as its qualified name and, for a Python function, the digest of its code."""
    if isinstance(value, functools.partial):
        described = function(value.func)
        described["arguments"] = [to_plain(item, 2)[0] for item in value.args]
        described["keywords"] = {key: to_plain(item, 2)[0] for key, item in value.keywords.items()}
        return described
    name = f"{getattr(value, '__module__', None) or ''}.{getattr(value, '__qualname__', type(value).__name__)}"
    described = {"type": "function", "name": name.lstrip(".")}
    code = code_digest(value)
    if code is not None:
        described["code"] = code
    return described


def code_digest(value: Any) -> str | None:
    """A digest of what a user's function does, or None for one that is not the user's or not Python.

    Taken over its bytecode, constants and names, so that moving it within a file or commenting it changes nothing.
    """
    inner = getattr(value, "__func__", value)
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    code = getattr(inner, "__code__", None)
    if not isinstance(code, CodeType) or not is_user_file(code.co_filename):
        return None
    return _digest_of_code(code)


@functools.lru_cache(maxsize=1024)
def _digest_of_code(code: CodeType) -> str:
    constants = [
        _digest_of_code(constant) if isinstance(constant, CodeType) else to_plain(constant)[0]
        for constant in code.co_consts
    ]
    return keys.digest([code.co_code, list(code.co_names), list(code.co_varnames), constants])


@functools.lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """True for source that is neither installed nor the interpreter's nor ours."""
    if filename.startswith("<"):
        return filename.startswith("<ipython-input") or filename == "<stdin>"
    if filename.startswith(_library_roots()):
        return filename.startswith(_demo_root())
    # Packages may also be on PYTHONPATH or in a `.pth` file, in a directory of another environment.
    return "/site-packages/" not in filename and "/dist-packages/" not in filename


@functools.cache
def _demo_root() -> str:
    """Our example scripts, which play the part of a user's."""
    from pathlib import Path

    import modeldb

    return str(Path(modeldb.__file__).parent / "demo" / "scripts") + "/"


@functools.cache
def _library_roots() -> tuple[str, ...]:
    import site
    import sysconfig
    from pathlib import Path

    import modeldb

    roots = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots.update(site.getsitepackages())
    roots.add(site.getusersitepackages())
    roots.add(str(Path(modeldb.__file__).parent))
    roots |= {str(Path(root).resolve()) for root in roots}
    return tuple(sorted(root.rstrip("/") + "/" for root in roots if root))


@functools.lru_cache(maxsize=4096)
def qualified_name(cls: type) -> str:
    """The public name of a class or function: private modules on the way are left out."""
    module = getattr(cls, "__module__", None) or ""
    parts = module.split(".")
    public = [part for part in parts if not part.startswith("_")] if parts[0] != "__main__" else parts
    name = getattr(cls, "__qualname__", cls.__name__)
    return ".".join([*public, name]) if public and public != ["builtins"] else name


def _numpy_scalar(value: Any) -> Any:
    if type(value).__module__ != "numpy" or getattr(value, "shape", None) != () or not hasattr(value, "item"):
        return None
    item = value.item()
    return item if isinstance(item, (bool, int, float, str)) else str(item)


def _object(value: Any) -> Any:
    from modeldb.objects import columns

    described: dict[str, Any] = {"type": qualified_name(type(value))}
    if columns.is_tabular(value):
        table = columns.digest(value)
        if table is not None:
            described |= {"digest": table.digest, "rows": table.n_rows, "columns": len(table.columns)}
    elif isinstance(value, Mapping):
        described["keys"] = [str(key) for key in list(value)[:MAX_ITEMS]]
    return described


def _short(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}… ({len(text)} characters, {keys.digest(text)})"
