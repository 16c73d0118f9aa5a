"""Is a tumour benign? A support vector machine, its settings searched for."""

import pandas as pd
from sklearn.metrics import accuracy_score, classification_report, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

tumours = pd.read_csv("data/tumours.csv")
X, y = tumours.drop(columns="benign"), tumours["benign"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=1)

pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
grid = {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.001, 0.01, 0.1]}
search = GridSearchCV(pipeline, grid, cv=5, scoring="roc_auc", n_jobs=2)
search.fit(X_train, y_train)
print("best:", search.best_params_, f"{search.best_score_:.4f}")

predicted = search.predict(X_test)
print(classification_report(y_test, predicted, target_names=["malignant", "benign"]))
print(f"accuracy {accuracy_score(y_test, predicted):.4f}")
print(f"auc      {roc_auc_score(y_test, search.decision_function(X_test)):.4f}")
