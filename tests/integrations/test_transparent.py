"""What a script prints about itself, and what a library finds out about its caller, is the same while recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeldb.testing.processes import python, recorded

CHAINED = """
import pandas as pd
def clean():
    frame = pd.DataFrame({"a": [1.0, None, 3.0], "b": [4, 5, 6]})
    frame["a"].fillna(0, inplace=True)
    frame.fillna({"a": 1}, inplace=True)
    frame.b.replace(4, 7, inplace=True)
    named = frame["b"]
    named.clip(5, 6, inplace=True)
    frame.b.where(frame.b > 5, 0, inplace=True)
    frame.b.update(pd.Series([1, 2, 3]))
    return frame
print(clean())
many = pd.DataFrame({"a": [1, 2]})
for _ in range(60):
    many["a"].fillna(0, inplace=True)
"""

NAMES = """
import pandas as pd
limit = 2
def chosen(frame, low):
    print(frame.query("a >= @low and a in @frame.a"), frame.eval("c = a + @low"), frame.query("a > @low", level=0))
frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
chosen(frame, 2)
print(frame.query("a == @limit"), frame.eval("a + @limit").sum())
frame.query("a == @nothing")
"""

BLAMED = """
import os, warnings
import pandas as pd
source = '''
def groupby(frame, *args, **kwargs):
    warnings.warn("soon", FutureWarning, stacklevel=level())
    return original(frame, *args, **kwargs)
'''
names = {"warnings": warnings, "original": pd.DataFrame.groupby, "level": pd.util._exceptions.find_stack_level}
exec(compile(source, os.path.join(os.path.dirname(pd.__file__), "core", "frame.py"), "exec"), names)
pd.DataFrame.groupby = names["groupby"]
frame = pd.DataFrame({"a": [1, 2, 2], "b": [1, 1, 2]})
print(pd.crosstab(frame.a, frame.b))
frame.groupby("a").agg("sum")
print(frame.groupby("a").apply(lambda group: group.b.sum()).tolist())
"""

IMPORTED = """
import warnings
warnings.warn("do not import this", DeprecationWarning, stacklevel=2)
def fail():
    raise ValueError("no")
fail()
"""

NUMBERS = """
import numpy as np
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_squared_error
np.seterr(all="raise")
X = np.linspace(0, 1, 50)[:, None]
model = SGDRegressor(random_state=0, max_iter=5, tol=None).fit(X, X[:, 0])
model.coef_ *= 1e300
model.fit(X[:, [0, 0]] * 1e300 > 0, X[:, 0])
with np.errstate(all="ignore"):
    print(mean_squared_error(X[:, 0] * 1e200, X[:, 0]))
print(np.geterr())
"""


def in_both_ways(text: str, directory: Path, *flags: str) -> str:
    """What a script writes to standard error, which must be the same recorded, as must everything else."""
    (directory / "script.py").write_text(text)
    bare = python([*flags, "script.py"], directory)
    ours = recorded(["script.py"], directory, {"PYTHONWARNINGS": flags[1]} if flags else None)
    assert ours == bare
    return bare.stderr


def test_pandas_warns_of_methods_that_change_a_temporary(tmp_path):
    pytest.importorskip("pandas")
    assert "inplace" in in_both_ways(CHAINED, tmp_path)


def test_pandas_finds_the_variables_a_query_names(tmp_path):
    pytest.importorskip("pandas")
    assert "'nothing' is not defined" in in_both_ways(NAMES, tmp_path)


def test_pandas_blames_the_scripts_line(tmp_path):
    pytest.importorskip("pandas")
    assert in_both_ways(BLAMED, tmp_path, "-W", "always").count("script.py") == 3


def test_a_module_that_warns_and_fails_while_it_is_imported(tmp_path):
    (tmp_path / "helper.py").write_text(IMPORTED)
    errors = in_both_ways("import helper", tmp_path)
    assert "script.py:1: DeprecationWarning" in errors and "importlib" not in errors


def test_numbers_beyond_all_bounds(tmp_path):
    pytest.importorskip("sklearn")
    assert in_both_ways(NUMBERS, tmp_path) == ""


def test_where_libraries_live_is_asked_before_imports_are_followed():
    """Asking may import a module: from inside such an import, Python 3.13 has no answer."""
    pytest.importorskip("sklearn")
    text = (
        "from modeldb.client import values\n"
        "from modeldb.integrations.imports import PostImport\n"
        "PostImport(print).install()\n"
        "print(values._library_roots.cache_info().currsize)\n"
    )
    assert python(["-c", text], Path.cwd()).stdout == "1\n"
