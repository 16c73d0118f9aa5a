"""Text to a filter expression: `metric.accuracy > 0.9 and type = 'SVC' and param.C in (1, 10)`.

The language can only compare columns with values, so an expression is safe to evaluate whoever wrote it. Errors
say where they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modeldb.errors import InvalidInput
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

MAX_LENGTH = 10_000
MAX_DEPTH = 50
KINDS = ("param", "metric", "tag", "feature")

_QUOTED = r'(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`)'
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w))"
    r"|(?P<text>'(?:[^']|'')*')"
    rf"|(?P<word>[^\W\d]\w*(?:\.(?:{_QUOTED}|[\w/]+))*(?:\[[^\[\]\s]*\])?(?:@(?:{_QUOTED}|[\w./]+))?)"
    r"|(?P<op><=|>=|!=|<>|==|=|<|>|\(|\)|,)"
    r")"
)
_QUOTED_PART = re.compile(_QUOTED)
_OPS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = ("and", "or", "not", "in", "is", "null", "contains", "starts", "ends", "with", "like", "between",
          "true", "false")  # fmt: skip


class FilterError(InvalidInput):
    """A filter expression that cannot be understood, with the place."""

    def __init__(self, message: str, position: int, hint: str | None = None) -> None:
        super().__init__(f"{message} at character {position + 1}." + (f" {hint}" if hint else ""))
        self.position = position
        self.hint = hint


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    position: int

    @property
    def keyword(self) -> str:
        """The word in lower case when it is one of the language's, else empty."""
        lower = self.text.lower()
        return lower if self.kind == "word" and lower in _WORDS else ""


