"""Training scripts as people write them, recorded as people record them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CUSTOMERS = """
import numpy as np
import pandas as pd

random = np.random.default_rng(0)
n = 300
age, income = random.integers(18, 80, n), random.normal(50, 15, n).round(2)
churn = (age / 80 + income / 100 + random.normal(0, 0.3, n) > 1).astype(int)
plan = random.choice(list("abc"), n)
pd.DataFrame({"age": age, "income": income, "plan": plan, "churn": churn}).to_csv("customers.csv", index=False)
"""

TRAIN = """
import sys

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

C = float(sys.argv[1])
df = pd.read_csv("customers.csv")
X, y = df.drop(columns="churn"), df["churn"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
columns = ColumnTransformer([("num", StandardScaler(), ["age", "income"]), ("cat", OneHotEncoder(), ["plan"])])
pipeline = Pipeline([("columns", columns), ("clf", LogisticRegression())])
search = GridSearchCV(pipeline, {"clf__C": [0.01, C]}, cv=2)
search.fit(X_train, y_train)
predicted = search.predict(X_test)
print(accuracy_score(y_test, predicted), f1_score(y_test, predicted))
print(roc_auc_score(y_test, search.predict_proba(X_test)[:, 1]))
forest = RandomForestClassifier(n_estimators=int(5 * C), random_state=0)
forest.fit(X_train[["age", "income"]], y_train)
print(accuracy_score(y_test, forest.predict(X_test[["age", "income"]])))
boosting = GradientBoostingClassifier(n_estimators=3, max_depth=1, random_state=0)
boosting.fit(X_train[["age", "income"]], y_train)
"""

BROKEN = "import pandas as pd\nprint(1)\npd.read_csv('customers.csv', usecols=['nothing'])\n"


def run(directory: Path, script: str, *arguments: str, store: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script of the directory, recorded into `store` if one is given."""
    command = ["-m", "modeldb", "run", script] if store else [script]
    environment = {**os.environ, "MODELDB_STORE": str(store), "MODELDB_PROJECT": "real"} if store else dict(os.environ)
    environment.pop("MODELDB_URL", None)
    return subprocess.run(
        [sys.executable, *command, *arguments], cwd=directory, env=environment, capture_output=True, text=True
    )  # fmt: skip


def record_all(directory: Path) -> Path:
    """A store with a script that was run, changed and run again, and one that failed. Returns where it is."""
    (directory / "make.py").write_text(CUSTOMERS)
    (directory / "train.py").write_text(TRAIN)
    (directory / "broken.py").write_text(BROKEN)
    store = directory / ".modeldb"
    for arguments in (["make.py"], ["train.py", "1"], ["train.py", "2"], ["broken.py"]):
        recorded = store if arguments[0] != "make.py" else None
        done = run(directory, *arguments, store=recorded)
        if done.returncode != (1 if arguments[0] == "broken.py" else 0):
            raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stderr}")
    return store
