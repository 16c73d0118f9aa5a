"""Data sets: the list, one in full with its versions, and what changed between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modeldb.server.http.schemas import (
    ColumnChange,
    DatasetBrief,
    DatasetColumn,
    DatasetDetail,
    DatasetDiff,
    DatasetList,
    DatasetRow,
    MadeBy,
    UsedBy,
    Version,
)
from modeldb.server.pages.briefs import (
    DATASET,
    annotations_of,
    dataset_brief,
    models_where,
    runs_where,
)
from modeldb.server.pages.find import dicts, full_id, rows_in
from modeldb.server.source import Source
from modeldb.server.tables.shared import SharedData

MAX_VERSIONS = 50
MAX_USERS = 100
SORTS = {
    "name": "name", "created_at": "created_at", "n_rows": "n_rows", "n_columns": "n_columns",
    "n_trained": "n_trained", "last_used": "last_used",
}  # fmt: skip

_COLUMN = (
    "dataset_id, position, name, dtype, digest, n_null, n_distinct, min, max, min_text, max_text, mean, std, "
    "(SELECT count(DISTINCT o.dataset_id) FROM dataset_columns o WHERE o.digest = dataset_columns.digest) - 1 "
    "AS shared_with"
)

_LISTED = (
    "datasets d LEFT JOIN runs r ON r.run_id = d.first_seen_run LEFT JOIN projects p ON p.project_id = r.project_id"
)


def dataset_list(
    source: Source, shared: SharedData, project: str | None, text: str, kept: bool | None, sort: str, offset: int,
    limit: int,
) -> DatasetList:  # fmt: skip
    """Data sets whose name, source or id hold a text; those that models were trained or judged on first,
    then those from a file or loader, then the named; last what a script only passed through."""
    condition, params = _condition(shared, project, text, kept)
    total = source.query(f"SELECT count(*) FROM {_LISTED} WHERE {condition}", params)[0][0]
    rows = dicts(
        source,
        "d.dataset_id, d.name, d.source, d.container, d.n_rows, d.n_columns, d.kept, d.created_at, "
        "d.first_seen_run, p.name AS project, coalesce(t.n, 0) AS n_trained, d.created_at AS last_used",
        f"FROM {_LISTED} LEFT JOIN (SELECT train_dataset_id, count(*) AS n FROM models WHERE role = 'model' "
        "GROUP BY train_dataset_id) t ON t.train_dataset_id = d.dataset_id "
        f"WHERE {condition} ORDER BY {_order(sort)} LIMIT :limit OFFSET :offset",
        {**params, "limit": limit, "offset": offset},
    )
    return DatasetList(datasets=_listed(source, rows), total=total, offset=offset, limit=limit)


def _condition(shared: SharedData, project: str | None, text: str, kept: bool | None) -> tuple[str, dict[str, Any]]:
    where, params = ["1 = 1"], dict[str, Any]()
    if project is not None:
        others = {f"s{number}": dataset_id for number, dataset_id in enumerate(shared.of(project))}
        listed = ", ".join(f":{name}" for name in others)
        where.append(f"(p.name = :project OR d.dataset_id IN ({listed}))" if others else "p.name = :project")
        params |= {"project": project, **others}
    searched = "lower(coalesce(d.name, '') || ' ' || coalesce(d.source, '') || ' ' || d.dataset_id)"
    for number, word in enumerate(text.lower().split()[:8]):
        where.append(f"instr({searched}, :w{number}) > 0")
        params[f"w{number}"] = word
    if kept is not None:
        where.append("d.kept" if kept else "NOT d.kept")
    return " AND ".join(where), params


def _listed(source: Source, rows: Sequence[dict[str, Any]]) -> list[DatasetRow]:
    ids = [row["dataset_id"] for row in rows]
    judged = _counts(source, "metrics", "dataset_id", "model_id", ids)
    runs = _run_counts(source, ids)
    versions = _version_counts(source, rows)
    out = []
    for row in rows:
        project, n_trained, created = row.pop("project"), row.pop("n_trained"), row.pop("last_used")
        id = row["dataset_id"]
        n_runs, last = runs.get(id, (0, None))
        out.append(
            DatasetRow(
                dataset=dataset_brief(row), n_versions=versions.get(id, 1), n_trained=n_trained,
                n_judged=judged.get(id, 0), n_runs=n_runs, project=project, last_used=last or created,
            )
        )  # fmt: skip
    return out


def dataset_detail(source: Source, text: str) -> DatasetDetail:
    """Everything about the data set with this id or prefix. Raises NotFound or Ambiguous."""
    dataset_id = full_id(source, "dataset", text)
    id = {"id": dataset_id}
    row = dicts(source, f"{DATASET}, digest, weak, rows_digest", "FROM datasets WHERE dataset_id = :id", id)[0]
    digest, weak, rows_digest = row.pop("digest"), row.pop("weak"), row.pop("rows_digest")
    brief = dataset_brief(row)
    trained, n_trained = _users(source, "m.train_dataset_id = :id AND m.role = 'model'", dataset_id)
    judged, n_judged = _users(source, "m.model_id IN (SELECT model_id FROM metrics WHERE dataset_id = :id)", dataset_id)
    return DatasetDetail(
        dataset=brief,
        digest=digest,
        weak=bool(weak),
        rows_digest=rows_digest,
        columns=columns_of(source, [dataset_id]).get(dataset_id, []),
        versions=_versions(source, brief),
        trained=trained,
        n_trained=n_trained,
        judged=judged,
        n_judged=n_judged,
        runs=runs_where(
            source,
            "r.run_id IN (SELECT a.run_id FROM actions a JOIN action_inputs i ON i.action_id = a.action_id "
            "WHERE i.artifact_id = :id UNION SELECT a.run_id FROM actions a "
            "JOIN action_outputs o ON o.action_id = a.action_id WHERE o.artifact_id = :id) "
            "ORDER BY r.started_at DESC LIMIT 100",
            id,
        ),
        files=_files(source, dataset_id),
        made_by=[MadeBy(**made) for made in _made_by(source, dataset_id)],
        annotations=annotations_of(source, dataset_id)[0],
        load=f'import modeldb\n\ndata = modeldb.open().dataset("{dataset_id}").load()\n',
        sql=f"SELECT * FROM dataset_columns WHERE dataset_id = '{dataset_id}' ORDER BY position",
    )


def dataset_diff(source: Source, a: str, b: str) -> DatasetDiff:
    """The columns of two data sets side by side. Raises NotFound or Ambiguous."""
    ids = [full_id(source, "dataset", a), full_id(source, "dataset", b)]
    rows = {row["dataset_id"]: row for row in rows_in(source, f"{DATASET}, rows_digest", "datasets", "dataset_id", ids)}
    columns = columns_of(source, ids)
    digests = [rows[id]["rows_digest"] for id in ids]
    changes = compare_columns(columns.get(ids[0], []), columns.get(ids[1], []))
    same_rows = None if None in digests else digests[0] == digests[1]
    briefs = [dataset_brief({k: v for k, v in rows[id].items() if k != "rows_digest"}) for id in ids]
    return DatasetDiff(
        a=briefs[0],
        b=briefs[1],
        columns=changes,
        same_rows=True if ids[0] == ids[1] else same_rows,
        identical=ids[0] == ids[1],
        sql=(
            "SELECT coalesce(a.name, b.name) AS name, a.digest = b.digest AS same\n"
            f"FROM (SELECT * FROM dataset_columns WHERE dataset_id = '{ids[0]}') a\n"
            f"FULL JOIN (SELECT * FROM dataset_columns WHERE dataset_id = '{ids[1]}') b ON a.name = b.name"
        ),
    )


def compare_columns(a: Sequence[DatasetColumn], b: Sequence[DatasetColumn]) -> list[ColumnChange]:
    """What became of each column from a to b: by name first, then by content (renamed)."""
    by_name = {column.name: column for column in b}
    by_digest = {column.digest: column for column in b}
    names_of_a = {column.name for column in a}
    out, used = [], set()
    for column in a:
        other = by_name.get(column.name)
        if other is None:
            other = by_digest.get(column.digest)
            other = None if other is None or other.name in names_of_a else other
            change = "removed" if other is None else "renamed"
        elif other.digest != column.digest:
            change = "changed"
        else:
            change = "same" if other.position == column.position else "moved"
        if other is not None:
            used.add(other.name)
        out.append(ColumnChange(name=column.name, change=change, a=column, b=other))
    out += [ColumnChange(name=column.name, change="added", a=None, b=column) for column in b if column.name not in used]
    order = {"changed": 0, "added": 1, "removed": 1, "renamed": 2, "moved": 3, "same": 4}
    return sorted(out, key=lambda item: order[item.change])


def columns_of(source: Source, ids: Sequence[str]) -> dict[str, list[DatasetColumn]]:
    """The columns of data sets with their statistics, index levels last."""
    out: dict[str, list[DatasetColumn]] = {}
    rows = rows_in(source, _COLUMN, "dataset_columns", "dataset_id", ids, "ORDER BY position < 0, position")
    for row in rows:
        low, high = row.pop("min_text"), row.pop("max_text")
        row["min"] = low if row["min"] is None else row["min"]
        row["max"] = high if row["max"] is None else row["max"]
        out.setdefault(row.pop("dataset_id"), []).append(DatasetColumn(**row))
    return out


def _order(sort: str) -> str:
    if not sort:
        # Learnt from or judged on, then read from somewhere, then those with a name, then what was only passed through.
        return (
            "n_trained = 0 AND NOT EXISTS (SELECT 1 FROM prediction_sets s WHERE s.dataset_id = d.dataset_id), "
            "d.source IS NULL, d.name IS NULL, d.created_at DESC, d.dataset_id"
        )
    name = sort.removeprefix("-")
    expression = SORTS[name] if name in ("n_trained", "last_used") else f"d.{SORTS[name]}"
    return f"{expression} {'DESC' if sort.startswith('-') else 'ASC'}, d.dataset_id"


def _counts(source: Source, table: str, key: str, counted: str, ids: Sequence[str]) -> dict[str, int]:
    rows = rows_in(source, f"{key}, count(DISTINCT {counted}) AS n", table, key, ids, f"GROUP BY {key}")
    return {row[key]: row["n"] for row in rows}


def _run_counts(source: Source, ids: Sequence[str]) -> dict[str, tuple[int, float | None]]:
    """Runs that used each data set, and when the last did."""
    edges = " UNION ALL ".join(
        f"SELECT e.artifact_id, a.run_id, a.started_at FROM {table} e JOIN actions a ON a.action_id = e.action_id "
        "WHERE e.artifact_kind = 'dataset' AND e.artifact_id IN (SELECT dataset_id FROM wanted)"
        for table in ("action_inputs", "action_outputs")
    )
    params = {f"d{i}": id for i, id in enumerate(ids)}
    if not params:
        return {}
    wanted = " UNION ALL ".join(f"SELECT :{name}" for name in params)
    rows = source.query(
        f"WITH wanted(dataset_id) AS ({wanted}) "
        f"SELECT artifact_id, count(DISTINCT run_id), max(started_at) FROM ({edges}) u GROUP BY artifact_id",
        params,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _version_counts(source: Source, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    by_source = _grouped(source, "source", [row["source"] for row in rows])
    by_name = _grouped(source, "name", [row["name"] for row in rows if not row["source"]], "AND source IS NULL")
    return {
        row["dataset_id"]: by_source.get(row["source"], 1) if row["source"] else by_name.get(row["name"], 1)
        for row in rows
    }


def _grouped(source: Source, key: str, values: Sequence[str], more: str = "") -> dict[str, int]:
    rows = rows_in(source, f"{key}, count(*) AS n", "datasets", key, values, f"{more} GROUP BY {key}")
    return {row[key]: row["n"] for row in rows}


def _versions(source: Source, dataset: DatasetBrief) -> list[Version]:
    """Data sets from the same source, or of the same name where there is none; the newest first."""
    if not (dataset.source or dataset.name):
        return []
    test = "source = :value" if dataset.source else "source IS NULL AND name = :value"
    rows = dicts(
        source,
        DATASET,
        f"FROM datasets WHERE {test} ORDER BY created_at DESC LIMIT :limit",
        {"value": dataset.source or dataset.name, "limit": MAX_VERSIONS},
    )
    briefs = [dataset_brief(row) for row in rows]
    digests: dict[str, dict[str, str]] = {}
    ids = [brief.dataset_id for brief in briefs] + [dataset.dataset_id]
    for row in rows_in(source, "dataset_id, name, digest", "dataset_columns", "dataset_id", ids):
        digests.setdefault(row["dataset_id"], {})[row["name"]] = row["digest"]
    mine = digests.get(dataset.dataset_id, {})
    return [_version(brief, digests.get(brief.dataset_id, {}), mine) for brief in briefs]


def _version(brief: DatasetBrief, theirs: dict[str, str], mine: dict[str, str]) -> Version:
    shared = theirs.keys() & mine.keys()
    same = sum(theirs[name] == mine[name] for name in shared)
    return Version(
        dataset=brief, same_columns=same, changed_columns=len(shared) - same,
        added_columns=len(theirs.keys() - mine.keys()), removed_columns=len(mine.keys() - theirs.keys()),
    )  # fmt: skip


def _users(source: Source, where: str, dataset_id: str) -> tuple[list[UsedBy], int]:
    """The newest models that used a data set, and how many there are; nothing is counted where all are listed."""
    models = models_where(
        source,
        f"{where} ORDER BY m.created_at DESC, m.model_id LIMIT :limit",
        {"id": dataset_id, "limit": MAX_USERS},
    )
    n = len(models)
    if n == MAX_USERS:
        n = source.query(f"SELECT count(*) FROM models m WHERE {where}", {"id": dataset_id})[0][0]
    used = [UsedBy(model=model, metrics=[m for m in model.metrics if m.dataset_id == dataset_id]) for model in models]
    return used, n


def _made_by(source: Source, dataset_id: str) -> list[dict[str, Any]]:
    return dicts(
        source,
        "a.action_id, a.run_id, a.operation, a.kind, a.started_at",
        "FROM action_outputs o JOIN actions a ON a.action_id = o.action_id "
        "WHERE o.artifact_id = :id ORDER BY a.started_at DESC LIMIT 20",
        {"id": dataset_id},
    )


def _files(source: Source, dataset_id: str) -> list[str]:
    """Files read by the actions that made it, or written from it."""
    rows = source.query(
        "SELECT DISTINCT f.path FROM action_outputs o JOIN action_inputs i ON i.action_id = o.action_id "
        "JOIN files f ON f.file_id = i.artifact_id WHERE o.artifact_id = :id AND i.artifact_kind = 'file' "
        "UNION SELECT DISTINCT f.path FROM action_inputs i JOIN action_outputs o ON o.action_id = i.action_id "
        "JOIN files f ON f.file_id = o.artifact_id WHERE i.artifact_id = :id AND o.artifact_kind = 'file' LIMIT 50",
        {"id": dataset_id},
    )
    return sorted(row[0] for row in rows)
