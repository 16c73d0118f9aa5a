"""Models, what is known of their inside, and the predictions they made."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from modeldb.catalog.apply.values import json_or_null, value_rows
from modeldb.catalog.batch import Batch, insert
from modeldb.core.actions import Action, FeatureSeen, ModelIndexed, ModelMade, ModelStored, PredictionsStored

FEATURES_KEPT = 1000
"""Of a model with more features, the rows of the strongest are kept."""

_MODEL = insert(
    "models",
    "model_id, run_id, project_id, action_id, parent_model_id, role, name, type, qualified_type, library, "
    "library_version, problem_type, spec_id, train_dataset_id, n_features, version_id, created_at, entry",
)
_HYPERPARAMETER = insert("hyperparameters", "model_id, name, value, value_double, type, is_default, entry")


def made(batch: Batch, model: ModelMade, action: Action) -> None:
    if model.model_id in batch.models:
        return
    batch.models[model.model_id] = action.run_id
    row = (
        model.model_id,
        action.run_id,
        batch.runs.get(action.run_id),
        action.action_id,
        model.parent_model_id,
        model.role,
        model.name,
        model.type,
        model.qualified_type,
        model.library,
        model.library_version,
        model.problem_type,
        model.spec_id,
        model.train_dataset_id,
        model.n_features,
        version_id(action.recipe_key),
        action.started_at + action.duration_s,
        batch.entry,
    )
    batch.add("models", _MODEL, row)
    rows = value_rows(model.model_id, model.hyperparameters, batch.entry)
    batch.extend("hyperparameters", _HYPERPARAMETER, rows)
    batch.arrived(model.model_id)


def version_id(recipe_key: str | None) -> str | None:
    """The node of the history tree that a fit with this recipe belongs to."""
    return None if recipe_key is None else "v-" + recipe_key[:16]


_STORE = """
    UPDATE models SET digest = ?, size_bytes = ?, stored_bytes = ?, store_error = ?, entry = ? WHERE model_id = ?"""


def stored(batch: Batch, record: ModelStored) -> None:
    if record.model_id not in batch.models:
        batch.wait(record.model_id, record)
        return
    content = (record.digest, record.size_bytes, record.stored_bytes, record.error)
    batch.add("models", _STORE, (*content, batch.entry, record.model_id))


_INDEX = "UPDATE models SET summary = ?, sketch = ?, entry = ? WHERE model_id = ?"
_FEATURE = insert(
    "features",
    "model_id, position, name, importance, coefficient, entry",
    """DO UPDATE SET name = excluded.name, importance = excluded.importance,
        coefficient = excluded.coefficient, entry = excluded.entry""",
    key="model_id, position",
)
_PART = insert(
    "model_parts",
    "model_id, position, path, type, dtype, shape, digest, size_bytes, min, max, mean, std, norm, entry",
    """DO UPDATE SET path = excluded.path, type = excluded.type, dtype = excluded.dtype, shape = excluded.shape,
        digest = excluded.digest, size_bytes = excluded.size_bytes, min = excluded.min, max = excluded.max,
        mean = excluded.mean, std = excluded.std, norm = excluded.norm, entry = excluded.entry""",
    key="model_id, position",
)


def indexed(batch: Batch, record: ModelIndexed) -> None:
    model, entry = record.model_id, batch.entry
    if model not in batch.models:
        batch.wait(model, record)
        return
    batch.add("models", _INDEX, (json_or_null(record.summary), _float32(record.sketch), entry, model))
    for feature in _strongest(record.features):
        weights = (feature.importance, feature.coefficient)
        batch.add("features", _FEATURE, (model, feature.position, feature.name, *weights, entry))
    for position, part in enumerate(record.parts):
        what = (part.path, part.type, part.dtype, part.shape, part.digest, part.size_bytes)
        statistics = (part.min, part.max, part.mean, part.std, part.norm)
        batch.add("model_parts", _PART, (model, position, *what, *statistics, entry))


def _strongest(features: list[FeatureSeen]) -> Sequence[FeatureSeen]:
    if len(features) <= FEATURES_KEPT:
        return features

    def strength(feature: FeatureSeen) -> float:
        return max(abs(feature.importance or 0.0), abs(feature.coefficient or 0.0))

    return sorted(features, key=strength, reverse=True)[:FEATURES_KEPT]


def _float32(values: list[float]) -> bytes | None:
    if not values:
        return None
    numbers = array("f", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


# A set may be stored first without labels and, once its model was judged, with them.
_PREDICTIONS = insert(
    "prediction_sets",
    "set_id, model_id, dataset_id, action_id, run_id, method, digest, n_rows, n_labelled, n_correct, size_bytes, entry",
    """DO UPDATE SET digest = excluded.digest, n_labelled = excluded.n_labelled, n_correct = excluded.n_correct,
        size_bytes = excluded.size_bytes, entry = excluded.entry
    WHERE excluded.n_labelled > prediction_sets.n_labelled""",
    key="set_id",
)


def predictions(batch: Batch, record: PredictionsStored) -> None:
    made_by = record.action_id if record.action_id is not None else record.model_id
    run_id = batch.actions.get(made_by) or batch.models.get(made_by)
    if run_id is None:
        batch.wait(made_by, record)
        return
    origin = (record.set_id, record.model_id, record.dataset_id, record.action_id, run_id)
    counts = (record.n_rows, record.n_labelled, record.n_correct, record.size_bytes)
    batch.add("prediction_sets", _PREDICTIONS, (*origin, record.method, record.digest, *counts, batch.entry))