def parse(text: str) -> Expression | None:
    """The expression in this text; None when it is blank.

    Raises FilterError with the position of the first thing that does not fit.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"The filter is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    tokens = list(_tokens(text))
    if tokens[0].kind == "end":
        return None
    parser = _Parser(tokens)
    expression = parser.disjunction(0)
    parser.expect_end()
    return expression


def column_key(kind: str, name: str) -> str:
    """How a column is written in an expression: `param.C`, `param."my param"`."""
    if re.fullmatch(r"\w[\w/]*(\.[\w/]+)*", name):
        return f"{kind}.{name}"
    return f'{kind}."' + name.replace('"', '""') + '"'


def literal(value: Scalar) -> str:
    """How a value is written in an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def _tokens(text: str) -> list[Token]:
    out = []
    at = 0
    while match := _TOKEN.match(text, at):
        kind = match.lastgroup or ""
        out.append(Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    rest = text[at:].lstrip()
    if rest:
        position = len(text) - len(rest)
        if rest[0] in "'\"`":
            raise FilterError("A quote is not closed", position, "Double a quote inside a quoted text.")
        raise FilterError(f"Cannot read {rest[:10]!r}", position)
    out.append(Token("end", "", len(text.rstrip())))
    return out


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Moves past these keywords if they come next, all of them."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if [token.keyword for token in ahead] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, op: str) -> None:
        if self.here.kind != "op" or self.here.text != op:
            raise self.unexpected(f"{op!r}")
        self.at += 1

    def expect_end(self) -> None:
        if self.here.kind != "end":
            raise self.unexpected("'and', 'or' or the end")

    def unexpected(self, expected: str, hint: str | None = None) -> FilterError:
        found = repr(self.here.text) if self.here.kind != "end" else "the end"
        return FilterError(f"Expected {expected}, found {found}", self.here.position, hint)

    def disjunction(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise FilterError(f"More than {MAX_DEPTH} nested parentheses", self.here.position)
        items = [self.conjunction(depth)]
        while self.accept("or"):
            items.append(self.conjunction(depth))
        return items[0] if len(items) == 1 else Any(tuple(items))

    def conjunction(self, depth: int) -> Expression:
        items = [self.negation(depth)]
        while self.accept("and"):
            items.append(self.negation(depth))
        return items[0] if len(items) == 1 else All(tuple(items))

    def negation(self, depth: int) -> Expression:
        negated = False
        while self.accept("not"):
            negated = not negated
        item = self.primary(depth)
        return Not(item) if negated else item

    def primary(self, depth: int) -> Expression:
        token = self.here
        if token.kind == "op" and token.text == "(":
            self.take()
            inner = self.disjunction(depth + 1)
            self.expect(")")
            return inner
        if token.kind == "text":
            self.take()
            return Search(_unquote(token.text), token.position)
        if token.kind != "word" or token.keyword:
            raise self.unexpected("a column such as metric.accuracy")
        self.take()
        return self.predicate(_column(token), token.position)

    def predicate(self, column: str, position: int) -> Expression:
        token = self.here
        if token.kind == "op" and token.text in _OPS:
            return self.comparison(column, position)
        if self.accept("is"):
            negated = self.accept("not")
            if not self.accept("null"):
                raise self.unexpected("'null'" if negated else "'null' or 'not null'")
            missing = Missing(column, position)
            return Not(missing) if negated else missing
        negated = self.accept("not")
        item = self.verb(column, position)
        return Not(item) if negated else item

    def comparison(self, column: str, position: int) -> Expression:
        op = _OPS[self.take().text]
        if self.here.keyword == "null":
            if op not in ("=", "!="):
                raise self.unexpected("a value")
            self.take()
            missing = Missing(column, position)
            return missing if op == "=" else Not(missing)
        return Compare(column, op, self.value(), position)

    def verb(self, column: str, position: int) -> Expression:
        if self.accept("in"):
            return self.membership(column, position)
        if self.accept("between"):
            low = self.value()
            if not self.accept("and"):
                raise self.unexpected("'and'")
            high = self.value()
            return All((Compare(column, ">=", low, position), Compare(column, "<=", high, position)))
        for words, how in _TEXT_VERBS:
            if self.accept(*words):
                if self.here.kind not in ("text", "number"):
                    raise self.unexpected("a quoted text")
                token = self.take()
                text = _unquote(token.text) if token.kind == "text" else token.text
                return Text(column, how, text, position)
        raise self.unexpected("a comparison such as = > in contains is")

    def membership(self, column: str, position: int) -> Expression:
        self.expect("(")
        values = [self.value()]
        while self.here.kind == "op" and self.here.text == ",":
            self.take()
            values.append(self.value())
        self.expect(")")
        return OneOf(column, tuple(values), position)

    def value(self) -> Scalar:
        token = self.here
        if token.kind == "number":
            self.take()
            return _number(token)
        if token.kind == "text":
            self.take()
            return _unquote(token.text)
        if token.keyword in ("true", "false"):
            self.take()
            return token.keyword == "true"
        hint = f"Put text in single quotes: '{token.text}'." if token.kind == "word" else None
        raise self.unexpected("a number or a quoted text", hint)


_TEXT_VERBS = (
    (("contains",), "contains"),
    (("starts", "with"), "starts"),
    (("ends", "with"), "ends"),
    (("like",), "like"),
)


def _number(token: Token) -> float | int:
    if re.fullmatch(r"[-+]?\d{1,18}", token.text):
        return int(token.text)
    return float(token.text)


def _unquote(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _column(token: Token) -> str:
    """The key of a column as written: quotes around parts taken away."""
    kind, dot, rest = token.text.partition(".")
    name = _QUOTED_PART.sub(lambda match: _unquote(match.group()), rest)
    if dot and kind not in KINDS:
        hint = f"A column is a field, or one of {', '.join(KINDS)} with a dot and a name."
        raise FilterError(f"No kind of column is called {kind!r}", token.position, hint)
    if not dot and kind in KINDS:
        raise FilterError(f"{kind!r} needs a name", token.position, f"For instance {kind}.x.")
    return f"{kind}.{name}" if dot else kind
