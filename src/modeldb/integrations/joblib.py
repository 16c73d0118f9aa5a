"""joblib: models written to files and read again."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from modeldb.client import files, values
from modeldb.client.call import Call
from modeldb.client.recorder import begin
from modeldb.core.actions import Output
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches
from modeldb.integrations.tables import Reader, Writer, names_of


class Dump(Writer):
    """`joblib.dump(model, path)`."""

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for name, value in self.arguments(args, kwargs):
            known = call.recorder.models.get(value) if name == "value" else None
            if known is not None:
                call.input_model("value", known)
            elif name == "value":
                call.input(name, value)
            elif name == "filename" and (path := files.path_of(value)):
                call.extra["path"] = path
            else:
                call.param(name, value)


class Load(Reader):
    """`joblib.load(path)`: a model, or a table."""

    def finish(self, call: Call, result: Any) -> None:
        if not values.is_estimator(result):
            super().finish(call, result)
            return
        known = call.recorder.model_of(call, result)
        if known is not None:
            call.outputs.append(Output("return", known.model_id, "model"))


def install(patches: Patches, imports: PostImport) -> None:
    imports.when("joblib", lambda module: _hook(patches, module))


def _hook(patches: Patches, joblib: ModuleType) -> None:
    for target, hook, kind, name in ((joblib.dump, Dump, "write", "dump"), (joblib.load, Load, "read", "load")):
        patches.wrap(target, hook(kind, f"joblib.{name}", names_of(target), "joblib"), begin)
