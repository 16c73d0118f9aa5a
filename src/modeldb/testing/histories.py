"""Random histories: sequences of records such as several processes might leave."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from modeldb.core import codec
from modeldb.core.actions import (
    Action,
    Annotated,
    CodeSeen,
    ColumnSeen,
    ColumnStatistics,
    DatasetDescribed,
    DatasetKept,
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
    PartSeen,
    PredictionsStored,
    Record,
    RunDescribed,
    RunEnded,
    RunStarted,
    Value,
)

_texts = st.text(max_size=8)
_optional_texts = st.none() | _texts
_floats = st.floats(width=32)
_times = st.floats(0, 2e9)
_sizes = st.integers(0, 2**53)
_runs = st.sampled_from(["r-1", "r-2", "r-3"])
_datasets = st.sampled_from(["d-1", "d-2", "d-3"])
_models = st.sampled_from(["m-1", "m-2", "m-3", "m-4"])
_actions = st.sampled_from([f"a-{n}" for n in range(8)])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_texts, inner, max_size=2),
    max_leaves=4,
)

_values = st.lists(
    st.builds(Value, name=_texts, value=_json, type=st.sampled_from(["int", "str", "none"]), is_default=st.booleans()),
    max_size=3,
)
_columns = st.lists(st.builds(ColumnSeen, name=_texts, dtype=_texts, digest=_texts), max_size=2)
_dataset_seen = st.builds(
    DatasetSeen, dataset_id=_datasets, digest=_texts, name=_optional_texts, source=_optional_texts, container=_texts,
    n_rows=_sizes, columns=_columns, index=_columns, weak=st.booleans(), n_columns=st.none() | st.integers(0, 9),
)  # fmt: skip
_file_seen = st.builds(
    FileSeen, file_id=st.sampled_from(["f-1", "f-2"]), path=_texts, size=st.none() | _sizes, digest=_texts
)
_model_made = st.builds(
    ModelMade, model_id=_models, type=_texts, qualified_type=_texts, library=_texts, library_version=_texts,
    name=_optional_texts, train_dataset_id=st.none() | _datasets, hyperparameters=_values,
)  # fmt: skip
_metric_seen = st.builds(
    MetricSeen, name=_texts, value=_floats, model_id=st.none() | _models, dataset_id=st.none() | _datasets
)
_action = st.builds(
    Action, action_id=_actions, run_id=_runs, seq=st.integers(0, 99), parent_id=st.none() | _actions,
    depth=st.integers(0, 3), kind=st.sampled_from(["fit", "read", "new kind"]), operation=_texts, library=_texts,
    status=st.sampled_from(["ok", "failed"]), started_at=_times, duration_s=st.floats(0, 10), params=_values,
    inputs=st.lists(
        st.builds(
            Input, role=_texts, artifact_id=_datasets, artifact_kind=_texts, producer_id=st.none() | _actions,
            columns=st.none() | st.lists(_texts, max_size=2),
        ),
        max_size=2,
    ),
    outputs=st.lists(st.builds(Output, role=_texts, artifact_id=_models, artifact_kind=_texts), max_size=2),
    rng=_json, recipe_key=_optional_texts, value_key=_optional_texts, datasets=st.lists(_dataset_seen, max_size=2),
    files=st.lists(_file_seen, max_size=1), models=st.lists(_model_made, max_size=2),
    metrics=st.lists(_metric_seen, max_size=2), extra=st.dictionaries(_texts, _json, max_size=1),
)  # fmt: skip
_run_started = st.builds(
    RunStarted, run_id=_runs, started_at=_times, project=_texts, experiment=_texts, name=_optional_texts, user=_texts,
    host=_texts, pid=st.integers(0, 2**22), command=st.lists(_texts, max_size=2), script=_optional_texts, cwd=_texts,
    python=_texts, parent_run_id=st.none() | _runs, attached=st.booleans(),
)  # fmt: skip
_run_described = st.builds(
    RunDescribed, run_id=_runs, git_commit=_optional_texts, git_dirty=st.none() | st.booleans(),
    environment_id=st.none() | st.just("env"), environment=st.none() | st.just({"python": "3.11"}),
    code=st.lists(
        st.builds(CodeSeen, path=st.sampled_from(["a", "b"]), kind=st.just("cell"), digest=_texts), max_size=2
    ),
)  # fmt: skip
_run_ended = st.builds(
    RunEnded, run_id=_runs, status=st.sampled_from(["finished", "failed", "killed"]), ended_at=_times,
    exit_code=st.none() | st.integers(0, 255), error=_optional_texts,
)  # fmt: skip


@st.composite
def _metrics(draw: st.DrawFn) -> Metrics:
    points: list[Any] = draw(st.lists(st.tuples(_texts, st.floats()), max_size=3))
    # A step too large for a database's integers: the record must not hold up the others.
    step = draw(st.none() | st.integers(0, 10**6) | st.just(2**63))
    names, values = [name for name, _ in points], [value for _, value in points]
    return Metrics(draw(_runs), draw(_times), names, values, step, draw(st.none() | _actions))


_dataset_described = st.builds(
    DatasetDescribed, dataset_id=_datasets, kept=st.booleans(), rows_digest=_optional_texts,
    statistics=st.lists(
        st.builds(
            ColumnStatistics, position=st.integers(-2, 2), n_null=st.none() | _sizes, min=st.none() | _floats | _texts,
            mean=st.none() | _floats,
        ),
        max_size=2,
    ),
)  # fmt: skip
_dataset_kept = st.builds(DatasetKept, dataset_id=_datasets, digests=st.lists(_texts, max_size=2), stored_bytes=_sizes)
_model_stored = st.builds(
    ModelStored, model_id=_models, digest=_optional_texts, size_bytes=st.none() | _sizes, error=_optional_texts
)
_model_indexed = st.builds(
    ModelIndexed, model_id=_models, summary=st.dictionaries(_texts, _json, max_size=1),
    features=st.lists(
        st.builds(FeatureSeen, position=st.integers(0, 3), name=_texts, importance=st.none() | _floats), max_size=3
    ),
    parts=st.lists(st.builds(PartSeen, path=_texts, type=_texts, dtype=_optional_texts), max_size=2),
    sketch=st.lists(_floats, max_size=3),
)  # fmt: skip
_predictions = st.builds(
    PredictionsStored, set_id=st.sampled_from(["s-1", "s-2"]), model_id=_models, dataset_id=_datasets,
    action_id=st.none() | _actions, digest=_texts, n_rows=_sizes, method=_texts,
)  # fmt: skip
_annotated = st.builds(
    Annotated, target_id=_models | _runs, kind=st.sampled_from(["tag", "note"]), key=st.sampled_from(["a", "b"]),
    value=_optional_texts, author=_texts, at=_times,
)  # fmt: skip
_unknown = st.builds(
    codec.Unknown, type=st.just("of_tomorrow"), payload=st.just(codec.encode(["of_tomorrow", 1]))
)  # fmt: skip

records: st.SearchStrategy[Record | codec.Unknown] = st.one_of(
    _action, _action, _metrics(), _run_started, _run_described, _run_ended, _dataset_described, _dataset_kept,
    _model_stored, _model_indexed, _predictions, _annotated, _unknown,
)  # fmt: skip
"""Any record there is, about a handful of runs, datasets and models, so that records meet."""

histories: st.SearchStrategy[list[Record | codec.Unknown]] = st.lists(records, max_size=25)
