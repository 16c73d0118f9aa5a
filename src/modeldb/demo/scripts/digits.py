"""Which digit is it? A first try, to be improved on."""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

digits = pd.read_csv("data/digits.csv")
X, y = digits.drop(columns="target"), digits["target"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=4)

model = make_pipeline(MinMaxScaler(), LogisticRegression(C=0.02))
model.fit(X_train, y_train)

predicted = model.predict(X_test)
print(f"accuracy {accuracy_score(y_test, predicted):.4f}  f1 {f1_score(y_test, predicted, average='macro'):.4f}")
