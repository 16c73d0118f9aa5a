"""Records of a team's year of work, made up but shaped like the real thing, as many as one likes.

For measuring and testing what reads a store: three projects with their files, splits, pipelines, learning curves,
failures, tags and notes. The same arguments give the same records, with the same ids.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modeldb.core.actions import (
    Action,
    Annotated,
    ColumnSeen,
    ColumnStatistics,
    DatasetDescribed,
    DatasetSeen,
    FeatureSeen,
    FileSeen,
    Input,
    Metrics,
    MetricSeen,
    ModelIndexed,
    ModelMade,
    ModelStored,
    Output,
    Record,
    RunDescribed,
    RunEnded,
    RunStarted,
    Value,
)
from modeldb.core.keys import digest

if TYPE_CHECKING:
    from modeldb.catalog import Catalog

BEGIN = 1_735_689_600.0  # 2025-01-01
YEAR = 365 * 86400.0
BATCH = 2000
COLUMNS = ("age", "tenure", "income", "visits", "balance", "products", "region", "channel", "score", "days_since")


@dataclass(frozen=True)
class Kind:
    """What one project does all year."""

    name: str
    file: str
    target: str
    problem_type: str
    estimators: tuple[str, ...]
    metrics: tuple[str, ...]
    curves: tuple[str, ...] = ()


KINDS = (
    Kind("churn", "churn.csv", "churned", "classification",
         ("sklearn.linear_model.LogisticRegression", "sklearn.ensemble.RandomForestClassifier",
          "sklearn.ensemble.HistGradientBoostingClassifier", "sklearn.svm.SVC"),
         ("accuracy_score", "balanced_accuracy_score", "f1_score", "precision_score", "recall_score",
          "roc_auc_score", "average_precision_score", "log_loss", "brier_score_loss", "matthews_corrcoef")),
    Kind("house-prices", "houses.csv", "price", "regression",
         ("sklearn.linear_model.Ridge", "sklearn.ensemble.RandomForestRegressor",
          "sklearn.ensemble.GradientBoostingRegressor"),
         ("r2_score", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "max_error",
          "median_absolute_error", "explained_variance_score", "mean_absolute_percentage_error",
          "d2_absolute_error_score", "mean_pinball_loss")),
    Kind("digits", "digits.npz", "digit", "classification",
         ("sklearn.neural_network.MLPClassifier",),
         ("accuracy_score", "balanced_accuracy_score", "f1_score", "precision_score", "recall_score",
          "log_loss", "cohen_kappa_score", "top_k_accuracy_score", "hamming_loss", "jaccard_score"),
         ("loss", "val_loss")),
)  # fmt: skip
SHARES = (0.6, 0.35, 0.05)
"""How the runs are shared among the projects."""


def records(
    n_runs: int, *, seed: int = 0, steps: int = 150, parameters: int = 20, shares: Sequence[float] = SHARES
) -> Iterator[list[Record]]:
    """The records of each run in turn, oldest run first; `shares` is how many each of the `KINDS` gets."""
    rng = random.Random(seed)
    counts = [0] * len(KINDS)
    for number in range(n_runs):
        which = rng.choices(range(len(KINDS)), shares)[0]
        counts[which] += 1
        at = BEGIN + YEAR * (number + rng.random()) / n_runs
        yield list(_Run(KINDS[which], number, counts[which], at, seed, rng).records(steps, parameters))


def fill(catalog: Catalog, runs: Iterable[Sequence[Record]], client_id: str = "synthetic") -> int:
    """Applies the records of runs in batches; returns how many there were."""
    written, batch = 0, list[Record]()
    for run in runs:
        batch += run
        if len(batch) >= BATCH:
            written += catalog.apply(client_id, batch, cursor=(0, written + len(batch)), first=written)
            batch = []
    if batch:
        written += catalog.apply(client_id, batch, cursor=(0, written + len(batch)), first=written)
    return written


class _Run:
    def __init__(self, kind: Kind, number: int, count: int, at: float, seed: int, rng: random.Random) -> None:
        self.kind, self.number, self.count, self.at, self.rng = kind, number, count, at, rng
        self.key = digest(["synthetic", seed, number])
        self.run_id = f"r-{self.key[:16]}"
        self.seq = 0
        self.clock = at
        # A new export of the file every 2,000 runs: its later columns change, the first ones stay.
        self.version = number // 2000
        self.split_seed = rng.randrange(4)
        self.made: dict[str, str] = {}

    def records(self, steps: int, parameters: int) -> Iterator[Record]:
        kind, rng = self.kind, self.rng
        user = rng.choice(("ada", "grace", "linus"))
        script = (
            f"/home/{user}/{kind.name}/train_{kind.estimators[self.count % len(kind.estimators)].split('.')[-1]}.py"
        )
        experiment = ("baseline", "features", "tuning")[min(3 * self.count // 2000, 2)]
        yield RunStarted(
            self.run_id, self.at, kind.name, experiment, f"{kind.name}-{self.count}", user, f"{user}-laptop",
            1000 + self.number % 30000, ["python", script, "--seed", str(self.split_seed)], script,
            f"/home/{user}/{kind.name}", "3.12.4",
        )  # fmt: skip
        environment = {
            "python": {"version": "3.12.4"},
            "packages": {"scikit-learn": "1.7.2", "pandas": "2.3.1", "numpy": f"2.{self.number // 4000}.0"},
        }
        commit = digest(["commit", kind.name, self.count // 12])
        yield RunDescribed(self.run_id, commit, "main", self.count % 7 == 0, digest(environment), environment)
        if rng.random() < 0.02:
            error = "FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'"
            yield self._action("read", "pandas.read_csv", "pandas", status="failed", error=error)
            yield RunEnded(self.run_id, "failed", self.clock, 1, error)
            return
        yield from self._prepare()
        yield from self._train(steps, parameters)
        yield RunEnded(self.run_id, "finished", self.clock + 1, 0)
        yield from self._annotations()

    def _prepare(self) -> Iterator[Record]:
        kind = self.kind
        path = f"data/{kind.file}"
        content = digest(["file", kind.file, self.version])
        file = FileSeen(f"f-{content}", path, 1_000_000 + self.version, content)
        raw = self._dataset("df", ["raw"], [*COLUMNS, kind.target], 10_000, source=path)
        yield self._action(
            "read", "pandas.read_csv", "pandas", inputs=[("filepath_or_buffer", file.file_id, "file")],
            outputs=[("output", raw.dataset_id)], datasets=[raw], files=[file],
        )  # fmt: skip
        features = self._dataset("X", ["raw"], COLUMNS, 10_000)
        target = self._dataset("y", ["raw"], [kind.target], 10_000)
        for part in (features, target):
            yield self._action(
                "select", "pandas.DataFrame.__getitem__", "pandas", inputs=[("self", raw.dataset_id, "dataset")],
                outputs=[("output", part.dataset_id)], datasets=[part],
            )  # fmt: skip
        parts = []
        for side, n in (("train", 7500), ("test", 2500)):
            how = ["split", side, self.split_seed]
            parts.append(self._dataset(f"X_{side}", how, COLUMNS, n))
            parts.append(self._dataset(f"y_{side}", how, [kind.target], n))
        yield self._action(
            "split", "sklearn.model_selection.train_test_split", "sklearn",
            params=[Value("test_size", 0.25, "float"), Value("random_state", self.split_seed, "int")],
            inputs=[("arrays", features.dataset_id, "dataset"), ("arrays", target.dataset_id, "dataset")],
            outputs=[(part.name or "output", part.dataset_id) for part in parts], datasets=parts,
        )  # fmt: skip
        for dataset in (raw, features, target, *parts):
            self.made[dataset.name or ""] = dataset.dataset_id
            yield DatasetDescribed(dataset.dataset_id, _statistics(dataset))

    def _train(self, steps: int, parameters: int) -> Iterator[Record]:
        kind, rng = self.kind, self.rng
        qualified = kind.estimators[self.count % len(kind.estimators)]
        chosen, skill = _hyperparameters(qualified, rng, parameters)
        model_id = f"m-{self.key[:16]}"
        model = self._model(model_id, qualified, chosen)
        fit = self._action(
            "fit", f"{qualified}.fit", "sklearn", duration=rng.lognormvariate(0, 1),
            inputs=[("X", self.made["X_train"], "dataset"), ("y", self.made["y_train"], "dataset")],
            outputs=[("self", model_id)], models=[model],
        )  # fmt: skip
        if self.count % 10 == 0:
            yield from self._pipeline(fit, model)
        else:
            yield fit
        yield from self._curves(model_id, steps, skill)
        content = digest(["model", self.key])
        yield ModelStored(model_id, content, rng.randrange(2_000, 9_000_000), rng.randrange(500, 400_000))
        features = _features(rng, "linear" in qualified)
        used = list(range(0 if "linear" in qualified else 3))
        splits = {"feature": used, "count": [5] * len(used), "gain": [0.5] * len(used)}
        summary = {"n_iter": rng.randrange(10, 200), "splits": splits}
        sketch = [feature.coefficient or feature.importance or 0.0 for feature in features]
        yield ModelIndexed(model_id, features, summary=summary, sketch=sketch)
        predicted = self._dataset("y_pred", ["predicted", self.key], [kind.target], 2500)
        yield self._action(
            "predict", f"{qualified}.predict", "sklearn",
            inputs=[("self", model_id, "model"), ("X", self.made["X_test"], "dataset")],
            outputs=[("output", predicted.dataset_id)], datasets=[predicted],
        )  # fmt: skip
        for name in kind.metrics:
            value = _metric(name, skill, rng)
            measured = MetricSeen(name, value, model_id, self.made["X_test"])
            yield self._action(
                "evaluate", f"sklearn.metrics.{name}", "sklearn", metrics=[measured],
                inputs=[("y_true", self.made["y_test"], "dataset"), ("y_pred", predicted.dataset_id, "dataset")],
            )  # fmt: skip

    def _pipeline(self, fit: Action, model: ModelMade) -> Iterator[Record]:
        """The fit as that of a pipeline: the scaler and the estimator are steps inside it."""
        import msgspec

        step_id = f"m-{digest(['scaler', self.key])[:16]}"
        scaler = ModelMade(
            step_id, "StandardScaler", "sklearn.preprocessing.StandardScaler", "sklearn", "1.7.2", "scale",
            "transform", "step", model.model_id, None, self.made["X_train"], len(COLUMNS), list(COLUMNS),
            [Value("with_mean", True, "bool", True), Value("with_std", True, "bool", True)],
        )  # fmt: skip
        yield msgspec.structs.replace(
            fit, operation="sklearn.pipeline.Pipeline.fit",
            models=[msgspec.structs.replace(model, type="Pipeline", qualified_type="sklearn.pipeline.Pipeline")],
        )  # fmt: skip
        scaled = self._dataset("X", ["scaled", self.split_seed], COLUMNS, 7500)
        inner = self._action(
            "fit", "sklearn.preprocessing.StandardScaler.fit_transform", "sklearn",
            inputs=[("X", self.made["X_train"], "dataset")],
            outputs=[("self", step_id), ("output", scaled.dataset_id)], datasets=[scaled], models=[scaler],
        )  # fmt: skip
        yield msgspec.structs.replace(inner, parent_id=fit.action_id, depth=1)

    def _curves(self, model_id: str, steps: int, skill: float) -> Iterator[Record]:
        if not self.kind.curves:
            return
        for step in range(steps):
            fall = math.exp(-(0.5 + skill) * 6 * step / steps)
            noise = self.rng.gauss(0, 0.01)
            values = [0.1 + 2.2 * fall + noise, 0.2 + 2.1 * fall + 2 * noise + 0.1 * step / steps]
            yield Metrics(self.run_id, self.clock + 0.1 * step, list(self.kind.curves), values, step, None, model_id)

    def _annotations(self) -> Iterator[Record]:
        if self.rng.random() < 0.03:
            stage = self.rng.choice(("candidate", "shipped", "broken"))
            yield Annotated(f"m-{self.key[:16]}", "tag", "stage", stage, "ada", self.clock)
        if self.rng.random() < 0.02:
            text = self.rng.choice(("Better than last week.", "Overfits; see the curve.", "Check the leak in balance."))
            yield Annotated(f"m-{self.key[:16]}", "note", digest(["note", self.key])[:16], text, "grace", self.clock)

    def _model(self, model_id: str, qualified: str, chosen: list[Value]) -> ModelMade:
        return ModelMade(
            model_id, qualified.split(".")[-1], qualified, "sklearn", "1.7.2", "model", self.kind.problem_type,
            train_dataset_id=self.made["X_train"], n_features=len(COLUMNS), feature_names=list(COLUMNS),
            hyperparameters=chosen,
        )  # fmt: skip

    def _dataset(
        self, name: str, how: list[Any], columns: list[str] | tuple[str, ...], n_rows: int, source: str | None = None
    ) -> DatasetSeen:
        """A dataset whose columns are new content from the version on that changed them."""
        seen = []
        for place, column in enumerate(columns):
            version = self.version if place >= 7 or how[0] == "predicted" else 0
            content = digest([self.kind.file, how, column, version])
            seen.append(ColumnSeen(column, "string" if column in ("region", "channel") else "float64", content))
        content = digest([[column.name, column.digest] for column in seen])
        container = "DataFrame" if len(columns) > 1 else "Series"
        return DatasetSeen(f"d-{content}", content, name, source, container, n_rows, seen)

    def _action(
        self,
        kind: str,
        operation: str,
        library: str,
        *,
        duration: float = 0.01,
        params: list[Value] | None = None,
        inputs: list[tuple[str, str, str]] | None = None,
        outputs: list[tuple[str, str]] | None = None,
        status: str = "ok",
        error: str | None = None,
        **more: Any,
    ) -> Action:
        number, self.seq = self.seq, self.seq + 1
        begun, self.clock = self.clock, self.clock + duration
        action_id = _action_id(begun, self.key, number)
        edges = []
        for role, artifact, artifact_kind in inputs or []:
            edges.append(Input(role, artifact, artifact_kind, self.made.get("by " + artifact)))
        made = [Output(role, id, "model" if id.startswith("m-") else "dataset") for role, id in outputs or []]
        for output in made:
            self.made["by " + output.artifact_id] = action_id
        return Action(
            action_id, self.run_id, number, None, 0, kind, operation, library, status, begun, duration,
            params or [], edges, made, error, f"train_{self.kind.name}.py", 10 + number,
            recipe_key=digest(["recipe", operation, self.kind.name, self.count % 50]), **more,
        )  # fmt: skip


def _action_id(at: float, key: str, number: int) -> str:
    """A UUIDv7 that is the same each time."""
    ms, noise = f"{int(at * 1000):012x}", digest([key, number])
    return f"{ms[:8]}-{ms[8:]}-7{noise[:3]}-8{noise[3:6]}-{noise[6:18]}"


def _hyperparameters(qualified: str, rng: random.Random, n: int) -> tuple[list[Value], float]:
    """`n` hyperparameters of an estimator, a few of which vary, and how good they are (0 to 1)."""
    rate = 10 ** rng.uniform(-4, 0)
    depth = rng.choice((2, 4, 8, 16, None))
    width = rng.choice((50, 100, 200, 400))
    flavour = rng.choice(("auto", "fast", "exact"))
    values = [
        Value("C" if "svm" in qualified or "linear" in qualified else "learning_rate", round(rate, 6), "float"),
        Value("max_depth", depth, "none" if depth is None else "int", depth is None),
        Value("n_estimators", width, "int", width == 100),
        Value("algorithm", flavour, "str", flavour == "auto"),
        Value("shuffle", rng.random() < 0.5, "bool"),
        Value("max_features", rng.choice(("sqrt", 0.5)), "object"),
        Value("random_state", rng.randrange(4), "int"),
    ]
    fixed = [Value(f"option_{i:02d}", i, "int", True) for i in range(max(n - len(values), 0))]
    skill = 0.6 - 0.05 * abs(math.log10(rate) + 2) + 0.04 * math.log2(width / 50)
    skill += {None: 0.02, 2: -0.1, 4: 0.0, 8: 0.05, 16: 0.03}[depth] + rng.gauss(0, 0.03)
    return [*values, *fixed][:n], min(max(skill, 0.0), 1.0)


def _metric(name: str, skill: float, rng: random.Random) -> float:
    noise = rng.gauss(0, 0.01)
    if "price" in name or "error" in name or "loss" in name:
        return round(max(1.2 - skill + noise, 0.01), 6)
    return round(min(max(0.45 + 0.5 * skill + noise, 0.0), 1.0), 6)


def _features(rng: random.Random, linear: bool) -> list[FeatureSeen]:
    weights = [rng.gauss(0, 1) if linear else rng.random() for _ in COLUMNS]
    total = 1.0 if linear else sum(weights)
    return [
        FeatureSeen(i, name, None if linear else weights[i] / total, weights[i] if linear else None)
        for i, name in enumerate(COLUMNS)
    ]


def _statistics(dataset: DatasetSeen) -> list[ColumnStatistics]:
    out = []
    for position, column in enumerate(dataset.columns):
        low = int(column.digest[:2], 16)
        if column.dtype == "string":
            out.append(ColumnStatistics(position, 0, 5, "east", "west"))
        else:
            out.append(ColumnStatistics(position, low % 7, 900 + low, float(low), low + 100.0, low + 47.5, 21.3))
    return out
