"""imbalanced-learn: its samplers are steps towards a model, and its metrics are about one."""

from __future__ import annotations

import pytest

from modeldb.testing.recording import linked, record

pytest.importorskip("imblearn")

SCRIPT = """
from imblearn.datasets import make_imbalance
from imblearn.metrics import (
    classification_report_imbalanced, geometric_mean_score, make_index_balanced_accuracy,
    sensitivity_specificity_support, specificity_score,
)
from imblearn.over_sampling import RandomOverSampler
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X, y = make_imbalance(X, y, sampling_strategy={0: 60, 1: 300}, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_more, y_more = RandomOverSampler(random_state=0).fit_resample(X_train, y_train)
clf = LogisticRegression(solver="liblinear").fit(X_more, y_more)
said = clf.predict(X_test)
"""


@pytest.mark.parametrize(
    ("call", "metric"),
    [
        ("geometric_mean_score(y_test, said)", "geometric_mean_score"),
        ("specificity_score(y_test, said)", "specificity_score"),
        ("make_index_balanced_accuracy()(geometric_mean_score)(y_test, said)", "geometric_mean_score"),
        ("classification_report_imbalanced(y_test, said, output_dict=True)", "avg_pre"),
    ],
)
def test_a_metric_is_about_the_model_and_the_data(call, metric, tmp_path):
    assert linked(record(f"{SCRIPT}{call}\n", tmp_path), metric) == [("LogisticRegression", "X_test")]


def test_the_numbers_of_a_tuple_and_of_a_printed_report_have_names(tmp_path):
    recorded = record(
        SCRIPT
        + """
sensitivity_specificity_support(y_test, said, average="macro")
classification_report_imbalanced(y_test, said)
""",
        tmp_path,
    )
    labels = [m.label for m in recorded.metrics if m.name == "sensitivity_specificity_support"]
    assert labels == ["sensitivity", "specificity"]
    assert {m.label for m in recorded.metrics if m.name == "spe"} == {"0", "1", "avg / total"}


def test_what_a_sampler_made_leads_back_through_it(tmp_path):
    recorded = record(SCRIPT, tmp_path)
    steps = [a.operation.rpartition(".")[2] for a in recorded.ancestors(recorded.one("LogisticRegression.fit"))]
    assert steps[:3] == ["fit_resample", "train_test_split", "make_imbalance"]
    assert "load_breast_cancer" in steps
