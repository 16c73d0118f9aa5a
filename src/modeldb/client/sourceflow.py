"""What the script's own text says about where a value came from.

Arithmetic on arrays (`X = X / 255`, `y = np.log1p(price)`) calls nothing we could hook, and its result shares no
content with its input. The script does say it, though: the argument is a name, the name was last assigned on some
line, and that line mentions other names. This follows such assignments backwards through one scope until it meets
names whose values are known or lines on which a recorded call was made. The answer is a conclusion, not an
observation, and is marked so. (The idea of reading provenance off the program's text is noWorkflow's; Murta et al.,
IPAW 2014.)
"""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import msgspec

COMPREHENSIONS: dict[str, type[ast.expr]] = {
    "<listcomp>": ast.ListComp,
    "<setcomp>": ast.SetComp,
    "<dictcomp>": ast.DictComp,
    "<genexpr>": ast.GeneratorExp,
}
"""What the frames of comprehensions are called that have one of their own."""


class Assignment(msgspec.Struct, frozen=True):
    line: int
    end_line: int
    names: frozenset[str]
    """The names it gives a value to (or changes in place)."""
    uses: frozenset[str]
    """The names its right side reads."""
    literals: frozenset[str]
    """Texts on its right side: perhaps the name of a file."""
    text: str
    """Its source, on one line, shortened."""
    called: str
    """The function whose result it is, if it is that and no more."""
    within: bool = False
    """True for a comprehension's variables, which are there from its first line to its last and nowhere else."""

    def reaches(self, line: int) -> bool:
        """True when the names may have their values from here on that line."""
        return self.line <= line <= self.end_line if self.within else self.line < line


class Flow(msgspec.Struct, frozen=True):
    """What an argument's value was computed from."""

    names: tuple[str, ...]
    """Names, nearest first, that lead to the value."""
    lines: tuple[int, ...]
    """First lines of the assignments on the way, nearest first."""
    finished: frozenset[int]
    """Those of them in a loop that was over before the call."""
    literals: tuple[str, ...]
    """Texts in them."""
    text: str
    """The nearest expression, as the user wrote it."""


def trace(
    frame: FrameType,
    value: Any,
    role: str | None,
    function: str,
    is_known_name: Callable[[str], bool],
    is_known_line: Callable[[int], bool],
) -> Flow | None:
    """What the script's text says `value`, an argument of the call `frame` is in, was computed from.

    `role` and `function` are the parameter's and the called function's names: they find the argument in the text.
    The way back ends at names and lines that are known.
    """
    scope = _scope_of(frame.f_code)
    if scope is None:
        return None
    line = frame.f_lineno
    start, text, seen_lines = _start(frame, scope, value, role, function)
    if not start:
        return None
    names: dict[str, None] = dict.fromkeys(start)
    lines: dict[int, None] = dict.fromkeys(seen_lines)
    literals: dict[str, None] = {}
    pending = [(name, line) for name in start if not is_known_name(name)]
    visited: set[tuple[str, int]] = set()
    while pending and len(visited) < 200:
        name, before = pending.pop(0)
        assignment = _last_assignment(scope, name, before)
        if assignment is None or (name, assignment.line) in visited:
            continue
        visited.add((name, assignment.line))
        lines[assignment.line] = None
        literals |= dict.fromkeys(sorted(assignment.literals))
        text = text or assignment.text
        if is_known_line(assignment.line):
            continue
        for used in sorted(assignment.uses):
            names[used] = None
            if used == name or not is_known_name(used):
                pending.append((used, assignment.line))
    finished = frozenset(at for at in lines if scope.is_in_finished_loop(at, line))
    return Flow(tuple(names), tuple(lines), finished, tuple(literals), text)


def name_of(frame: FrameType, value: Any) -> str | None:
    """The variable of this scope that holds `value`, if one does."""
    try:
        for name, held in frame.f_locals.items():
            if held is value and not name.startswith("_"):
                return name
    except RuntimeError:  # the dictionary changed under us: another thread defines names
        return None
    return None


def is_anyones_name(frame: FrameType, name: str) -> bool:
    """True for a loop's variable or a function's parameter: it holds one thing after another and names none."""
    code = frame.f_code
    if name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        return True
    scope = _scope_of(code)
    return scope is not None and name in scope.loop_variables


def assigned_name(frame: FrameType, function: str) -> str | None:
    """The variable that will hold what this line's call of `function` returns: `model = Ridge().fit(X, y)`."""
    scope = _scope_of(frame.f_code)
    if scope is None:
        return None
    for assignment in scope.assignments:
        if assignment.line <= frame.f_lineno <= assignment.end_line and assignment.called == function:
            return next(iter(assignment.names)) if len(assignment.names) == 1 else None
    return None


def _start(frame: FrameType, scope: Scope, value: Any, role: str | None, function: str) -> Argument:
    name = name_of(frame, value)
    if name is not None:
        return [name], "", []
    # An expression in the call itself: `clf.fit(X[:100] / 255, y[:100])`.
    return scope.argument(frame.f_lineno, function, role)


def _argument(call: ast.Call, role: str | None) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg == role:
            return keyword.value
    position = {
        "X": 0,
        "y": 1,
        "y_true": 0,
        "y_pred": 1,
        "y_score": 1,
        "y_prob": 1,
        "y_proba": 1,
        "labels": 1,
    }
    if len(call.args) == 1 and not call.keywords:
        return call.args[0]  # `LabelEncoder().fit_transform(y)`
    index = position.get(role or "", 0)
    return call.args[index] if index < len(call.args) else None


