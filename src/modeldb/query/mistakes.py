"""What was probably meant: the engine's complaint, with the nearest name of ours and where to look."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from modeldb.query.views import FUNCTIONS, VIEWS

HELP = '"modeldb sql --views" lists every view and column, docs/sql.md explains them.'

_KIND = re.compile(r"^(?:[A-Z]\w*(?: [A-Z]\w*)* Error|TransactionContext Error): ")
_TABLE = re.compile(r'Table with name "?([^"\s]+?)"? does not exist')
_FUNCTION = re.compile(r'Table Function with name "?(\w+)"? does not exist')
_COLUMN = re.compile(
    r'(?:Referenced column "([^"]+)" not found'
    r'|does not have a column named "([^"]+)"'
    r'|Column "([^"]+)" does not exist on (?:left|right) side)'
)
_ALIAS = re.compile(r'Referenced table "([^"]+)" not found')
_CALL_OF = re.compile(rf"Table with name \"?({'|'.join(FUNCTIONS)})\(", re.IGNORECASE)
_QUOTED = re.compile(r"^(  LINE \d+: (?:\.\.\.)?)(.*?)((?:\.\.\.)?)$", re.MULTILINE)


def explain(sql: str, message: str) -> str:
    """The message to show for an engine's error about this SQL."""
    message = _KIND.sub("", message.strip())
    place = _place(message)
    text = message.split("\n\nLINE ")[0].strip()
    if found := _CALL_OF.search(text):
        name = found[1].lower()
        return f"{name}(…) takes an id or a unique prefix of one, written as a literal: {name}('d-3f9a')."
    if found := _FUNCTION.search(text):
        text = _nearest(f'There is no table function "{found[1]}".', found[1], FUNCTIONS)
    elif found := _TABLE.search(text):
        text = _nearest(f'There is no view "{found[1]}".', found[1], VIEWS)
    elif found := _ALIAS.search(text):
        text = f"{text} {HELP}"
    elif found := _COLUMN.search(text):
        text = _about_column(sql, next(name for name in found.groups() if name))
    return f"{text}{place}"


def quoting(asked: str, run: str, message: str) -> str:
    """A message about a statement that was run in place of an equally long one, quoting the one that was asked."""

    def from_asked(found: re.Match[str]) -> str:
        at = run.find(found[2])
        return found[0] if at < 0 else found[1] + asked[at : at + len(found[2])] + found[3]

    return message if asked == run else _QUOTED.sub(from_asked, message)


def _place(message: str) -> str:
    """The line the engine points at, indented, or nothing."""
    found = re.search(r"(?ms)^LINE \d+: .*", message)
    return "\n\n" + "\n".join("  " + line for line in found[0].rstrip().splitlines()) if found else ""


def _nearest(text: str, name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name.lower(), list(names), n=3, cutoff=0.55)
    if near:
        return f"{text} Did you mean {_either(near)}? {HELP}"
    return f"{text} There are {', '.join(names)}. {HELP}"


def _about_column(sql: str, name: str) -> str:
    words = {word.lower() for word in re.findall(r"\w+", sql)}
    used = [view for view in VIEWS.values() if view.name in words]
    text = f'There is no column "{name}" in {_either([view.name for view in used]) if used else "this query"}.'
    here = {f"{view.name}.{column}": column for view in used for column in view.columns}
    near = difflib.get_close_matches(name.lower(), list(dict.fromkeys(here.values())), n=3, cutoff=0.6)
    if near:
        return f"{text} Did you mean {_either(near)}? {HELP}"
    elsewhere = [view.name for view in VIEWS.values() if name.lower() in view.columns]
    if elsewhere:
        return f"{text} {_either(elsewhere)} {'has' if len(elsewhere) == 1 else 'have'} one. {HELP}"
    listed = "; ".join(f"{view.name} has {', '.join(view.columns)}" for view in used)
    return f"{text} {listed}. {HELP}" if listed else f"{text} {HELP}"


def _either(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
