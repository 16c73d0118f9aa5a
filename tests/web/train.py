"""The script whose store the pages are tested on: projects, curves, predictions, and names that try to be markup."""

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import modeldb

HOSTILE = '<img src=x onerror="window.attacked=1">'

modeldb.autolog()
values, target = make_classification(600, 6, n_informative=3, flip_y=0.12, random_state=0)
frame = pd.DataFrame(values, columns=["age", "tenure", "income", "visits", "region", HOSTILE])
frame["churned"] = target


def judge(model, X_test, y_test):
    predicted = model.predict(X_test)
    accuracy_score(y_test, predicted)
    roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])


for index, C in enumerate([0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]):
    with modeldb.run(f"linear {index}", project="churn") as run:
        X_train, X_test, y_train, y_test = train_test_split(
            frame.drop(columns="churned"), frame["churned"], test_size=0.3, random_state=0
        )
        model = Pipeline([("scale", StandardScaler()), ("linear", LogisticRegression(C=C))]).fit(X_train, y_train)
        judge(model, X_test, y_test)
        for step in range(30):
            run.log_metric("loss", float(np.exp(-step / 10) + C / 100), step=step)
for index, depth in enumerate([2, 4, 8]):
    with modeldb.run(f"forest {index}", project="churn") as run:
        X_train, X_test, y_train, y_test = train_test_split(
            frame.drop(columns="churned"), frame["churned"], test_size=0.3, random_state=0
        )
        model = RandomForestClassifier(n_estimators=10, max_depth=depth, random_state=0).fit(X_train, y_train)
        judge(model, X_test, y_test)
with modeldb.run(HOSTILE, project="prices") as run:
    run.tag(HOSTILE, HOSTILE)
    run.note(f"{HOSTILE}<script>window.attacked=1</script>")
    model = LinearRegression().fit(frame[["age", HOSTILE]], frame["income"])
    mean_absolute_error(frame["income"], model.predict(frame[["age", HOSTILE]]))
with modeldb.run("two at once", project="sizes") as run:
    sizes = frame[["age", "tenure"]] * 10
    sizes.columns = ["height", "width"]
    model = LinearRegression().fit(frame[["income", "visits"]], sizes)
    mean_absolute_error(sizes, model.predict(frame[["income", "visits"]]))
    other = LinearRegression(fit_intercept=False).fit(frame[["income", "visits"]], sizes)
    mean_absolute_error(sizes, other.predict(frame[["income", "visits"]]))
