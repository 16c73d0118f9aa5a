"""The public views for completion and reading, from their definitions, with types from the engine."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modeldb.query.session import Session
from modeldb.query.shapes import SHAPES
from modeldb.query.views import FUNCTIONS, VIEWS
from modeldb.server.http.schemas import SchemaInfo, SqlExample, ViewColumn, ViewInfo

if TYPE_CHECKING:
    import pyarrow

EXAMPLES = (
    ("The best models of each project", """\
SELECT m.project, m.model_id, m.type, x.name, x.value
FROM models m JOIN metrics x USING (model_id)
WHERE m.role = 'model' AND x.name = 'accuracy_score'
QUALIFY row_number() OVER (PARTITION BY m.project ORDER BY x.value DESC) <= 3
ORDER BY m.project, x.value DESC"""),
    ("What a hyperparameter does to a metric", """\
SELECT h.value AS "C", count(*) AS models, avg(x.value) AS mean, max(x.value) AS best
FROM hyperparameters h JOIN metrics x USING (model_id)
WHERE h.name = 'C' AND x.name = 'accuracy_score'
GROUP BY ALL ORDER BY mean DESC"""),
    ("The strongest features over all models", """\
SELECT name, count(*) AS models, avg(abs(coalesce(importance, coefficient))) AS strength
FROM features GROUP BY name ORDER BY strength DESC LIMIT 20"""),
    ("Examples every model got wrong", """\
SELECT dataset_id, "row", any_value(label) AS label, count(*) AS models
FROM predictions GROUP BY dataset_id, "row" HAVING NOT bool_or(correct) ORDER BY models DESC"""),
    ("Models trained on more than one version of a file", """\
SELECT d.source, count(DISTINCT d.dataset_id) AS versions, count(*) AS models
FROM models m JOIN datasets d ON d.dataset_id = m.train_dataset_id
WHERE d.source IS NOT NULL GROUP BY d.source HAVING versions > 1"""),
    ("Where the time goes", """\
SELECT operation, count(*) AS calls, sum(duration_s) AS seconds
FROM actions GROUP BY operation ORDER BY seconds DESC LIMIT 20"""),
)  # fmt: skip


@functools.cache
def schema_info() -> SchemaInfo:
    """Every view with its columns and their types, as the engine says for tables without rows."""
    with _empty_session() as session:
        views = [
            ViewInfo(
                name=view.name,
                doc=view.summary,
                columns=[
                    ViewColumn(name=name, type=type, doc=view.columns.get(name))
                    for name, type in _types(session, view.name).items()
                ],
            )
            for view in VIEWS.values()
        ]
    views += [ViewInfo(name=f"{name}('…')", doc=doc, columns=[]) for name, doc in FUNCTIONS.items()]
    return SchemaInfo(views=views, examples=[SqlExample(title=title, sql=text) for title, text in EXAMPLES])


@contextmanager
def _empty_session() -> Iterator[Session]:
    session = Session()
    try:
        tables = {table for view in VIEWS.values() for table in view.tables}
        session.attach({f"_{table}": _schema(table).empty_table() for table in tables})
        session.define(VIEWS)
        yield session
    finally:
        session.close()


def _schema(table: str) -> pyarrow.Schema:
    """The columns of a table behind the views: replicated, of predictions, or computed."""
    import pyarrow as pa

    if table in SHAPES:
        return SHAPES[table].schema()
    if table == "predictions":
        from modeldb.examples.lazy import SCHEMA

        return SCHEMA
    return pa.schema([(name, _computed_type(name)) for name in VIEWS[table].columns])


def _computed_type(name: str) -> pyarrow.DataType:
    import pyarrow as pa

    if name.endswith("_at"):
        return pa.timestamp("us")
    if name == "distance" or name.startswith("n_"):
        return pa.int64()
    return pa.float64() if name.endswith("_value") else pa.string()


def _types(session: Session, view: str) -> dict[str, str]:
    table = session.run(f"DESCRIBE SELECT * FROM {view}").table
    return dict(zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True))
