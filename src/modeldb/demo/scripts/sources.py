"""Which package does a piece of code come from? Classifiers on its words, one of them in rounds."""

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

sources = pd.read_csv("data/sources.csv")
train, test = train_test_split(sources, test_size=0.3, stratify=sources["package"], random_state=2)


def words():
    return TfidfVectorizer(token_pattern=r"[A-Za-z_]\w+", min_df=3, sublinear_tf=True)


for classifier in (ComplementNB(alpha=1.0), ComplementNB(alpha=0.1), LogisticRegression(C=5.0, tol=1e-3)):
    model = make_pipeline(words(), classifier)
    model.fit(train["code"], train["package"])
    predicted = model.predict(test["code"])
    accuracy = accuracy_score(test["package"], predicted)
    print(f"{accuracy:.3f} {f1_score(test['package'], predicted, average='macro'):.3f} {classifier}")

vectorizer = words()
X_train = vectorizer.fit_transform(train["code"])
X_test = vectorizer.transform(test["code"])
packages = np.unique(train["package"])
learner = SGDClassifier(loss="log_loss", alpha=1e-5, random_state=0)
shuffle = np.random.default_rng(0)
for epoch in range(8):
    order = shuffle.permutation(X_train.shape[0])
    learner.partial_fit(X_train[order], train["package"].iloc[order], classes=packages)
    loss = log_loss(test["package"], learner.predict_proba(X_test))
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {accuracy_score(test['package'], learner.predict(X_test)):.3f}")
