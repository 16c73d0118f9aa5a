"""What SQL may ask about a model's inside is there as soon as the model is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import modeldb

SCRIPT = """
import modeldb
modeldb.autolog(store="store")
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
X, y = load_diabetes(return_X_y=True, as_frame=True)
ridge = Ridge(alpha=2.0).fit(X, y)
forest = RandomForestRegressor(n_estimators=5, max_depth=3, random_state=0).fit(X, y)
print(*map(float, ridge.coef_))
print(*map(float, forest.feature_importances_))
"""


def test_features_parts_and_summaries_are_those_of_the_models(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("pandas")
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=True)
    coefficients, importances = ([float(word) for word in line.split()] for line in done.stdout.splitlines())
    with modeldb.open(tmp_path / "store") as db:
        rows = db.sql(
            "SELECT m.type, f.name, f.coefficient, f.importance FROM features f JOIN models m USING (model_id) "
            "ORDER BY m.type, f.position"
        ).rows()
        forest, ridge = rows[:10], rows[10:]
        assert [row[0] for row in (forest[0], ridge[0])] == ["RandomForestRegressor", "Ridge"]
        assert [row[1] for row in ridge][:3] == ["age", "sex", "bmi"]
        assert [row[2] for row in ridge] == coefficients
        assert [row[3] for row in forest] == importances
        parts = db.sql(
            "SELECT p.path, p.shape FROM model_parts p JOIN models m USING (model_id) WHERE m.type = 'Ridge'"
        ).rows()
        assert ("coef_", "10") in parts
        assert db.sql("SELECT count(summary) FROM models WHERE role = 'model'").scalar() == 2
        assert db.catalog.query("SELECT type FROM unknown_records") == []
