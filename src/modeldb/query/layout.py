"""Tables for a terminal and for a notebook.

Numbers keep four significant digits and line up; ids are never cut, because people copy them; other text gives way
until the table fits.
"""

from __future__ import annotations

import html
import math
import re
import shutil
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

_ID = re.compile(
    r"^(?:[rm]-[0-9a-f]{16}|[dfs]-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
)
_QUALIFIED = re.compile(r"^(?:[/~]|[A-Za-z]:\\|[A-Za-z_]\w*\.)[^\s]*$")
"""A path, or a name with its module."""
NARROWEST = 8
"""A text column is not cut below this."""
WIDER = 30
"""Nor one of mappings below this: they are several values in one."""
WIDEST = 120
"""No column of text is wider, wherever it goes: one long value would push all others out of sight."""
EXPANDED = 5
"""So many rows that do not fit are shown one below the other; of more, some columns are left out."""


def text_table(
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    width: int | None = None,
    max_rows: int | None = None,
    truncated: bool = False,
    listing: bool = False,
    why_empty: str = "",
) -> str:
    """An aligned table with a header and a closing note when rows are left out.

    What cannot fit is shown a line per value or, in a `listing`, left out on the right.
    """
    if not columns:
        return "(nothing)"
    shown = rows if max_rows is None or len(rows) <= max_rows else rows[:max_rows]
    width = width or shutil.get_terminal_size((120, 24)).columns
    cells = [[cell(value) for value in row] for row in shown]
    note = _note(len(shown), len(rows), truncated, why_empty)
    widths, least = _widths(columns, cells, shown)
    if _total(least) > width:
        if len(shown) <= EXPANDED and not listing:
            return _joined([*_records(columns, cells, width), note])
        kept = _fitting(least, width)
        if not listing:
            note = " ".join(filter(None, [note, f"(without {', '.join(columns[kept:])}: no room)"]))
        columns, cells = columns[:kept], [row[:kept] for row in cells]
        widths, least = widths[:kept], least[:kept]
    numeric = [_is_numeric(shown, place) for place in range(len(columns))]
    widths = _fit(widths, least, width)
    lines = [_line(columns, widths, numeric), "  ".join("─" * size for size in widths)]
    return _joined([*lines, *(_line(row, widths, numeric) for row in cells), note])


def _joined(lines: list[str]) -> str:
    return "\n".join(lines if lines[-1] else lines[:-1])


def _records(columns: Sequence[str], cells: list[list[str]], width: int) -> list[str]:
    """Rows one below the other, a line per column, without what is null."""
    size = max(display_width(name) for name in columns)
    lines: list[str] = []
    for number, row in enumerate(cells, 1):
        lines.append(f"── {number} ".ljust(min(width, 40), "─"))
        for name, text in zip(columns, row, strict=True):
            if text:
                lines.append(f"{name}{' ' * (size - display_width(name))}  {cut(text, max(width - size - 2, 20))}")
    return lines


def _fitting(least: list[int], width: int) -> int:
    """How many of the first columns fit."""
    kept = 1
    while kept < len(least) and _total(least[: kept + 1]) <= width:
        kept += 1
    return kept


def _total(widths: list[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def html_table(
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    max_rows: int,
    truncated: bool = False,
    why_empty: str = "",
) -> str:
    """The same as HTML. Everything is escaped."""
    shown = rows[:max_rows]
    numeric = [_is_numeric(shown, place) for place in range(len(columns))]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{"right" if right else "left"}" title="{html.escape(_full(value), quote=True)}">'
            f"{html.escape(cell(value))}</td>"
            for value, right in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in shown
    )
    note = _note(len(shown), len(rows), truncated, why_empty)
    caption = f"<p>{html.escape(note)}</p>" if note else ""
    return f'<table class="modeldb"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{caption}'


def cell(value: Any) -> str:
    """One value on one line."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return number(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case list() | tuple():
            return "[" + ", ".join(cell(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {cell(item)}" for key, item in value.items()) + "}"
    # Control characters would move the terminal's cursor or worse.
    return "".join(c if c.isprintable() else " " for c in str(value))


def number(value: float) -> str:
    """Four significant digits, but never fewer digits than a whole number has."""
    if math.isnan(value) or math.isinf(value):
        return str(value)
    if value == 0 or 1e-4 <= abs(value) < 1e9:
        digits = 0 if abs(value) >= 1000 else 4
        text = f"{value:.0f}" if not digits else f"{value:.4g}"
        return text if value != int(value) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}"
    return f"{value:.4g}"


def display_width(text: str) -> int:
    """Columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _full(value: Any) -> str:
    return "" if value is None else str(value)


def _is_numeric(rows: Sequence[tuple[Any, ...]], place: int) -> bool:
    values = [row[place] for row in rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _widths(
    columns: Sequence[str], cells: list[list[str]], rows: Sequence[tuple[Any, ...]]
) -> tuple[list[int], list[int]]:
    """Natural widths, and the least ones: ids, numbers and times are not cut."""
    widths, least = [], []
    for place, name in enumerate(columns):
        texts = [row[place] for row in cells]
        natural = max([display_width(name), *map(display_width, texts)])
        rigid = any(
            isinstance(row[place], int | float | datetime) or _ID.match(text)
            for row, text in zip(rows, texts, strict=True)
        )
        if not rigid:
            natural = min(natural, max(WIDEST, display_width(name)))
        widths.append(natural)
        roomy = WIDER if any(isinstance(row[place], dict) for row in rows) else NARROWEST
        least.append(natural if rigid else min(natural, max(roomy, display_width(name))))
    return widths, least


def _fit(widths: list[int], least: list[int], width: int) -> list[int]:
    """The widest text columns give way, a character at a time, until the table fits."""
    widths = list(widths)
    excess = _total(widths) - width
    while excess > 0:
        candidates = [place for place in range(len(widths)) if widths[place] > least[place]]
        if not candidates:
            break
        widths[max(candidates, key=widths.__getitem__)] -= 1
        excess -= 1
    return widths


def _line(texts: Sequence[str], widths: list[int], numeric: list[bool]) -> str:
    parts = []
    for text, size, right in zip(texts, widths, numeric, strict=True):
        text = cut(text, size)
        space = " " * (size - display_width(text))
        parts.append(space + text if right else text + space)
    return "  ".join(parts).rstrip()


def cut(text: str, size: int) -> str:
    """The text on so many columns. Of a path or a qualified name the end is kept: it tells more."""
    if display_width(text) <= size:
        return text
    if _QUALIFIED.match(text):
        return "…" + _first(text[::-1], size - 1)[::-1]
    return _first(text, size - 1) + "…"


def _first(text: str, size: int) -> str:
    kept, used = [], 0
    for c in text:
        used += display_width(c)
        if used > size:
            break
        kept.append(c)
    return "".join(kept)


def _note(shown: int, rows: int, truncated: bool, why_empty: str) -> str:
    if truncated:
        return f"(the first {shown}; there are more)"
    if shown < rows:
        return f"({shown} of {rows} rows)"
    return "" if rows else f"(no rows: {why_empty})" if why_empty else "(no rows)"
