"""The facts of one thing as text a person likes to read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from typing import Any

from modeldb.history.describe import Facts
from modeldb.history.names import in_bytes, in_seconds, place, shape, short
from modeldb.query.layout import WIDEST, cell, cut, display_width, number, text_table

MOST_STEPS = 200


def render(facts: Facts, width: int | None = None) -> str:
    """The text `modeldb show` prints, at most `width` columns wide where that is possible."""
    width = width or shutil.get_terminal_size((100, 24)).columns
    lines = [_title(facts), *_pairs(_head(facts))]
    for title, body in _sections(facts, width):
        if body:
            lines += ["", title, *body]
    return "\n".join(line.rstrip() for line in lines)


def _title(facts: Facts) -> str:
    kind = facts["kind"]
    identifier = facts.get(f"{kind}_id", "")
    name = facts.get("operation") or facts.get("type") or facts.get("path") or ""
    called = facts.get("name")
    return " ".join(filter(None, [kind, identifier, name, f'"{called}"' if called else ""]))


def _head(facts: Facts) -> list[tuple[str, str]]:
    """The few facts that come first, by kind."""
    run = facts.get("run") or {}
    made: Facts = next((step for step in facts.get("lineage") or [] if step["action_id"] == facts.get("action_id")), {})
    match facts["kind"]:
        case "model":
            stored = f"{in_bytes(facts['size_bytes'])} as a pickle, added {in_bytes(facts['stored_bytes'])}"
            return [
                ("run", f"{facts['run_id']} {run.get('name') or ''} ({run.get('status')})"),
                ("made by", f"{facts['qualified_type']}, {place(made.get('file'), made.get('line'))}"),
                ("library", f"{facts['library']} {facts['library_version'] or ''}"),
                ("problem", facts["problem_type"] or ""),
                ("role", "" if facts["role"] == "model" else f"{facts['role']} of {facts['parent_model_id']}"),
                ("trained on", facts["train_dataset_id"] or ""),
                ("version", facts["version_id"] or ""),
                ("stored", stored if facts["digest"] else facts["store_error"] or "no"),
                ("at", cell(facts["created_at"])),
            ]
        case "run":
            commit = f"{facts['git_commit'] or ''}{' with uncommitted changes' if facts['git_dirty'] else ''}"
            environment = facts.get("environment") or {}
            seconds = (facts["ended_at"] - facts["started_at"]).total_seconds() if facts["ended_at"] else None
            return [
                ("project", f"{facts['project']}, experiment {facts['experiment']}"),
                ("status", " ".join(filter(None, [facts["status"], facts["error"] or ""]))),
                ("started", f"{cell(facts['started_at'])} UTC, took {in_seconds(seconds) or '…'}"),
                ("by", f"{facts['user']} on {facts['host']}"),
                ("command", " ".join(facts["command"] or [])),
                ("in", facts["cwd"] or ""),
                ("git", " ".join(filter(None, [facts["git_branch"] or "", commit]))),
                ("python", f"{facts['python']}, {environment.get('os', '')}"),
            ]
        case "dataset":
            return [
                ("size", f"{shape(facts['n_rows'], facts['n_columns'])}, {facts['container'] or ''}"),
                ("source", facts["source"] or ""),
                ("kept", "yes" if facts["kept"] else "no"),
                ("first met", f"{cell(facts['created_at'])} in {facts['first_seen_run']}"),
                ("made", f"{facts['made_by']} times" if facts["made_by"] > 1 else ""),
            ]
        case "action":
            return [
                ("run", facts["run_id"]),
                ("kind", facts["action_kind"]),
                ("at", f"{place(facts['file'], facts['line'])}, took {in_seconds(facts['duration_s'])}"),
                ("status", " ".join(filter(None, [facts["status"], facts["error"] or ""]))),
                ("inside of", facts["parent_id"] or ""),
            ]
        case "file":
            return [("size", in_bytes(facts["size"])), ("read by", f"{facts['readers']} actions")]
        case "version":
            return [("occurred", f"{len(facts['models'])} times")]
        case "project" | "experiment":
            return [("runs", str(facts["runs"])), ("since", cell(facts["created_at"]))]
    return []


def _sections(facts: Facts, width: int) -> Iterable[tuple[str, list[str]]]:
    yield "tags and notes", _annotations(facts.get("annotations") or [])
    chosen = [p for p in facts.get("hyperparameters") or facts.get("params") or [] if not p["is_default"]]
    n_default = len(facts.get("hyperparameters") or facts.get("params") or []) - len(chosen)
    note = f" ({n_default} more at their defaults)" if n_default else ""
    title = "arguments" if facts["kind"] == "action" else "hyperparameters"
    yield (
        title + note,
        _pairs((p["name"], str(p["value"])) for p in chosen) or (["  all at their defaults"] if note else []),
    )
    yield "metrics", _metrics(facts.get("metrics") or [], width)
    yield "features", _table(facts.get("features") or [], ("name", "importance", "coefficient"), width)
    columns = ("name", "dtype", "n_null", "n_distinct", "min", "max", "mean", "std")
    yield "columns", _table(_named(facts), columns, width) if facts["kind"] == "dataset" else []
    yield "consists of", _parts(facts.get("parts") or [])
    yield "models", _parts([{**m, "role": ""} for m in facts.get("models") or []])
    yield "models trained on it", _parts([{**m, "role": ""} for m in facts.get("trained") or []])
    yield "code", [f"  {c['path']} ({c['kind']}, {in_bytes(c['size'])})" for c in facts.get("code") or []]
    made = [step for step in facts.get("lineage") or [] if not step["afterwards"]]
    after = [step for step in facts.get("lineage") or [] if step["afterwards"]]
    yield "what it did" if facts["kind"] == "run" else "how it came to be", _steps(made, width)
    yield "how it was judged", _steps(after, width)
    yield "inside", _steps(facts.get("inside") or [], width)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[str]:
    kept = [(name, value.strip(" ,")) for name, value in pairs if value and value.strip(" ,")]
    size = max((display_width(name) for name, _ in kept), default=0)
    return [f"  {name}{' ' * (size - display_width(name))}  {cut(cell(value), WIDEST)}" for name, value in kept]


def _metrics(metrics: list[Facts], width: int) -> list[str]:
    rows = [
        {
            "name": f"{m['name']} [{m['label']}]" if m["label"] else m["name"],
            "value": m["value"],
            "on": " ".join(filter(None, [m.get("dataset"), short(m["dataset_id"]) if m["dataset_id"] else ""])),
            "model": short(m["model_id"]) if m["model_id"] else "",
        }
        for m in metrics
    ]
    return _table(rows, ("name", "value", "on", "model"), width)


def _table(rows: list[Facts], columns: tuple[str, ...], width: int) -> list[str]:
    shown = [name for name in columns if any(row.get(name) not in (None, "") for row in rows)]
    if not rows or not shown:
        return []
    text = text_table(shown, [tuple(row.get(name) for name in shown) for row in rows], width=width - 2, max_rows=60)
    return ["  " + line for line in text.splitlines()]


def _named(facts: Facts) -> list[Facts]:
    """A dataset's columns, with a name for an index that has none."""
    return [{**c, "name": c["name"] or ("(index)" if c["position"] < 0 else "")} for c in facts["columns"]]


