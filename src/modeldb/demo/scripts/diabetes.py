"""How far will the disease have come in a year? Several regressions, and where they are off."""

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.metrics import max_error, mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

patients = pd.read_csv("data/diabetes.csv")
X, y = patients.drop(columns="target"), patients["target"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=3)

models = {
    "linear": LinearRegression(),
    "ridge": make_pipeline(StandardScaler(), Ridge(alpha=10.0)),
    "lasso": make_pipeline(StandardScaler(), Lasso(alpha=1.0)),
    "pairs": make_pipeline(StandardScaler(), PolynomialFeatures(interaction_only=True), Lasso(alpha=3.0)),
    "forest": RandomForestRegressor(n_estimators=50, min_samples_leaf=3, random_state=0),
    "boosting": GradientBoostingRegressor(n_estimators=50, max_depth=2, random_state=0),
}
for name, model in models.items():
    folds = cross_val_score(model, X_train, y_train, scoring="r2", cv=4)
    model.fit(X_train, y_train)
    predicted = model.predict(X_test)
    residuals = y_test - predicted
    print(
        f"{name:9} r2 {r2_score(y_test, predicted):.3f} (folds {folds.mean():.3f})"
        f"  rmse {root_mean_squared_error(y_test, predicted):5.1f}"
        f"  mae {mean_absolute_error(y_test, predicted):5.1f}"
        f"  worst {max_error(y_test, predicted):6.1f}"
        f"  bias {np.mean(residuals):+.1f}"
    )
