"""Write src/api/types.ts from the structs the HTTP interface answers with.

    python web/scripts/api_types.py            writes the file
    python web/scripts/api_types.py --check    fails when it is not what would be written

One interface per struct, in the order of their names. Structs that forbid unknown fields are requests: there a field
with a default may be left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from msgspec import inspect

TARGET = Path(__file__).parents[1] / "src" / "api" / "types.ts"
HEADER = "// Made by web/scripts/api_types.py from modeldb/server/http/schemas. Do not edit.\n"


def typescript(kind: inspect.Type) -> str:
    """How this type is written in TypeScript. Raises ValueError for one that no answer has used so far."""
    if isinstance(kind, inspect.Metadata):
        return typescript(kind.type)
    if isinstance(kind, inspect.UnionType):
        return " | ".join(sorted({typescript(part) for part in kind.types}, key=lambda name: (name == "null", name)))
    if isinstance(kind, inspect.ListType):
        inner = typescript(kind.item_type)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if isinstance(kind, inspect.DictType):
        return f"Record<string, {typescript(kind.value_type)}>"
    if isinstance(kind, inspect.StructType):
        return kind.cls.__name__
    for known, name in (
        (inspect.AnyType, "unknown"),
        (inspect.NoneType, "null"),
        (inspect.BoolType, "boolean"),
        ((inspect.IntType, inspect.FloatType), "number"),
        (inspect.StrType, "string"),
    ):
        if isinstance(kind, known):
            return name
    raise ValueError(f"No TypeScript for {kind!r}; add it to {Path(__file__).name}")


def interface(struct: type[msgspec.Struct]) -> str:
    """One struct as an interface."""
    is_request = struct.__struct_config__.forbid_unknown_fields
    lines = [f"export interface {struct.__name__} {{"]
    for field in inspect.type_info(struct).fields:
        optional = "?" if is_request and not field.required else ""
        lines.append(f"  {field.encode_name}{optional}: {typescript(field.type)};")
    return "\n".join([*lines, "}"])


def render() -> str:
    """The whole file."""
    from modeldb.server.http import schemas

    structs = {
        value.__name__: value
        for value in vars(schemas).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct
    }
    return "\n\n".join([HEADER.rstrip(), *(interface(structs[name]) for name in sorted(structs))]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    text = render()
    if parser.parse_args().check:
        if TARGET.read_text() == text:
            return 0
        print(f"{TARGET} is not what the structs say; run python {Path(__file__).name}", file=sys.stderr)
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
