"""Every setting, in one table: name, environment variable, default, and a sentence.

A value comes from, first to last: an argument, the environment, the store's `config.toml` (table `[settings]`), the
default. `docs/settings.md` lists the same table; a test compares them. Settings are read once, when recording starts
or a store is opened, and passed on from there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from modeldb.errors import InvalidInput

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def _setting(default: Any, variable: str, sentence: str) -> Any:
    return field(default=default, metadata={"variable": variable, "sentence": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen, as it was chosen."""

    store: str | None = _setting(
        None, "MODELDB_STORE", "The store's directory. By default the nearest `.modeldb/` above the working "
        "directory, else one per user."
    )  # fmt: skip
    project: str | None = _setting(
        None, "MODELDB_PROJECT", "The project of new runs. By default the name of the git repository or directory."
    )
    experiment: str = _setting("default", "MODELDB_EXPERIMENT", "The experiment of new runs.")
    name: str | None = _setting(
        None, "MODELDB_RUN_NAME", "The name of new runs. By default the name of the script or notebook."
    )
    autolog: bool = _setting(
        False, "MODELDB_AUTOLOG", "Record every Python process that finds ModelDB's bootstrap on its path."
    )
    run_id: str | None = _setting(
        None, "MODELDB_RUN_ID", "The run a worker process belongs to. Set by ModelDB for the processes a run starts."
    )
    keep_models: bool = _setting(True, "MODELDB_KEEP_MODELS", "Keep the content of fitted models.")
    keep_predictions: int = _setting(
        1_000_000, "MODELDB_KEEP_PREDICTIONS", "How many values a set of predictions may have to be kept, scores "
        "counted one by one; 0 keeps none."
    )  # fmt: skip
    keep_datasets_bytes: int = _setting(
        64 << 20, "MODELDB_KEEP_DATASETS_BYTES", "How large a dataset that is read, split, fitted on or judged on may "
        "be for its values to be kept, in bytes; 0 keeps none."
    )  # fmt: skip
    example_key: str = _setting(
        "", "MODELDB_EXAMPLE_KEY", "The column, or columns separated by commas, whose value says which example a row "
        "is. By default it is all that is in the row."
    )  # fmt: skip
    keep_code: bool = _setting(
        True, "MODELDB_KEEP_CODE", "Keep the script, the local modules it imports, and the uncommitted diff."
    )
    environment_variables: str = _setting(
        "", "MODELDB_ENVIRONMENT_VARIABLES", "Names of further environment variables to keep, separated by commas. "
        "None but those that govern thread pools and devices are kept otherwise."
    )  # fmt: skip
    diff_bytes: int = _setting(2_000_000, "MODELDB_DIFF_BYTES", "The longest uncommitted diff that is kept, in bytes.")
    source_bytes: int = _setting(1_000_000, "MODELDB_SOURCE_BYTES", "The longest source file that is kept, in bytes.")
    background_bytes: int = _setting(
        512_000_000, "MODELDB_BACKGROUND_BYTES", "How many bytes may wait to be stored in the background before "
        "training waits for them."
    )  # fmt: skip
    drain_interval_s: float = _setting(
        1.0, "MODELDB_DRAIN_INTERVAL_S", "How often a running process moves its journal into the catalog, in seconds; "
        "0 leaves that to later processes."
    )  # fmt: skip
    exit_drain_s: float = _setting(
        2.0, "MODELDB_EXIT_DRAIN_S", "How long the end of a run may wait for the catalog, in seconds. The rest stays "
        "in the journal for the next process."
    )  # fmt: skip
    exit_store_s: float = _setting(
        60.0, "MODELDB_EXIT_STORE_S", "How long the end of a run may wait for models and sources to be stored, in "
        "seconds."
    )  # fmt: skip
    strict: bool = _setting(
        False, "MODELDB_STRICT", "Raise failures of ModelDB itself instead of logging them; for ModelDB's own tests."
    )

    def with_names(self, *, project: str | None, experiment: str, name: str | None) -> Settings:
        """The same, for a run of these names."""
        return replace(self, project=project, experiment=experiment, name=name)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table."""

    name: str
    variable: str
    default: Any
    sentence: str


def table() -> list[Entry]:
    """Every setting there is."""
    return [Entry(f.name, f.metadata["variable"], f.default, f.metadata["sentence"]) for f in fields(Settings)]


def load(config: Path | None = None, environ: Mapping[str, str] | None = None, **chosen: Any) -> Settings:
    """The settings in force. `chosen` are arguments; None among them means "not given".

    Raises InvalidInput for a value that cannot be used.
    """
    environ = os.environ if environ is None else environ
    kept = _file_settings(config) if config is not None else {}
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        name, variable = setting.name, setting.metadata["variable"]
        if chosen.get(name) is not None:
            values[name] = chosen[name]
        elif variable in environ:
            values[name] = _parsed(variable, environ[variable], setting.default)
        elif name in kept:
            values[name] = _parsed(f"{name} in {config}", kept[name], setting.default)
    return Settings(**values)


def _file_settings(config: Path) -> dict[str, Any]:
    if not config.exists():
        return {}
    text = config.read_text(encoding="utf-8")
    if not re.search(r"^\s*\[settings\]", text, re.MULTILINE):
        return {}
    import tomllib

    try:
        found = tomllib.loads(text).get("settings", {})
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"{config} is not valid TOML: {error}. Correct it; without the file the store is none."
        ) from error
    unknown = sorted(set(found) - {f.name for f in fields(Settings)})
    if unknown:
        known = ", ".join(f.name for f in fields(Settings))
        raise InvalidInput(f"{config} sets {unknown[0]!r}, which is no setting. There are {known}.")
    return dict(found)


def _parsed(where: str, value: Any, default: Any) -> Any:
    """A text from the environment, or a value from the file, as the type of the default."""
    if isinstance(default, bool):
        word = str(value).strip().lower()
        if word not in _TRUE | _FALSE:
            raise InvalidInput(f"{where} is {value!r}, which is neither yes nor no. Give 1 or 0.")
        return word in _TRUE
    if isinstance(default, int | float):
        try:
            if isinstance(value, bool) or (isinstance(default, int) and isinstance(value, float)):
                raise ValueError
            return type(default)(value)
        except (TypeError, ValueError):
            kind = "a whole number" if isinstance(default, int) else "a number"
            raise InvalidInput(f"{where} is {value!r}, which is not {kind}. The default is {default}.") from None
    return (",".join(map(str, value)) if isinstance(value, list) else str(value)) or default
