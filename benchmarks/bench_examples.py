"""Predictions stored and asked about, beside one pickled frame per model.

200 models x 100,000 examples, a label and three class scores each; `--models` and `--examples` make it smaller. Times
of questions are processor time, the best of several runs, warm, in one process; ratios are to the same question
answered by reading the frames one by one. The disagreement is also put beside two models that predict again.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modeldb.core.actions import Action, DatasetKept, DatasetSeen, ModelMade, Output, PredictionsStored, RunStarted
from modeldb.core.codec import encode
from modeldb.database import open as open_store
from modeldb.examples import kept, sets
from modeldb.journal import JournalWriter
from modeldb.objects import columns
from modeldb.objects import open_store as open_objects
from modeldb.store import StoreLayout, init

CLASSES = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--examples", type=int, default=100_000)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="modeldb-bench-examples-"))
    try:
        _bench(root, options.models, options.examples)
    finally:
        shutil.rmtree(root)


def _bench(root: Path, n_models: int, n_examples: int) -> None:
    data, truth = _data(n_examples)
    layout = init(StoreLayout(root / "store"))
    frames = root / "frames"
    frames.mkdir()
    writer = _Writer(layout, data, truth)
    frame_s = ours_s = 0.0
    for number in range(n_models):
        scores = _scores(truth, number)
        said = scores.argmax(axis=1)
        frame_s += _timed(lambda: _pickle(frames, number, said, scores))  # noqa: B023  called at once
        ours_s += _timed(lambda: writer.write(number, said, scores))  # noqa: B023  called at once
    writer.close()
    _report_bytes(layout, frames, n_models, frame_s, ours_s)
    with open_store(layout.root) as db:
        _ask(db, frames, data, truth, n_models)


def _data(n_examples: int) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(18, 90, n_examples), "income": rng.normal(40, 12, n_examples)})
    frame["region"] = rng.choice(["north", "east", "south", "west"], n_examples)
    return frame, rng.integers(0, CLASSES, n_examples)


def _scores(truth: Any, number: int) -> Any:
    """Probabilities of a model that is right about four times in five; hard examples are hard for all."""
    rng = np.random.default_rng(number + 1)
    hard = np.random.default_rng(0).random(len(truth))
    logits = rng.normal(0, 1, (len(truth), CLASSES)) + np.eye(CLASSES)[truth] * (3.2 - 3.0 * hard[:, None])
    spread = np.exp(logits)
    return (spread / spread.sum(axis=1, keepdims=True)).astype(np.float32)


def _pickle(directory: Path, number: int, said: Any, scores: Any) -> None:
    """What people keep: a frame with the row's id, the label and the scores, in types as small as they can be."""
    frame = pd.DataFrame(scores, columns=[f"score_{i}" for i in range(CLASSES)])
    frame.insert(0, "prediction", said.astype(np.int8))
    frame.insert(0, "example", np.arange(len(said), dtype=np.int32))
    with open(directory / f"{number}.pkl", "wb") as file:
        pickle.dump(frame, file, protocol=5)


class _Writer:
    """Records the sets as a script's recorder does, without training 200 models."""

    def __init__(self, layout: StoreLayout, data: pd.DataFrame, truth: Any) -> None:
        self.place = sets.Place(open_objects(layout.objects), layout.examples)
        self.journal = JournalWriter.create(layout.journal)
        self.table = columns.digest(data)
        self.truth = sets.columns_of(truth)
        self.append(RunStarted("r-1", 0.0, "bench", "default", None, "me", "here", 1, [], None, ".", "3"))
        seen = DatasetSeen(self.dataset_id, self.table.digest, "test", None, "DataFrame", len(data), [])
        self.append(self._action("a-data", "read", datasets=[seen]))
        stored = kept.write(self.place.objects, data, self.table)
        self.rows = stored.digests[-1]
        self.append(DatasetKept(self.dataset_id, stored.digests, stored.stored_bytes))

    @property
    def dataset_id(self) -> str:
        return self.table.dataset_id

    def write(self, number: int, said: Any, scores: Any) -> None:
        model_id, action_id = f"m-{number:016x}", f"a-{number}"
        made = ModelMade(model_id, "Bench", "bench.Bench", "bench", "1", problem_type="classification")
        self.append(self._action(action_id, "fit", models=[made], outputs=[Output("self", model_id, "model")]))
        for method, values in (("predict", said), ("predict_proba", scores)):
            held = sets.Said(
                model_id, self.dataset_id, method, sets.columns_of(values),
                sets.columns_of(np.arange(CLASSES))[0], self.truth,
            )  # fmt: skip
            digest, size = sets.write(self.place, held, self.rows)
            set_id, n = f"s-{method}-{number}", len(said)
            self.append(
                PredictionsStored(set_id, model_id, self.dataset_id, action_id, digest, n, method, n, None, size)
            )

    def append(self, record: Any) -> None:
        self.journal.append(encode(record))

    def close(self) -> None:
        self.place.objects.close()
        self.journal.close()

    def _action(self, action_id: str, kind: str, **more: Any) -> Action:
        return Action(action_id, "r-1", 0, None, 0, kind, f"bench.{kind}", "bench", "ok", 1.0, 0.0, **more)


