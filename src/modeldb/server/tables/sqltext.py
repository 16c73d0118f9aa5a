"""The same table as SQL on the public views, so that looking leads to asking.

The text is for people: they copy it and change it. Values are therefore written into it, as properly quoted literals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from modeldb.server.tables.column import Column
from modeldb.server.tables.expressions import (
    All,
    Any,
    Compare,
    Expression,
    Missing,
    Not,
    OneOf,
    Scalar,
    Search,
    Text,
)
from modeldb.server.tables.masks import parse_time
from modeldb.server.tables.table import Chosen, Scope, with_newest_first

Lookup = Callable[[str], Column]

_MODEL_FIELDS = {
    "id": "m.model_id", "run": "m.run_name", "status": "r.status", "user": 'r."user"', "host": "r.host",
    "git_commit": "r.git_commit", "git_dirty": "r.git_dirty", "dataset": "d.name", "fit_s": "a.duration_s",
    "note": '(SELECT arg_max(value, "at") FROM notes WHERE target_id = m.model_id)',
    "steps": "(SELECT string_agg(CASE WHEN s.type LIKE '%Pipeline' AND s.name LIKE '% → %' THEN s.name "
    "ELSE s.type END, ' → ' ORDER BY s.created_at, s.model_id) FROM models s "
    "WHERE s.parent_model_id = m.model_id AND s.role = 'step')",
}  # fmt: skip
_RUN_FIELDS = {
    "id": "m.run_id",
    "note": '(SELECT arg_max(value, "at") FROM notes WHERE target_id = m.run_id)',
}
_JOINS = {
    "r.": "LEFT JOIN runs r ON r.run_id = m.run_id",
    "d.": "LEFT JOIN datasets d ON d.dataset_id = m.train_dataset_id",
    "a.": "LEFT JOIN actions a ON a.action_id = m.action_id",
}
_ALIASES = {"param": "p", "metric": "s", "tag": "t", "feature": "f"}
TWIN = " as number"
"""Ends the name of the column that holds a parameter's value where it is a number."""
_AGGREGATES = {"mean": "avg", "std": "stddev_samp", "variance": "var_samp"}


def table_sql(chosen: Chosen, lookup: Lookup, *, all_rows: bool = False) -> str:
    """The SELECT that gives this page of the table; without LIMIT when `all_rows`."""
    view, scope = chosen.view, chosen.scope
    needed = [*chosen.columns, *(s.removeprefix("-") for s in chosen.sort), *_columns_of(chosen.expression)]
    needed += [item.key for item in chosen.aggregates]
    keys = [key for key in dict.fromkeys(needed) if key and key != "count" and ":" not in key.split(".")[0]]
    where = _scope_conditions(scope)
    if chosen.expression is not None:
        where.append(_condition(chosen.expression, scope, lookup, top=True))
    select, tail = (_grouped if view.group else _plain)(chosen, lookup)
    lines = [select, f"FROM {scope.of} m"]
    lines += [join for mark, join in _JOINS.items() if scope.of == "models" and _uses(mark, keys, scope)]
    lines += _pivots(keys, _compared_with_numbers(chosen.expression), scope, lookup)
    if where:
        lines.append("WHERE " + "\n  AND ".join(where))
    lines.append(tail)
    if not all_rows:
        lines.append(f"LIMIT {view.limit}" + (f" OFFSET {view.offset}" if view.offset else ""))
    return "\n".join(line for line in lines if line)


def table_python(sql: str) -> str:
    """Python that asks the same."""
    return f'import modeldb\n\ndb = modeldb.open()\ndf = db.sql("""\n{sql}\n""").df()\n'


