"""What the engine asks of predictions before it reads them: whose, on what, which row.

The engine hands a scan the comparisons that stand in a query's WHERE as an Arrow expression. An expression does not
tell what it is made of, except in its serialised form: a record batch whose metadata lists the calls, fields and
literals in order of reading. Whatever is not understood there stays a filter on the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow.dataset

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Node:
    """A call with its arguments, a field's name, or a literal."""

    kind: str
    """`call`, `field` or `literal`."""
    value: Any
    arguments: tuple[Node, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Wanted:
    """What is left of a filter: tests of what is the same for a whole set, at most one row, and the rest."""

    tests: list[Node] = field(default_factory=list)
    row: int | None = None
    rest: pyarrow.dataset.Expression | None = None
    """What must still be compared row by row; None for nothing."""

    def admits(self, constants: dict[str, Any]) -> bool:
        """False for a set of which no row can pass."""
        return all(holds(test, constants) is True for test in self.tests)


def understand(expression: pyarrow.dataset.Expression | None, constant: frozenset[str]) -> Wanted:
    """Takes apart a filter; `constant` names the columns that are the same for a whole set."""
    if expression is None:
        return Wanted()
    try:
        parts = _conjuncts(_parse(expression))
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return Wanted(rest=expression)
    wanted = Wanted()
    for part in parts:
        row = _row(part)
        if row is not None and wanted.row in (None, row):
            wanted.row = row
        elif _fields(part) and _fields(part) <= constant and _is_known(part):
            wanted.tests.append(part)
        else:
            wanted.rest = expression
    return wanted


def holds(node: Node, constants: dict[str, Any]) -> bool | None:
    """The truth of a test about constants; None when it is about a missing value."""
    name, arguments = node.value, node.arguments
    match name:
        case "and_kleene" | "or_kleene":
            both = [holds(argument, constants) for argument in arguments]
            decides = name == "or_kleene"
            return decides if decides in both else (None if None in both else not decides)
        case "invert":
            inner = holds(arguments[0], constants)
            return None if inner is None else not inner
        case "if_else":
            chosen = arguments[1] if holds(arguments[0], constants) else arguments[2]
            return holds(chosen, constants) if chosen.kind == "call" else _value(chosen, constants)
        case "is_valid":
            return _value(arguments[0], constants) is not None
        case "is_null":
            return _value(arguments[0], constants) is None
        case "is_in":
            return _value(arguments[0], constants) in node.options["value_set"]
    left, right = (_value(argument, constants) for argument in arguments)
    return None if left is None or right is None else _COMPARISONS[name](left, right)


def _value(node: Node, constants: dict[str, Any]) -> Any:
    return constants[node.value] if node.kind == "field" else node.value


def _row(node: Node) -> int | None:
    """The row of `row = 42`."""
    if node.kind != "call" or node.value != "equal":
        return None
    by_kind = {argument.kind: argument.value for argument in node.arguments}
    if by_kind.get("field") == "row" and isinstance(by_kind.get("literal"), int):
        return int(by_kind["literal"])
    return None


def _is_known(node: Node) -> bool:
    if node.kind != "call":
        return True
    if node.value in ("is_valid", "is_null", "is_in", "invert", "and_kleene", "or_kleene", "if_else"):
        return all(map(_is_known, node.arguments))
    return node.value in _COMPARISONS and all(argument.kind != "call" for argument in node.arguments)


def _fields(node: Node) -> set[str]:
    if node.kind == "field":
        return {node.value}
    return set().union(*map(_fields, node.arguments)) if node.arguments else set()


def _conjuncts(node: Node) -> list[Node]:
    if node.kind == "call" and node.value == "and_kleene":
        return [part for argument in node.arguments for part in _conjuncts(argument)]
    return [node]


def _parse(expression: Any) -> Node:
    import pyarrow as pa

    _, (buffer,) = expression.__reduce__()
    with pa.ipc.open_file(buffer) as file:
        batch = file.get_batch(0)
    items = _items(batch.schema)
    node, end = _node(items, 0, batch)
    if end != len(items):
        raise ValueError("an expression goes on after its end")
    return node


def _items(schema: Any) -> list[tuple[str, str]]:
    """The metadata in order. Read off the schema's text: as a mapping it would lose names that stand there twice."""
    text = schema.to_string(truncate_metadata=False)
    _, _, listed = text.partition("-- schema metadata --\n")
    found = [re.fullmatch(r"(\w+): '(.*)'", line) for line in listed.splitlines()]
    return [(match[1], match[2]) for match in found if match is not None]


def _node(items: list[tuple[str, str]], at: int, batch: Any) -> tuple[Node, int]:
    kind, value = items[at]
    at += 1
    if kind == "literal":
        return Node("literal", batch.column(int(value))[0].as_py()), at
    if kind == "field_ref":
        return Node("field", value), at
    if kind != "call":
        raise ValueError(f"an expression holds {kind!r}")
    arguments, options = [], {}
    while items[at][0] != "end":
        if items[at][0] == "options":
            options = batch.column(int(items[at][1]))[0].as_py()
            at += 1
        else:
            argument, at = _node(items, at, batch)
            arguments.append(argument)
    return Node("call", value, tuple(arguments), options), at + 1
