"""Keeping secrets out of what is recorded.

A command line and an error message may hold passwords and keys. What looks like one is replaced before it is written
anywhere; the name of the option stays, so that a reader sees that something was there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "***"

_SECRET_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|credentials?|auth|bearer|dsn|cookie"
    r"|(?:api|access|private|secret|auth|signing|encryption|account)[-_.]?keys?(?:[-_.]?id)?)(?:$|[-_.])"
    r"|(?:password|passwd|apikey|token|secret)$"
)
_COUNTING_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:max|min|num|n|new|total|per)[-_.]?(?:\w+[-_.])*tokens?|tokens?[-_.](?:per|len|count)"
)
"""`--max-tokens 512` is no secret."""

_URL_CREDENTIALS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s/@:'\"]*):([^\s@'\"]+)@")
_URL_USER_TOKEN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s/@:'\"]{12,})@")
_URL_PARAMETER = re.compile(
    r"(?i)([?&;](?:[\w.-]*(?:token|secret|password|signature|credential|api[-_]?key|access[-_]?key)[\w.-]*|sig|key|pwd|auth)=)"
    r"[^&;\s'\"]+"
)
_KEY_LIKE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}"  # payment and model providers
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|hf_[A-Za-z0-9]{16,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web token
    r")"
)
_SCHEME = re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{12,}")
"""As in an HTTP header."""
_ASSIGNMENT = re.compile(
    r"(?i)\b([\w.-]*(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)[\w.-]*)"
    r"(\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
)


def is_secret_name(name: str) -> bool:
    """True when a thing of this name is likely a secret."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.lstrip("-"))
    return bool(_SECRET_NAME.search(name)) and not _COUNTING_NAME.search(name)


def mask_text(text: str) -> str:
    """A message or address without passwords in URLs, key-like words and values given to secret names."""
    text = _mask_values(text)
    return _ASSIGNMENT.sub(lambda m: m[0] if _COUNTING_NAME.search(m[1]) else m[1] + m[2] + MASK, text)


def _mask_values(text: str) -> str:
    text = _SCHEME.sub(rf"\1{MASK}", text)
    text = _URL_CREDENTIALS.sub(rf"\1\2:{MASK}@", text)
    text = _URL_USER_TOKEN.sub(rf"\1{MASK}@", text)
    text = _URL_PARAMETER.sub(rf"\1{MASK}", text)
    return _KEY_LIKE.sub(MASK, text)


def mask_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line without what looks like a secret: `--password=x`, `--token x`, `API_KEY=x`, keys, URLs."""
    masked: list[str] = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if hide_next and not (argument.startswith("--") and len(argument) > 2):
            masked.append(MASK)
            hide_next = False
        elif equals and re.fullmatch(r"[-+\w.]+", name) and is_secret_name(name):
            masked.append(f"{name}={MASK}")
            hide_next = False
        else:
            hide_next = argument.startswith("-") and not equals and is_secret_name(argument)
            masked.append(mask_text(argument) if " " in argument or "\n" in argument else _mask_values(argument))
    return masked