def _report_bytes(layout: StoreLayout, frames: Path, n_models: int, frame_s: float, ours_s: float) -> None:
    parts = list(layout.examples.rglob("*.parquet"))
    as_frames, ours = _size([frames]), _size([layout.examples, layout.objects])
    labels = sum(p.stat().st_size for p in parts if b"score_0" not in p.read_bytes()[-4000:])
    print(f"{'bytes':44} {'frames':>12} {'ModelDB':>12} {'ratio':>8}")
    print(f"{'everything, MB':44} {as_frames / 1e6:12.1f} {ours / 1e6:12.1f} {ours / as_frames:8.2f}")
    print(f"{'labels alone, MB':44} {'':12} {labels / 1e6:12.1f}")
    print(f"{'files':44} {n_models:12} {len(parts):12}")
    print(f"{'write a set, ms':44} {frame_s / n_models * 1e3:12.1f} {ours_s / n_models * 1e3:12.1f}")


def _size(directories: list[Path]) -> int:
    return sum(path.stat().st_size for directory in directories for path in directory.rglob("*") if path.is_file())


def _ask(db: Any, frames: Path, data: pd.DataFrame, truth: Any, n_models: int) -> None:
    models = [f"m-{number:016x}" for number in range(n_models)]
    db.sync()
    start = time.perf_counter()
    db.examples.always_wrong()
    print(f"{'first question, building the label matrix, s':44} {'':12} {time.perf_counter() - start:12.2f}")

    def read(number: int) -> pd.DataFrame:
        with open(frames / f"{number}.pkl", "rb") as file:
            return pickle.load(file)

    def disagree() -> int:
        return int((read(3).prediction.to_numpy() != read(7).prediction.to_numpy()).sum())

    def always_wrong() -> int:
        wrong = np.ones(len(truth), bool)
        for number in range(n_models):
            wrong &= read(number).prediction.to_numpy() != truth
        return int(wrong.sum())

    def history() -> list[int]:
        return [int(read(number).prediction.iat[42]) for number in range(n_models)]

    def sliced() -> list[Any]:
        parts = [(read(n).prediction.to_numpy() == truth) for n in range(n_models)]
        return [pd.Series(right).groupby(data.region.to_numpy()).mean().to_dict() for right in parts]

    disagreement = db.examples.disagree(models[3], models[7])
    assert len(disagreement) == disagree()
    assert len(db.examples.always_wrong()) == always_wrong()
    past = db.examples.history(42, dataset="test")
    assert [int(p) for p in past.column("prediction")] == history()
    table = {(row["region"], row["model_id"]): row["accuracy"] for row in db.examples.slice(by="region").dicts()}
    for region, accuracy in sliced()[5].items():
        assert abs(table[region, models[5]] - accuracy) < 1e-12

    dataset_id = past.column("dataset_id")[0]
    turn = itertools.count(1)

    def pair() -> tuple[str, str]:
        number = next(turn)
        return models[number % n_models], models[(number + 1) % n_models]

    def others() -> str:
        """All models but one or two: what was counted for all must be counted again."""
        left_out = pair()
        return " ".join(model for model in models if model not in left_out)

    def one_row() -> str:
        return f"{dataset_id} {next(turn)}"

    def by_pair(a: str, b: str) -> str:
        return (
            f'SELECT "row", example, label, "{a}" AS a, "{b}" AS b FROM predicted(\'{dataset_id} {a} {b}\') '
            f'WHERE "{a}" <> "{b}"'
        )

    joined = (
        'SELECT a."row", a.prediction, b.prediction FROM predictions a JOIN predictions b USING (dataset_id, "row") '
        "WHERE a.model_id = ? AND b.model_id = ? AND a.prediction <> b.prediction"
    )
    by_column = "SELECT \"row\" FROM correct('test') WHERE COLUMNS('^m-') = 0"
    of_view = (
        "SELECT p.model_id, m.type, p.prediction, p.correct FROM predictions p LEFT JOIN models m USING (model_id) "
        f"WHERE p.dataset_id = '{dataset_id}' AND p.\"row\" = ? ORDER BY m.created_at"
    )
    by_join = (
        "SELECT e.region, count(c.label) AS n, sum(COLUMNS('^m-')) / count(c.label) "
        "FROM correct('test') c JOIN examples('test') e USING (\"row\") GROUP BY ALL ORDER BY 1"
    )
    always = f"SELECT \"row\" FROM difficulty('{dataset_id} %s') WHERE n_right = 0 AND n_models > 0"
    slices = "SELECT slice, model_id, n_right / n FROM slices('%s by region') ORDER BY ALL"
    questions: list[tuple[str, Callable[[], Any], Callable[[], Any], float | None]] = [
        ("two models disagree", disagree, lambda: db.examples.disagree(*pair()), 10),
        ("  in SQL", disagree, lambda: db.sql(by_pair(*pair())), 10),
        ("  the same on the view predictions", disagree, lambda: db.sql(joined, pair()), None),
        ("always wrong", always_wrong, lambda: db.examples.always_wrong(), 120),
        ("  of other models every time", always_wrong, lambda: db.sql(always % others()), None),
        ("  the same on a column per model", always_wrong, lambda: db.sql(by_column), None),
        ("one example's history", history, lambda: db.examples.history(42, dataset="test"), 20),
        ("  of another example every time", history, lambda: db.sql(f"SELECT * FROM history('{one_row()}')"), None),
        ("  the same on the view predictions", history, lambda: db.sql(of_view, [next(turn)]), None),
        ("accuracy by slice", sliced, lambda: db.examples.slice(by="region"), 150),
        ("  of other models every time", sliced, lambda: db.sql(slices % f"{dataset_id} {others()}"), None),
        ("  the same with a join", sliced, lambda: db.sql(by_join), None),
    ]
    print(f"\n{'ms of CPU, warm':44} {'frames':>12} {'ModelDB':>12} {'times':>8}")
    for name, by_frames, by_sql, most in questions:
        slow = min(_cpu(by_frames) for _ in range(2)) * 1e3
        quick = min(_cpu(by_sql) for _ in range(9)) * 1e3
        verdict = "" if most is None else f"{'ok  ' if quick <= most else 'MISS'} <= {most:g} ms"
        if most is not None and by_frames is not disagree:
            verdict += f", {'ok  ' if slow >= 25 * quick else 'MISS'} >= 25 times"
        print(f"{name:44} {slow:12.1f} {quick:12.1f} {slow / quick:8.0f}   {verdict}".rstrip())
    _predict_again(db, models, data, len(truth))


