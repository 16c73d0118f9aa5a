"""A model taken out of another that was fitted is a part of it, not one that was found."""

from __future__ import annotations

import pytest

from modeldb.testing.recording import record

FITTED = """
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
y = (y == 1).astype(int)
forest = RandomForestClassifier(5, random_state=0)
whole = {make}.fit(X, y)
part = {part}
accuracy_score(y, part.predict(X) > 0.5)
"""

CASES = {
    "a tree of a forest": ("forest", "whole.estimators_[3]", "estimators_[3]"),
    "a tree of boosting, in an array": ("GradientBoostingClassifier(n_estimators=4)", "whole.estimators_[2, 0]",
                                        "estimators_[2, 0]"),
    "one level down": ("VotingClassifier([('f', forest)])", "whole.estimators_[0].estimators_[1]", "estimators_[1]"),
    "behind an object that is no estimator": (
        "CalibratedClassifierCV(forest, cv=2, ensemble=True)",
        "whole.calibrated_classifiers_[1].estimator.estimators_[2]", "estimators_[2]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_part_of_a_model_is_known_as_such(case, tmp_path):
    make, part, where = CASES[case]
    recorded = record(FITTED.replace("{make}", make).replace("{part}", part), tmp_path)
    (metric,) = recorded.metrics
    (model,) = [model for model in recorded.models if model.model_id == metric.model_id]
    assert model.role == "step" and (model.name or "").endswith(where)
    whole = next(m for m in recorded.models if m.model_id == model.parent_model_id)
    assert whole.role in ("model", "step") and metric.dataset_id
    operations = [a.operation.rpartition(".")[2] for a in recorded.ancestors(recorded.one("accuracy_score"))]
    assert "load_iris" in operations and "fit" in operations
    assert "found" not in {m.role for m in recorded.models}


def test_each_part_is_taken_out_once_however_many_there_are(tmp_path):
    many = "RandomForestClassifier(70, max_depth=1, random_state=0)"
    script = FITTED.replace("{make}", many).replace("{part}", "whole.estimators_[0]")
    loop = "for _ in range(2):\n    for tree in whole.estimators_:\n        tree.predict(X)\n"
    recorded = record(script + loop, tmp_path)
    taken = [action for action in recorded.actions if action.operation.startswith("estimators_")]
    assert sorted(action.operation for action in taken) == sorted(f"estimators_[{i}]" for i in range(70))
    assert all(action.inferred and action.inputs[0].artifact_kind == "model" for action in taken)
