"""A key column says which example a row is, also where it has been dropped, and whatever happened to the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import modeldb
from modeldb.database import Database
from modeldb.objects.columns import key_digest, key_digests, row_digests

from .conftest import record

MAKE = """
import json, sys
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(0)
n = 200
frame = pd.DataFrame({"customer_id": random.permutation(n) + 1000, "age": random.integers(18, 80, n),
                      "income": random.normal(50, 15, n).round(2), "region": random.integers(0, 3, n)})
frame["churn"] = (frame.age / 80 + frame.income / 100 > 1).astype(int)
frame.iloc[100:, 1:] = frame.iloc[:100, 1:].to_numpy()  # everybody has a double
frame.to_csv("customers.csv", index=False)
"""

TRAIN = """
df = pd.read_csv("customers.csv")
ids = {}
def keep(model, X, truth, who):
    ids[model.C] = list(map(int, who))
    accuracy_score(truth, model.predict(X))

X, y = df.drop(columns=["customer_id", "churn"]), df["churn"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
who = df["customer_id"][X_test.index]
keep(LogisticRegression(C=1.0).fit(X_train, y_train), X_test, y_test, who)

scaler = StandardScaler().fit(X_train)
scaled = scaler.transform(X_test)
keep(LogisticRegression(C=2.0).fit(scaler.transform(X_train), y_train), scaled, y_test, who)

corrected = X_test.assign(income=X_test["income"] * 1.1, age=X_test["age"] + 1, extra=1.5)
keep(LogisticRegression(C=3.0).fit(X_train.assign(extra=1.5), y_train), corrected, y_test, who)

late = df[df.age > 40].sample(frac=1.0, random_state=1)
array = late[["income", "age"]].to_numpy()
keep(LogisticRegression(C=4.0).fit(array, late["churn"]), array, late["churn"], late["customer_id"])

renamed = df.sort_values("income", ignore_index=True).rename(columns={"age": "years"})
features = renamed[["years", "income"]]
keep(LogisticRegression(C=5.0).fit(features, renamed["churn"]), features, renamed["churn"], renamed["customer_id"])

indexed = pd.read_csv("customers.csv", index_col="customer_id")
part = indexed.loc[[1005, 1003, 1001], ["age", "income"]]
keep(LogisticRegression(C=6.0).fit(indexed[["age", "income"]], indexed["churn"]), part, indexed["churn"][part.index],
     part.index)
json.dump(ids, open("ids.json", "w"))
"""


def judged_on(db: Database, c: float) -> str:
    """The dataset that the model of this C was judged on."""
    found = db.sql(
        "SELECT DISTINCT p.dataset_id FROM predictions p JOIN hyperparameters h USING (model_id) "
        "WHERE h.name = 'C' AND h.value_double = ?",
        [c],
    )
    return str(found.scalar())


def said(db: Database) -> dict[float, list[int]]:
    """The examples of every model's predictions, in order, by the model's C."""
    rows = db.sql(
        "SELECT h.value_double, p.example FROM predictions p JOIN hyperparameters h USING (model_id) "
        "WHERE h.name = 'C' ORDER BY h.value_double, p.\"row\""
    )
    found: dict[float, list[int]] = {}
    for c, example in rows:
        found.setdefault(c, []).append(example)
    return found


@pytest.mark.parametrize("how", ["environment", "config", "log_dataset"])
def test_examples_are_named_by_their_key_through_every_step(tmp_path: Path, how: str) -> None:
    pytest.importorskip("sklearn")
    script, settings = MAKE + TRAIN, {}
    if how == "environment":
        settings["MODELDB_EXAMPLE_KEY"] = "customer_id"
    elif how == "config":
        (tmp_path / "store").mkdir()
        (tmp_path / "store" / "config.toml").write_text('format = 1\n\n[settings]\nexample_key = ["customer_id"]\n')
    else:
        named = 'import modeldb\nwith modeldb.run() as run:\n    run.log_dataset(df, "all", key="customer_id")\n'
        script = script.replace("ids = {}\n", named + "ids = {}\n")
    with modeldb.open(record(script, tmp_path, **settings)) as db:
        found = said(db)
        true = {float(c): ids for c, ids in json.loads((tmp_path / "ids.json").read_text()).items()}
        assert set(found) == set(true)
        for c, ids in true.items():
            assert found[c] == [db.examples.example(customer_id=i) for i in ids], c
        one = db.examples.example(customer_id=true[1.0][0])
        assert len(db.examples.history(one)) >= 3
        kept = db.sql(f"SELECT example FROM examples('{judged_on(db, 1.0)}') ORDER BY \"row\"").column("example")
        assert kept == found[1.0]


def test_without_a_key_the_rows_say_it(tmp_path: Path) -> None:
    with modeldb.open(record(MAKE + TRAIN, tmp_path)) as db:
        found = said(db)
        assert found[1.0] == row_digests(db.dataset(judged_on(db, 1.0)).load()).tolist()


def test_a_key_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [3, 4]})
    with modeldb.run("r", store=tmp_path) as run, pytest.raises(modeldb.errors.InvalidInput, match="has a, b"):
        run.log_dataset(frame, key="c")


def test_a_key_is_its_name_and_its_value() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, None], "b": ["x", "y", "z"], "c": [0.5, 0.25, 0.125]})
    digests = key_digests(frame, ["a", "b"])
    assert digests is not None
    assert digests[0] == key_digest({"b": "x", "a": 1}) != key_digest({"a": "x", "b": 1})
    assert digests[2] == row_digests(frame)[2], "a row without a key is named by all that is in it"
    changed = key_digests(frame.assign(c=1)[["c", "b", "a"]].astype({"b": "category"}), ["b", "a"])
    assert np.array_equal(changed[:2], digests[:2])
    indexed = key_digests(frame.set_index("b"), ["b"])
    assert np.array_equal(indexed, key_digests(frame, ["b"]))
    assert key_digests(frame, ["d"]) is None and key_digests(frame.to_numpy(), ["a"]) is None