def _predict_again(db: Any, models: list[str], data: pd.DataFrame, n_examples: int) -> None:
    """The disagreement of two models, beside loading nothing and letting both predict again."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = np.column_stack([data.age, data.income, rng.normal(size=(n_examples, 18))])
    y = rng.integers(0, CLASSES, n_examples)
    some = slice(0, 5000)
    asked = min(_cpu(lambda: db.examples.disagree(models[3], models[7])) for _ in range(9))
    print(f"\n{'two models disagree, ms of CPU':44} {'predict':>12} {'ModelDB':>12} {'times':>8}")
    for name, kind, most in (
        ("forests of 100 trees", RandomForestClassifier(100, n_jobs=1), 300),
        ("histogram boosting, 100 rounds", HistGradientBoostingClassifier(early_stopping=False), None),
        ("logistic regression", LogisticRegression(), None),
    ):
        fitted = kind.fit(X[some], y[some])
        again = 2 * min(_cpu(lambda fitted=fitted: fitted.predict(X)) for _ in range(2))
        verdict = "" if most is None else f"{'ok  ' if again >= most * asked else 'MISS'} >= {most} times"
        print(f"{name:44} {again * 1e3:12.1f} {asked * 1e3:12.1f} {again / asked:8.0f}   {verdict}".rstrip())


def _cpu(function: Callable[[], Any]) -> float:
    """Processor time: on a busy machine the clock tells of the others. Several cores count together."""
    start = time.process_time()
    function()
    return time.process_time() - start


def _timed(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
