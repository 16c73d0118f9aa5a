"""The models nearest to one: by what was chosen, by what they are made of, by their weights.

Each measure is one SQL statement on the public views, from a model's id to (model_id, similarity, compared); the
statement is the `sql` of the answer. Similarities lie between 0 and 1, where 1 says that nothing compared differs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modeldb.errors import InvalidInput, NotFound
from modeldb.query.lists import metrics_of, when
from modeldb.query.replica import CatalogReader
from modeldb.query.result import Result

if TYPE_CHECKING:
    import pyarrow

COLUMNS = ("model_id", "type", "name", "similarity", "compared", "metrics", "created_at", "run_id", "project")

ROLES = ("model", "step", "candidate")

Near = tuple[str, float, str]
"""A model, how similar it is, and what was compared, in words."""

Measure = Callable[[str, str], "tuple[Sequence[Near], str | None]"]
"""From a model and the role others must have to those that can be compared, and the SQL that said so."""

_WITHOUT_SAY = "'(.*__)?(n_jobs|verbose)'"
"""Hyperparameters that change nothing about the model."""


def hyperparameters(model_id: str, role: str) -> str:
    """Gower's similarity over the hyperparameters that any model of the class has not left at its default.

    Two numbers are as far apart as their place in the range of all (on a logarithmic scale when it spans a factor of
    100); anything else, and a random seed, is equal or not. What only one of two has is different, unless it is a
    default there.
    """
    return f"""
WITH compared AS (
  SELECT model_id FROM models
  WHERE qualified_type = (SELECT qualified_type FROM models WHERE model_id = '{model_id}')
    AND ({_role(role)} OR model_id = '{model_id}')
), chosen AS (
  SELECT model_id, name, is_default,
         CASE WHEN type = 'estimator' THEN regexp_extract(value, '[^.]*$') ELSE coalesce(value, 'None') END AS value,
         CASE WHEN NOT suffix(name, 'random_state') THEN value_double END AS number
  FROM hyperparameters JOIN compared USING (model_id)
), ranges AS (
  SELECT name, min(number) AS low, max(number) AS high, low > 0 AND high >= 100 * low AS is_wide
  FROM chosen WHERE name NOT SIMILAR TO {_WITHOUT_SAY} GROUP BY name HAVING NOT bool_and(is_default)
), placed AS (
  SELECT model_id, name, value, is_default,
         CASE WHEN is_wide THEN ln(number / low) / ln(high / low) ELSE (number - low) / nullif(high - low, 0) END AS at
  FROM chosen JOIN ranges USING (name)
), pairs AS (
  SELECT o.model_id, r.name || ': ' || coalesce(a.value, '–') || ' → ' || coalesce(b.value, '–') AS change,
         CASE WHEN a.value = b.value THEN 1 ELSE coalesce(1 - abs(a.at - b.at), 0) END AS alike
  FROM compared o CROSS JOIN ranges r
  LEFT JOIN placed a ON a.model_id = '{model_id}' AND a.name = r.name
  LEFT JOIN placed b ON b.model_id = o.model_id AND b.name = r.name
  WHERE (a.name IS NOT NULL AND b.name IS NOT NULL) OR NOT a.is_default OR NOT b.is_default
)
SELECT o.model_id, coalesce(avg(alike), 1) AS similarity,
       coalesce(string_agg(change, ', ' ORDER BY alike, change) FILTER (WHERE alike < 1), 'equal') AS compared
FROM compared o LEFT JOIN pairs USING (model_id)
WHERE o.model_id <> '{model_id}'
GROUP BY o.model_id
""".strip()


def parts(model_id: str, role: str) -> str:
    """Jaccard's similarity of the sets of parts, weighed by their bytes: shared bytes over those of either model."""
    return f"""
WITH parts AS (
  SELECT DISTINCT model_id, p.digest, p.size_bytes FROM model_parts p JOIN models USING (model_id)
  WHERE {_role(role)} OR model_id = '{model_id}'
), mine AS (
  SELECT digest FROM parts WHERE model_id = '{model_id}'
), totals AS (
  SELECT model_id, sum(size_bytes) AS total, count(*) AS n,
         coalesce(sum(size_bytes) FILTER (WHERE digest IN (FROM mine)), 0) AS shared,
         count(*) FILTER (WHERE digest IN (FROM mine)) AS n_shared
  FROM parts GROUP BY model_id
)
SELECT o.model_id, o.shared / nullif(m.total + o.total - o.shared, 0) AS similarity,
       format('{{}} of {{}} parts shared, {{:,}} of {{:,}} bytes', o.n_shared, o.n, o.shared::BIGINT, o.total::BIGINT)
         AS compared
FROM totals o JOIN totals m ON m.model_id = '{model_id}'
WHERE o.model_id <> '{model_id}' AND o.shared > 0
""".strip()


def weights(model_id: str, role: str) -> str:
    """The distance between the sketches of the weights, as a part of how long both are: 1 - |a - b| / (|a| + |b|).

    Compared are models of the same class, built of the same steps, with as many features. A sketch is a random
    projection of all numbers in a model, so distances between sketches are those between weights, to within a fifth
    or so.
    """
    return f"""
WITH steps AS (
  SELECT model_id, list(name || '=' || value ORDER BY name) AS steps
  FROM hyperparameters WHERE type = 'estimator' GROUP BY model_id
), sketched AS (
  SELECT model_id, role, sketch, sqrt(list_inner_product(sketch, sketch)) AS length,
         (qualified_type, n_features, coalesce(steps, [])) AS kind
  FROM sketches JOIN models USING (model_id) LEFT JOIN steps USING (model_id)
)
SELECT o.model_id, 1 - list_distance(o.sketch, m.sketch) / (o.length + m.length) AS similarity,
       format('distance {{:.3g}}, lengths {{:.3g}} and {{:.3g}}', list_distance(o.sketch, m.sketch), m.length, o.length)
         AS compared
FROM sketched o JOIN sketched m ON m.model_id = '{model_id}' AND o.kind = m.kind
WHERE o.model_id <> m.model_id AND o.length > 0 AND ({_role(role, "o.role")})
""".strip()


