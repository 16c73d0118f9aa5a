"""Which functions of Python's library have a docstring? Three models on columns of every kind."""

import re

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class NameParts(TransformerMixin, BaseEstimator):
    """What a function's name looks like: private, special, how many words."""

    def __init__(self, separator="_"):
        self.separator = separator

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        names = X.iloc[:, 0].str.split(":").str[1]
        return pd.DataFrame(
            {
                "private": names.str.match(r"_(?!_)").astype(float),
                "special": names.str.match(r"__\w+__$").astype(float),
                "test": names.str.contains(r"test|check", flags=re.IGNORECASE).astype(float),
                "words": names.str.strip("_").str.count(self.separator) + 1.0,
            },
            index=X.index,
        )

    def get_feature_names_out(self, input_features=None):
        return ["private", "special", "test", "words"]


functions = pd.read_csv("data/functions.csv")
functions["lines"] = functions["lines"].clip(upper=200)
X = functions.drop(columns="documented")
y = functions["documented"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)


def features():
    return ColumnTransformer(
        [
            ("name", NameParts(), ["function"]),
            ("numbers", StandardScaler(), ["arguments", "defaults", "statements", "branches", "lines"]),
            (
                "words",
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="none"),
                    OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist", sparse_output=False),
                ),
                ["package", "kind", "decorator"],
            ),
            ("rest", "passthrough", ["annotated"]),
        ]
    )


linear = make_pipeline(features(), LogisticRegression(max_iter=1000))
forest = make_pipeline(features(), RandomForestClassifier(n_estimators=40, min_samples_leaf=2, random_state=0))
boosting = make_pipeline(features(), HistGradientBoostingClassifier(max_iter=60, random_state=0))

for name, model in [("linear", linear), ("forest", forest), ("boosting", boosting)]:
    model.fit(X_train, y_train)
    labels = model.predict(X_test)
    scores = model.predict_proba(X_test)[:, 1]
    print(
        f"{name:10} accuracy {accuracy_score(y_test, labels):.3f}"
        f"  f1 {f1_score(y_test, labels):.3f}"
        f"  auc {roc_auc_score(y_test, scores):.3f}"
    )
