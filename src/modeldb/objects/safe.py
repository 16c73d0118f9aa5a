"""Loading a model from a store that is not known to be ours, without letting it run code.

A pickle is a program. Here it may only name classes and functions from the list below, may only call those that
make plain values, and may only fill objects it has made: never a class, a function or a module. It runs in Python
rather than in C, since only there can every step be checked; one's own stores take the fast road.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, ClassVar

import numpy as np

from modeldb.errors import UntrustedObject
from modeldb.objects import lift

_CALLABLE: dict[str, frozenset[str]] = {
    "builtins": frozenset(
        "object list dict tuple set frozenset bytearray bytes str int float bool complex range slice".split()
    ),
    "collections": frozenset({"OrderedDict", "defaultdict", "Counter", "deque"}),
    "copyreg": frozenset({"_reconstructor", "__newobj__", "__newobj_ex__"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "fractions": frozenset({"Fraction"}),
    "functools": frozenset({"partial"}),
    "modeldb.objects.lift": frozenset({"vocabulary", "torch_storage", "torch_tensor"}),
    "numpy": frozenset({"ndarray", "dtype", "matrix"}),
    "numpy._core.multiarray": frozenset({"_reconstruct", "scalar"}),
    "numpy.core.multiarray": frozenset({"_reconstruct", "scalar"}),
    "numpy._core.numeric": frozenset({"_frombuffer"}),
    "numpy.core.numeric": frozenset({"_frombuffer"}),
    "numpy.ma": frozenset({"MaskedArray"}),
    "numpy.ma.core": frozenset({"_mareconstruct", "MaskedArray", "MaskedConstant"}),
    "numpy.random._pickle": frozenset({"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"}),
    "numpy.random._mt19937": frozenset({"MT19937"}),
    "numpy.random._pcg64": frozenset({"PCG64", "PCG64DXSM"}),
    "numpy.random._philox": frozenset({"Philox"}),
    "numpy.random._sfc64": frozenset({"SFC64"}),
    "numpy.random.bit_generator": frozenset({"SeedSequence", "__pyx_unpickle_SeedSequence"}),
    "pandas._libs.arrays": frozenset({"__pyx_unpickle_NDArrayBacked"}),
    "pandas._libs.internals": frozenset({"_unpickle_block"}),
    "pandas._libs.tslibs.timestamps": frozenset({"_unpickle_timestamp"}),
    "pandas._libs.tslibs.timedeltas": frozenset({"_timedelta_unpickle"}),
    "pandas.core.indexes.base": frozenset({"_new_Index"}),
    "pandas.core.indexes.datetimes": frozenset({"_new_DatetimeIndex"}),
    "pandas.core.indexes.period": frozenset({"_new_PeriodIndex"}),
    "pyarrow.lib": frozenset({"_restore_array", "chunked_array", "py_buffer", "type_for_alias"}),
    "torch": frozenset({"Size"}),
}
"""Functions and classes a pickle may call, by the module it finds them in."""

_CLASS_ROOTS = (
    "sklearn",
    "numpy.dtypes",
    "pandas",
    "scipy.interpolate",
    "scipy.sparse",
    "scipy.stats",
    "torch.nn.modules",
    "lightgbm",
    "xgboost",
)
"""Modules whose own classes may be made and filled."""

_REFUSED = ("externals", "datasets", "tests", "_testing", "estimator_checks", "conftest", "_test", "plotting")
_OPENS_FILES = ("pandas.io", "pandas.api", "pandas.ExcelFile", "pandas.ExcelWriter", "pandas.HDFStore")
"""Classes among them, or modules of such, that open a path they are made with, and may empty the file there."""
_UNPICKLERS = ("newObj",)
_VALUE_ROOTS = ("sklearn.metrics", "sklearn.feature_selection", "sklearn.preprocessing", "sklearn.linear_model",
                "sklearn.neural_network", "sklearn.gaussian_process", "sklearn.cluster",
                "sklearn.utils.extmath")  # fmt: skip
"""Modules whose functions may be kept inside a model (a score, a kernel), but not called while loading."""
_VALUES = {"scipy._lib.array_api_compat.numpy._aliases": frozenset({"asarray"})}
_NUMPY_VALUES = frozenset(
    "mean median sum std var min max amin amax nanmean nanmedian nanmin nanmax nanstd clip round real imag".split()
)


def loads(data: bytes, buffers: Iterable[object], name: str) -> Any:
    """The object in a pickle, if it asks for nothing that could run code; else raises UntrustedObject."""
    return _Unpickler(data, buffers, name).load()


class _Unpickler(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, data: bytes, buffers: Iterable[object], name: str) -> None:
        super().__init__(io.BytesIO(data), buffers=buffers)
        self._name = name
        self._callable: set[int] = set()
        self._kept: list[object] = []

    def find_class(self, module: str, name: str) -> Any:
        found, may_call = _allowed(module, name)
        if found is None:
            raise self._refusal(f"{module}.{name}")
        if may_call:
            self._callable.add(id(found))
            self._kept.append(found)
        return found

    def _refusal(self, what: str) -> UntrustedObject:
        return UntrustedObject(
            f"{self._name} was not loaded: it asks for {what}, which could run code, and this store was not written "
            "by you on this machine. If you trust whoever wrote it, load it with trust=True."
        )

    def _check_call(self, function: object) -> None:
        if id(function) not in self._callable:
            raise self._refusal(f"a call of {getattr(function, '__qualname__', function)!r}")

    def get_extension(self, code: int) -> None:
        raise self._refusal(f"pickle extension {code}")

    def _instantiate(self, klass: object, args: tuple[object, ...]) -> None:
        self._check_call(klass)
        super()._instantiate(klass, args)

    def load_reduce(self) -> None:
        self._check_call(self.stack[-2])
        super().load_reduce()

    def load_newobj(self) -> None:
        self._check_call(self.stack[-2])
        super().load_newobj()

    def load_newobj_ex(self) -> None:
        self._check_call(self.stack[-3])
        super().load_newobj_ex()

    def load_build(self) -> None:
        target = self.stack[-2]
        if isinstance(target, type | FunctionType | BuiltinFunctionType | ModuleType | np.ufunc):
            raise self._refusal(f"a change of {target!r}")
        super().load_build()

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.BUILD[0]] = load_build


def _allowed(module: str, name: str) -> tuple[Any, bool]:
    """The global and whether a pickle may call it; (None, False) when it may not even name it."""
    if "." in name:
        return None, False
    if name in _CALLABLE.get(module, ()):
        return _safer(module, name), True
    if name in _VALUES.get(module, ()):
        return getattr(_imported(module), name, None), False
    if not _is_known(module) or any(word in part for part in module.split(".") for word in _REFUSED):
        return None, False
    found = getattr(_imported(module), name, None)
    if isinstance(found, type):
        if _starts(f"{module}.{name}", _OPENS_FILES) or _starts(f"{found.__module__}.{name}", _OPENS_FILES):
            return None, False
        own = found.__module__ == module or module in ("pandas", "numpy", "torch")
        if own and (_starts(found.__module__, _CLASS_ROOTS) or issubclass(found, np.generic)):
            return found, True
        return None, False
    if _starts(module, ("sklearn",)) and (name in _UNPICKLERS or name.startswith("__pyx_unpickle")):
        return found, True
    if isinstance(found, np.ufunc) or (module == "numpy" and name in _NUMPY_VALUES):
        return found, False
    if callable(found) and _starts(module, _VALUE_ROOTS) and getattr(found, "__module__", None) == module:
        return found, False
    if type(found).__module__ == "torch" and type(found).__name__ in ("dtype", "layout", "memory_format"):
        return found, False
    return None, False


def _is_known(module: str) -> bool:
    return _starts(module, (*_CLASS_ROOTS, "numpy", "scipy.special", "torch", *_VALUE_ROOTS))


def _starts(module: str, roots: Iterable[str]) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def _imported(module: str) -> ModuleType | None:
    if module in sys.modules:
        return sys.modules[module]
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _safer(module: str, name: str) -> Callable[..., Any]:
    if module in ("numpy.core.multiarray", "numpy.core.numeric"):
        module = module.replace("numpy.core", "numpy._core")  # written by numpy 1, read by numpy 2
    if module == "modeldb.objects.lift":
        return getattr(lift, name)
    return getattr(importlib.import_module(module), name)