STATEMENTS = {"hyperparameters": hyperparameters, "parts": parts, "weights": weights}

_NEEDS = {"parts": "model_parts", "weights": "sketches"}


def by_statement(name: str, run: Callable[[str], Result]) -> Measure:
    """The measure of this name, which is a statement."""

    def measure(model_id: str, role: str) -> tuple[Sequence[Near], str]:
        view = _NEEDS.get(name)
        if view and not run(f"SELECT 1 FROM {view} WHERE model_id = '{model_id}' LIMIT 1"):
            raise NotFound(
                f"Nothing is known of the {name} of {model_id}: its content was not kept, or holds none. "
                'by="hyperparameters" needs no content.'
            )
        sql = STATEMENTS[name](model_id, role)
        return run(sql).rows(), sql

    return measure


def sketches_table(catalog: CatalogReader) -> pyarrow.Table:
    """The table behind the `sketches` view."""
    import numpy as np
    import pyarrow as pa

    from modeldb.query.columns import column

    rows = catalog.query("SELECT model_id, sketch FROM models WHERE sketch IS NOT NULL ORDER BY model_id")
    numbers = np.frombuffer(b"".join(row[1] for row in rows), "<f4")
    offsets = np.cumsum([0, *(len(row[1]) // 4 for row in rows)], dtype=np.int32)
    values = pa.Array.from_buffers(pa.float32(), len(numbers), [None, pa.py_buffer(numbers)])
    sketches = pa.ListArray.from_arrays(
        pa.Array.from_buffers(pa.int32(), len(offsets), [None, pa.py_buffer(offsets)]), values
    )
    return pa.table({"model_id": column([row[0] for row in rows], "text"), "sketch": sketches})


def similar(
    catalog: CatalogReader, model_id: str, by: str, measures: dict[str, Measure], limit: int | None, role: str | None
) -> Result:
    """The models nearest to one by a measure, nearest first; of equal ones the newest. Hidden ones are left out.

    Raises InvalidInput for a measure or role there is not, NotFound when the model has nothing to compare.
    """
    if by not in measures:
        raise InvalidInput(f"{by!r} is nothing to compare models by; there are {', '.join(map(repr, measures))}.")
    if role not in (*ROLES, None):
        raise InvalidInput(f"{role!r} is no role of a model; there are {', '.join(map(repr, ROLES))}, or None for all.")
    if limit is not None and limit < 1:
        raise InvalidInput(f"limit is {limit}; give a number of models, or None for all.")
    near, sql = measures[by](model_id, role or "%")
    found = _nearest(catalog, near, None if limit is None else limit + 1, role)
    shown = found[:limit]
    measured = metrics_of(catalog, [row[0] for row, _ in shown])
    rows = [
        (id, type, name, min(similarity, 1.0), compared, measured.get(id, {}), when(created_at), run_id, project)
        for (id, similarity, compared), (type, name, created_at, run_id, project) in shown
    ]
    result = Result(COLUMNS, rows, truncated=len(found) > len(shown), listing=True)
    result.sql = sql
    return result


def _nearest(
    catalog: CatalogReader, near: Sequence[Near], n: int | None, role: str | None
) -> list[tuple[Near, tuple[str, str, float, str, str]]]:
    """At least the `n` nearest that may be shown, with their facts, which are looked up of no more than it takes."""
    ranked = sorted((row for row in near if row[1] is not None), key=lambda row: -row[1])
    found: list[tuple[Near, tuple[str, str, float, str, str]]] = []
    start = 0
    while start < len(ranked) and (n is None or len(found) < n):
        end = len(ranked) if n is None else start + n
        # Of equal ones the newest come first, so all of them are needed.
        while end < len(ranked) and ranked[end][1] == ranked[end - 1][1]:
            end += 1
        facts = _facts(catalog, [row[0] for row in ranked[start:end]], role)
        found += [(row, facts[row[0]]) for row in ranked[start:end] if row[0] in facts]
        start = end
    return sorted(found, key=lambda pair: (-pair[0][1], -pair[1][2]))


def _facts(catalog: CatalogReader, ids: Sequence[str], role: str | None) -> dict[str, tuple[str, str, float, str, str]]:
    rows = catalog.query(
        """
SELECT m.model_id, m.type, m.name, m.created_at, m.run_id, p.name
FROM models m LEFT JOIN projects p ON p.project_id = m.project_id
WHERE m.model_id IN (SELECT value FROM json_each(:ids)) AND (:role IS NULL OR m.role = :role)
  AND NOT EXISTS (SELECT 1 FROM annotations h WHERE h.target_id = m.model_id AND h.kind = 'tag' AND h.key = 'hidden'
                  AND h.value IS NOT NULL)""",
        {"ids": json.dumps(list(ids)), "role": role},
    )
    return {id: (type, name, at, run_id, project) for id, type, name, at, run_id, project in rows}


def _role(role: str, column: str = "role") -> str:
    return "true" if role == "%" else f"{column} = '{role}'"