Argument = tuple[list[str], str, list[int]]
"""The names an argument mentions, its text, and the line of its call where the argument itself calls something:
nothing, where the text does not show it."""


class Scope:
    """The assignments and calls of one function or module, in order."""

    def __init__(self, node: ast.AST) -> None:
        self.assignments: list[Assignment] = []
        self.loop_variables: set[str] = set()
        self._loops: list[tuple[int, int]] = []
        self._calls: dict[str, list[ast.Call]] = {}
        self._arguments: dict[tuple[int, str, str | None], Argument] = {}
        for child in (node, *_walk_scope(node)):
            if isinstance(child, ast.Call):
                self._calls.setdefault(_called(child), []).append(child)
            if isinstance(child, (ast.For, ast.AsyncFor, ast.comprehension)):
                self.loop_variables |= _targets(child.target)
            if isinstance(child, (ast.For, ast.AsyncFor, ast.While)):
                self._loops.append((child.lineno, child.end_lineno or child.lineno))
            assignment = _assignment(child)
            if assignment is not None:
                self.assignments.append(assignment)
        self.assignments.sort(key=lambda a: a.line)

    def is_in_finished_loop(self, line: int, now: int) -> bool:
        """True for a line that belongs to a loop which the line the script has come to is not in."""
        return any(first <= line <= last and not first <= now <= last for first, last in self._loops)

    def argument(self, line: int, function: str, role: str | None) -> Argument:
        """The argument that plays this role in the call of a function whose text covers this line."""
        key = line, function, role
        if key not in self._arguments:
            self._arguments[key] = self._find_argument(line, function, role)
        return self._arguments[key]

    def _find_argument(self, line: int, function: str, role: str | None) -> Argument:
        for call in self._calls.get(function, ()):
            if call.lineno <= line <= (call.end_lineno or call.lineno):
                argument = _argument(call, role)
                if argument is not None:
                    calls = any(isinstance(node, ast.Call) for node in ast.walk(argument))
                    return sorted(_names(argument)), _text(argument), [call.lineno] if calls else []
        return [], "", []


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    pending = list(ast.iter_child_nodes(node))
    while pending:
        child = pending.pop(0)
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(child))


def _assignment(node: ast.AST) -> Assignment | None:
    match node:
        case ast.Assign(targets=targets, value=value):
            names = frozenset().union(*(_targets(target) for target in targets))
            changed = any(isinstance(target, (ast.Subscript, ast.Attribute)) for target in targets)
            uses = _names(value) | (names if changed else frozenset())
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            names, uses = _targets(target), _names(value)
        case ast.AugAssign(target=target, value=value):
            names = _targets(target)
            uses = _names(value) | names
        case ast.For(target=target, iter=value):
            names, uses = _targets(target), _names(value)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            names = frozenset().union(*(_targets(part.target) for part in node.generators))
            uses = frozenset().union(*(_names(part.iter) for part in node.generators))
            first, end = node.generators[0].iter, node.end_lineno or node.lineno
            return Assignment(node.lineno, end, names, uses, _literals(first), _text(first), "", within=True)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            names, uses = _targets(target), _names(value)
            return Assignment(value.lineno, value.lineno, names, uses, _literals(value), _text(value), "")
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner)), args=args) as value) if args:
            # `docs.append(text)`: a method call may change its owner.
            names, uses = frozenset({owner}), _names(value)
        case _:
            return None
    line = getattr(node, "lineno", 0)
    end = getattr(node, "end_lineno", line) or line
    called = _called(value) if isinstance(value, ast.Call) and isinstance(node, ast.Assign) else ""
    return Assignment(line, end, names, uses, _literals(value), _text(value), called)


def _targets(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Name(id=name):
            return frozenset({name})
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return frozenset().union(*(_targets(part) for part in parts))
        case ast.Starred(value=inner) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return _targets(inner)
    return frozenset()


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def _literals(node: ast.AST) -> frozenset[str]:
    constants = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str) and 0 < len(value) < 1_000)


def _text(node: ast.expr) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 200 else text[:197] + "..."


def _last_assignment(scope: Scope, name: str, before: int) -> Assignment | None:
    for assignment in reversed(scope.assignments):
        if name in assignment.names and assignment.reaches(before):
            return assignment
    return None


@functools.lru_cache(maxsize=256)
def _scope_of(code: CodeType) -> Scope | None:
    tree = _tree(code.co_filename)
    if tree is None:
        return None
    if code.co_name == "<module>":
        return Scope(tree)
    if code.co_name in COMPREHENSIONS:
        kind, line = COMPREHENSIONS[code.co_name], code.co_firstlineno
        found = [node for node in ast.walk(tree) if isinstance(node, kind) and node.lineno == line]
        return Scope(found[0]) if len(found) == 1 else None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                return Scope(node)
    return None


@functools.lru_cache(maxsize=64)
def _tree(filename: str) -> ast.Module | None:
    source = "".join(linecache.getlines(filename))
    if not source or len(source) > 2_000_000:
        return None
    try:
        return ast.parse(source)
    except SyntaxError:
        return None