def quote(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _plain(chosen: Chosen, lookup: Lookup) -> tuple[str, str]:
    scope = chosen.scope
    id = "m.model_id" if scope.of == "models" else "m.run_id"
    shown = [id] + [_select(key, scope) for key in chosen.columns if key != "id"]
    order = [_order(text, _ref(text.removeprefix("-"), scope)) for text in with_newest_first(chosen.sort, scope.of)]
    return "SELECT " + ",\n       ".join(shown), "ORDER BY " + ", ".join([*order, id])


def _grouped(chosen: Chosen, lookup: Lookup) -> tuple[str, str]:
    scope = chosen.scope
    shown, order = [], []
    for key in chosen.view.group:
        ref = _ref(key, scope)
        shown.append(f"date_trunc('day', {ref}) AS {_name(key)}" if lookup(key).type == "time" else
                     f"{ref} AS {_name(key)}")  # fmt: skip
    shown.append("count(*) AS count")
    for item in chosen.aggregates:
        if item.name != "count":
            shown.append(f"{_aggregate(item.how, _ref(item.key, scope), scope)} AS {_name(item.name)}")
    order = [_order(text, _name(text.removeprefix("-"))) for text in chosen.sort]
    return "SELECT " + ",\n       ".join(shown), "GROUP BY ALL\nORDER BY " + ", ".join(order)


def _aggregate(how: str, ref: str, scope: Scope) -> str:
    if how in ("first", "last"):
        time = "m.created_at" if scope.of == "models" else "m.started_at"
        return f"arg_{'min' if how == 'first' else 'max'}({ref}, {time})"
    return f"{_AGGREGATES.get(how, how)}({ref})"


def _pivots(keys: list[str], as_numbers: set[str], scope: Scope, lookup: Lookup) -> list[str]:
    """The joins that lay hyperparameters, metrics, tags and features side by side."""
    named: dict[str, list[str]] = {}
    for key in keys:
        kind, dot, name = key.partition(".")
        if dot:
            named.setdefault(kind, []).append(name)
    out = []
    if names := named.get("param"):
        out.append(_parameters(names, as_numbers, scope, lookup))
    if names := named.get("metric"):
        out.append(_metrics(names, scope))
    if names := named.get("tag"):
        columns = [f"any_value(value) FILTER (key = {quote(n)}) AS {_name('tag.' + n)}" for n in names]
        out.append(_join("t", "target_id", columns, "tags", scope))
    if names := named.get("feature"):
        columns = [
            f"any_value(coalesce(importance, coefficient)) FILTER (name = {quote(n)}) AS {_name('feature.' + n)}"
            for n in names
        ]
        out.append(_join("f", "model_id", columns, "features", scope))
    return out


def _parameters(names: list[str], as_numbers: set[str], scope: Scope, lookup: Lookup) -> str:
    columns = []
    for name in names:
        key, test = f"param.{name}", f"FILTER (name = {quote(name)})"
        is_number = lookup(key).type == "number"
        columns.append(f"any_value({'value_double' if is_number else 'value'}) {test} AS {_name(key)}")
        if key in as_numbers and not is_number:
            columns.append(f"any_value(value_double) {test} AS {_name(key + TWIN)}")
    if scope.of == "models":
        return _join("p", "model_id", columns, "hyperparameters", scope)
    logged = """(
    SELECT run_id, name, value, value_double FROM action_params JOIN actions USING (action_id) WHERE kind = 'log'
    UNION ALL
    SELECT run_id, h.name, value, value_double FROM hyperparameters h JOIN models USING (model_id)
    WHERE model_id IN (SELECT arg_max(model_id, created_at) FROM models WHERE role = 'model' GROUP BY run_id))"""
    return _join("p", "run_id", columns, logged, scope)


def _metrics(names: list[str], scope: Scope) -> str:
    id = "model_id" if scope.of == "models" else "run_id"
    order = "x.dataset_id IS DISTINCT FROM k.train_dataset_id, x.logged_at, coalesce(x.step, 0)"
    if scope.of == "runs":
        order = "coalesce(k.role, 'model') = 'model', " + order
    columns = []
    for full in names:
        name, label, dataset = split_metric(full)
        test = f"x.name = {quote(name)} AND x.label IS NOT DISTINCT FROM {quote(label) if label else 'NULL'}"
        if dataset or scope.dataset:
            test += f" AND e.name = {quote(dataset or scope.dataset or '')}"
        columns.append(f"arg_max(x.value, ({order})) FILTER ({test}) AS {_name('metric.' + full)}")
    source = "metrics x LEFT JOIN models k ON k.model_id = x.model_id"
    if scope.dataset or any("@" in name for name in names):
        source += "\n  LEFT JOIN datasets e ON e.dataset_id = x.dataset_id"
    return _join("s", f"x.{id}", columns, source, scope)


def _join(alias: str, id: str, columns: list[str], source: str, scope: Scope) -> str:
    mine = "m.model_id" if scope.of == "models" else "m.run_id"
    inner = f"SELECT {id} AS id,\n         " + ",\n         ".join(columns)
    return f"LEFT JOIN (\n  {inner}\n  FROM {source} GROUP BY {id}) {alias} ON {alias}.id = {mine}"


def split_metric(full: str) -> tuple[str, str | None, str | None]:
    """`f1[macro]@X_test` as name, label and dataset name."""
    match = re.fullmatch(r"(.*?)(?:\[([^\[\]]*)\])?(?:@(.*))?", full, re.DOTALL)
    assert match is not None
    return match.group(1), match.group(2), match.group(3)


def _scope_conditions(scope: Scope) -> list[str]:
    out = []
    id = "m.model_id" if scope.of == "models" else "m.run_id"
    if scope.project is not None:
        out.append(f"m.project = {quote(scope.project)}")
    if scope.of == "models" and scope.roles:
        out.append(f"m.role IN ({', '.join(quote(r) for r in scope.roles)})")
    if scope.run_id is not None:
        out.append(f"m.run_id = {quote(scope.run_id)}")
    if not scope.hidden:
        out.append(f"{id} NOT IN (SELECT target_id FROM tags WHERE key = 'hidden')")
    return out


def _condition(node: Expression, scope: Scope, lookup: Lookup, *, top: bool = False) -> str:
    match node:
        case All(items) | Any(items):
            word = "\n  AND " if top and isinstance(node, All) else " AND " if isinstance(node, All) else " OR "
            inner = word.join(_condition(item, scope, lookup) for item in items)
            return inner if top and isinstance(node, All) else f"({inner})"
        case Not(Missing(key)):
            return f"{_ref(key, scope)} IS NOT NULL"
        case Not(item):
            return f"NOT ({_condition(item, scope, lookup)})"
        case Missing(key):
            return f"{_ref(key, scope)} IS NULL"
        case Compare(key, op, value, position):
            return _comparison(key, op, value, position, scope, lookup)
        case OneOf(key, values, position):
            tests = [_comparison(key, "=", value, position, scope, lookup) for value in values]
            start = f"{_ref(key, scope)} = "
            if all(test.startswith(start) for test in tests):
                return f"{_ref(key, scope)} IN ({', '.join(test.removeprefix(start) for test in tests)})"
            return "(" + " OR ".join(tests) + ")"
        case Text(key, how, text):
            pattern = text if how == "like" else _like(how, text)
            escape = "" if how == "like" else " ESCAPE '\\'"
            return f"CAST({_ref(key, scope)} AS VARCHAR) ILIKE {quote(pattern)}{escape}"
        case Search(text):
            fields = (
                ("name", "type", "steps", "id", "run", "script") if scope.of == "models" else ("name", "id", "script")
            )
            pattern = quote(_like("contains", text))
            tests = [f"coalesce({_ref(f, scope)}, '') ILIKE {pattern} ESCAPE '\\'" for f in (*fields, "note")]
            return "(" + " OR ".join(tests) + ")"
    raise TypeError(f"not an expression: {node!r}")


def _comparison(key: str, op: str, value: Scalar, position: int, scope: Scope, lookup: Lookup) -> str:
    ref, type = _ref(key, scope), lookup(key).type
    op = "<>" if op == "!=" else op
    if type == "time":
        moment = parse_time(value, position) if isinstance(value, str) else float(value)
        return f"{ref} {op} TIMESTAMP '{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, bool):
        wanted = quote("true" if value else "false")
        return f"lower(CAST({ref} AS VARCHAR)) {op} {wanted}"  # parameters say True, booleans true
    if isinstance(value, str):
        numeric = type in ("number", "bytes", "duration", "boolean")
        return f"{f'CAST({ref} AS VARCHAR)' if numeric else ref} {op} {quote(value)}"
    if type in ("number", "bytes", "duration"):
        return f"{ref} {op} {value!r}"
    cast = f"p.{_name(key + TWIN)}" if key.startswith("param.") else f"TRY_CAST({ref} AS DOUBLE)"
    if op in ("=", "<>"):
        # A text is surely not this number, which comparing with its missing number would not say.
        same = "IS NOT DISTINCT FROM" if op == "=" else "IS DISTINCT FROM"
        return f"CASE WHEN {ref} IS NOT NULL THEN {cast} {same} {value!r} END"
    return f"{cast} {op} {value!r}"


def _like(how: str, text: str) -> str:
    escaped = re.sub(r"([%_\\])", r"\\\1", text)
    return {"contains": f"%{escaped}%", "starts": f"{escaped}%"}.get(how, f"%{escaped}")


def _columns_of(node: Expression | None) -> list[str]:
    match node:
        case All(items) | Any(items):
            return [key for item in items for key in _columns_of(item)]
        case Not(item):
            return _columns_of(item)
        case Compare() | OneOf() | Missing() | Text():
            return [node.column]
        case Search():
            return ["run", "note"]
    return []


def _compared_with_numbers(node: Expression | None) -> set[str]:
    match node:
        case All(items) | Any(items):
            return {key for item in items for key in _compared_with_numbers(item)}
        case Not(item):
            return _compared_with_numbers(item)
        case Compare(key, _, value):
            return set() if isinstance(value, str | bool) else {key}
        case OneOf(key, values):
            return set() if all(isinstance(value, str | bool) for value in values) else {key}
    return set()


def _uses(mark: str, keys: list[str], scope: Scope) -> bool:
    return any(_ref(key, scope).startswith(mark) for key in keys if "." not in key)


def _ref(key: str, scope: Scope) -> str:
    kind, dot, _ = key.partition(".")
    if dot:
        return f"{_ALIASES[kind]}.{_name(key)}"
    fields = _MODEL_FIELDS if scope.of == "models" else _RUN_FIELDS
    return fields.get(key) or ('m."user"' if key == "user" else f"m.{key}")


def _select(key: str, scope: Scope) -> str:
    ref = _ref(key, scope)
    return ref if "." in key or ref == f"m.{key}" else f"{ref} AS {_name(key)}"


def _order(text: str, ref: str) -> str:
    return f"{ref} {'DESC' if text.startswith('-') else 'ASC'} NULLS LAST"


def _name(key: str) -> str:
    return '"' + key.replace('"', '""') + '"'