def _parts(parts: list[Facts]) -> list[str]:
    return [
        "  " + " ".join(filter(None, [part["model_id"], part["role"], part["type"], part["name"] or ""]))
        for part in parts
    ]


def _annotations(annotations: list[Facts]) -> list[str]:
    lines = []
    for a in annotations:
        text = a["value"] if a["kind"] == "note" else f"#{a['key']}{'=' + a['value'] if a['value'] else ''}"
        lines.append(f"  {text}  ({', '.join(filter(None, [a['author'], cell(a['at'])]))})")
    return lines


def _steps(steps: list[Facts], width: int) -> list[str]:
    lines: list[str] = []
    for step in steps[:MOST_STEPS]:
        lines += _step(step, width)
    if len(steps) > MOST_STEPS:
        lines.append(f"  … and {len(steps) - MOST_STEPS} more steps; --format json has all")
    return lines


def _step(step: Facts, width: int) -> list[str]:
    """`4  train_test_split(random_state=0)  train.py:14`, then what went in and what came out."""
    nested = {name.partition("__")[0] for name in step["params"] if "__" in name}
    params = ", ".join(
        f"{name}={_value(value)}" for name, value in step["params"].items() if "__" not in name and name not in nested
    )
    where = place(step["file"], step["line"])
    head = f"  {step['step']:>3}  {step['short']}"
    room = width - display_width(head) - display_width(where) - 4
    arguments = f"({_cut(params, room - 2)})" if params and room > 12 else ""
    flags = "".join([" (inferred)" if step["inferred"] else "", " FAILED" if step["status"] == "failed" else ""])
    first = f"{head}{arguments}{flags}"
    gap = max(2, width - display_width(first) - display_width(where))
    lines = [f"{first}{' ' * gap}{where}"]
    inputs = ", ".join(_input(edge) for edge in step["inputs"] if edge["kind"] != "spec")
    results = [_output(edge) for edge in step["outputs"]] + [_measured(metric) for metric in step["metrics"][:4]]
    flow = " → ".join(filter(None, [inputs, ", ".join(results)]))
    return [*lines, *(f"       {line}" for line in _wrap(flow, width - 7))]


def _input(edge: Facts) -> str:
    name = edge["name"] or (edge["role"] if edge["role"] != "self" else short(edge["id"]))
    origin = f" ({edge['from_step']})" if edge["from_step"] else f" {short(edge['id'])}"
    used = f"[{', '.join(edge['columns'])}]" if edge["columns"] else ""
    return f"{name}{used}{origin}"


def _output(edge: Facts) -> str:
    return " ".join(filter(None, [edge["name"], edge["size"], short(edge["id"])]))


def _measured(metric: Facts) -> str:
    label = f" [{metric['label']}]" if metric["label"] else ""
    return f"{metric['name']}{label} = {number(metric['value']) if metric['value'] is not None else 'nan'}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: max(0, size - 1)] + "…"


def _wrap(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, max(width, 30), break_long_words=False, break_on_hyphens=False)
