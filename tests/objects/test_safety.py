"""A store from a stranger may be damaged or hostile; loading from it runs nothing."""

from __future__ import annotations

import functools
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from pandas.api.typing import JsonReader
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from modeldb.errors import NotCapturable, UntrustedObject
from modeldb.objects import ObjectStore, capture, open_store, safe

X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)


class Attack:
    """Reduces to a call of anything."""

    def __init__(self, function: Any, *arguments: Any, state: Any = None) -> None:
        self.reduction = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> Any:
        return self.reduction


def class_setter() -> bytes:
    """Fills a class instead of an object: its predict would be replaced for everybody."""
    return (
        b"\x80\x04\x8c\x1esklearn.linear_model._logistic\x8c\x12LogisticRegression\x93"
        b"N}\x8c\x07predict\x8c\x05numpy\x8c\x03log\x93s\x86b."
    )


HOSTILE = {
    "os.system": lambda: pickle.dumps(Attack(os.system, "touch pwned")),
    "eval": lambda: pickle.dumps(Attack(eval, "1")),
    "getattr": lambda: pickle.dumps(Attack(getattr, [], "append")),
    "subprocess": lambda: pickle.dumps(Attack(subprocess.Popen, ["touch", "pwned"])),
    "import": lambda: pickle.dumps(Attack(__import__, "os")),
    "partial of os.system": lambda: pickle.dumps(functools.partial(os.system, "touch pwned")),
    "numpy loader": lambda: pickle.dumps(Attack(np.load, "x.npy", None, True)),
    "dotted name": lambda: b"\x80\x04\x8c\x05numpy\x8c\x0eos.path.exists\x93.",
    "library function": lambda: b"\x80\x04\x8c\x10sklearn.datasets\x8c\x0ffetch_20newsgrp\x93.",
    "joblib": lambda: b"\x80\x04\x8c\x06joblib\x8c\x04load\x93.",
    "class changed": class_setter,
    "file emptied": lambda: pickle.dumps(Attack(pandas.ExcelWriter, "pwned.xlsx")),
    "store emptied": lambda: pickle.dumps(Attack(pandas.HDFStore, "pwned.h5", "w")),
    "file read": lambda: pickle.dumps(Attack(JsonReader, "pwned.json")),
    "score called": lambda: b"\x80\x04\x8c\x0fsklearn.metrics\x8c\x0eaccuracy_score\x93K\x01K\x01\x86R.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_attacks_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UntrustedObject, match="trust=True"):
        safe.loads(HOSTILE[name](), [], "a model")
    assert not (tmp_path / "pwned").exists()
    assert LogisticRegression.predict is not np.log


def test_models_with_code_need_consent(tmp_path: Path) -> None:
    model = make_pipeline(FunctionTransformer(lambda x: x * 2), LogisticRegression()).fit(X, y)
    with open_store(tmp_path / "store") as own:
        assert own.trusted
        digest = own.put(capture(model)).digest
        assert (own.load(digest).predict(X) == model.predict(X)).all()
    with open_store(tmp_path / "store", trusted=False) as stranger:
        with pytest.raises(UntrustedObject, match="cloudpickle"):
            stranger.load(digest)
        assert (stranger.load(digest, trust=True).predict(X) == model.predict(X)).all()


def test_a_store_is_ones_own_only_with_ones_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(tmp_path / "store").close()
    assert open_store(tmp_path / "store").trusted
    monkeypatch.setenv("MODELDB_CONFIG_DIR", str(tmp_path / "somebody else"))
    assert not open_store(tmp_path / "store").trusted
    assert (tmp_path / "store").exists()


def test_a_store_others_can_write_to_is_not_ones_own(tmp_path: Path) -> None:
    open_store(tmp_path / "store").close()
    (tmp_path / "store").chmod(0o777)
    assert not open_store(tmp_path / "store").trusted


def test_common_values_need_no_trust() -> None:
    import datetime
    from collections import OrderedDict

    import pandas as pd
    import scipy.sparse

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])})
    values = {
        "frame": frame, "matrix": scipy.sparse.csr_matrix(np.eye(3)), "when": datetime.date(2020, 1, 1),
        "rng": np.random.default_rng(0), "state": np.random.RandomState(0), "od": OrderedDict(a=1),
        "time": pd.Timestamp("2020-01-01"), "function": np.log1p,
    }  # fmt: skip
    with open_store("memory://", trusted=True) as store:
        digest = store.put(capture(values)).digest
        back = ObjectStore(store.place, store.url).load(digest)
    assert back["frame"].equals(frame)
    assert back["function"] is np.log1p
    assert back["rng"].random() == values["rng"].random()


SCRIPT = """
import sys
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from modeldb.objects import capture, open_store

FACTOR = 3.0

def scaled(x):
    return x * FACTOR

class Shift(TransformerMixin, BaseEstimator):
    def __init__(self, by=1.0):
        self.by = by
    def fit(self, X, y=None):
        self.mean_ = X.mean(0)
        return self
    def transform(self, X):
        return scaled(X - self.mean_) + self.by

X = np.arange(30.0).reshape(10, 3) % 7
model = make_pipeline(Shift(), FunctionTransformer(lambda x: x ** 2), LogisticRegression()).fit(X, [0, 1] * 5)
with open_store(sys.argv[1]) as store:
    print(store.put(capture(model)).digest, model.predict_proba(X).tobytes().hex())
"""


def test_classes_of_a_script_load_in_another_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path / "store")]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second, "equal models of two runs have one digest"
    digest, expected = first.split()
    with open_store(tmp_path / "store") as store:
        model = store.load(digest)
    assert type(model[0]).__name__ == "Shift"
    answer = model.predict_proba(np.arange(30.0).reshape(10, 3) % 7)
    np.testing.assert_allclose(answer.ravel(), np.frombuffer(bytes.fromhex(expected)), rtol=1e-12)


def test_what_cannot_be_written_down_is_refused_with_the_reason() -> None:
    model = StandardScaler().fit(X)
    model.lock = threading.Lock()
    with pytest.raises(NotCapturable, match=r"StandardScaler cannot be stored.*lock"):
        capture(model)
