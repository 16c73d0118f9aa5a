"""One call under way: what will become an action."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from modeldb.client import values
from modeldb.client.hooks import Children, Hook
from modeldb.client.origins import Known, KnownModel
from modeldb.core import ids, keys
from modeldb.core.actions import Action, DatasetSeen, FileSeen, Input, MetricSeen, ModelMade, Output, Value
from modeldb.objects import columns

if TYPE_CHECKING:
    from modeldb.client.recorder import Recorder

MAX_CHILDREN = 200
MAX_SCRIPTS_CHILDREN = 2_000
"""Calls recorded inside one call, made by a library and by the script's own code; the rest are counted."""


class Call:
    """Collects what one call read, was told, and made, and appends it as an action when the call returns.

    An integration fills it: `input`, `output`, `param`, `metric`, `model`. Nothing raises into the user's code.
    """

    def __init__(self, recorder: Recorder, hook: Hook, parent: Call | None, frame: FrameType | None) -> None:
        self.recorder = recorder
        self.hook = hook
        self.parent = parent
        self.frame = frame
        self.action_id = ids.new_action_id()
        self.seq = -1
        self.started_at = ids.now()
        self.kind = hook.kind
        self.operation = hook.operation
        self.library = hook.library
        self.subject: Any = None
        """The estimator the call is a method of."""
        self.method = ""
        self.model_id: str | None = None
        """The model this call fits."""
        self.model: KnownModel | None = None
        """The model this call uses."""
        self.params: list[Value] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.datasets: list[DatasetSeen] = []
        self.files: list[FileSeen] = []
        self.models: list[ModelMade] = []
        self.metrics: list[MetricSeen] = []
        self.extra: dict[str, Any] = {}
        self.rng: Any = None
        self.code: str | None = None
        self.known: dict[str, Known] = {}
        """The datasets read, by role."""
        self.about: tuple[str, str] | None = None
        self.tables: list[tuple[str, Known, Any, bool]] = []
        """Every dataset read or made: role, what it is, its values, and whether the call made it."""
        self.after: list[Callable[[], None]] = []
        """What to do once the action is in the journal."""
        self.n_children = self.n_not_recorded = 0
        self.held = 0
        """References to the object it is a method of that this call holds, for libraries that count them."""
        self._copies: dict[int, tuple[Any, Any]] = {}
        self._mode: Children | None = None
        self._recipes: list[tuple[str, str]] = []
        self._contents: list[tuple[str, str]] = []
        self._recipe: str | None = None
        self._clock = time.perf_counter()

    def is_inside_one_of(self, subject: Any) -> bool:
        """True when one of the calls around this one is a method of the same object."""
        around = self.parent
        while around is not None:
            if around.subject is subject:
                return True
            around = around.parent
        return False

    @property
    def is_outermost(self) -> bool:
        return self.parent is None

    @property
    def is_closed(self) -> bool:
        """True when no call inside this one is recorded; asked for each of them, so it must be quick."""
        if self._mode is None:
            self._mode = self.hook.children(self)
        return self._mode is Children.NONE

    # what the integration says -------------------------------------------------------------------------------------

    def input(self, role: str, value: Any, *, name: str | None = None) -> Known | None:
        """A dataset the call reads. Anything that is not a table or array is passed over."""
        if value is None or not columns.is_tabular(value):
            return None
        known, inferred, changed = self.recorder.resolve(value, role, self, name)
        self.input_known(role, known, inferred=inferred, changed=changed)
        self.tables.append((role, known, value, False))
        return known

    def input_known(self, role: str, known: Known, *, inferred: bool = False, changed: bool = False) -> None:
        """A dataset the call reads that an earlier call has described."""
        self.inputs.append(Input(role, known.dataset_id, "dataset", known.producer, inferred, changed=changed))
        self.known[role] = known
        self._recipes.append((role, known.recipe or "content:" + known.digest))
        self._contents.append((role, known.digest))

    def input_model(self, role: str, known: KnownModel) -> None:
        self.inputs.append(Input(role, known.model_id, "model", known.action_id))
        self._recipes.append((role, known.recipe or "model:" + known.type))
        self._contents.append((role, known.recipe or known.model_id))

    def input_spec(self, role: str, spec_id: str) -> None:
        self.inputs.append(Input(role, spec_id, "spec"))

    def input_file(self, role: str, file: FileSeen, logical_name: str) -> None:
        self.files.append(file)
        self.inputs.append(Input(role, file.file_id, "file", self.recorder.written.get(file.file_id)))
        self._recipes.append((role, "file:" + logical_name))
        self._contents.append((role, file.digest))

    def output_file(self, role: str, file: FileSeen) -> None:
        self.files.append(file)
        self.outputs.append(Output(role, file.file_id, "file"))
        self.recorder.written[file.file_id] = self.action_id

    def output(
        self, role: str, value: Any, *, about: tuple[str, str] | None = None, source: str | None = None
    ) -> Known | None:
        """A dataset the call made. Anything that is not a table or array is passed over."""
        if value is None or not columns.is_tabular(value):
            return None
        table = columns.digest(value)
        if table is None:
            return None
        known = Known(table, self.action_id, self.recipe + "/" + role, about or self._inherited_about())
        self.outputs.append(Output(role, known.dataset_id, "dataset"))
        self.tables.append((role, known, value, True))
        self.recorder.describe_dataset(self, known, value, None, source)
        self.recorder.remember(self, value, known, rows=self.kind != "predict")
        if self.kind != "predict":
            in_step = self.method in ("transform", "fit_transform", "inverse_transform")
            self.recorder.identities.learn(value, table, [k.table for k in self.known.values()], in_step=in_step)
        return known

    def copy_of(self, value: Any) -> Any:
        """The value as it was when this was first asked of this call; not to be changed, for several may hold it."""
        held = self._copies.get(id(value))
        if held is None:
            held = self._copies[id(value)] = value, columns.snapshot(value)
        return held[1]

    def param(self, name: str, value: Any, is_default: bool = False) -> None:
        self.params.append(values.describe(name, value, is_default))

    def metric(self, name: str, value: Any, *, label: str | None = None, step: int | None = None) -> None:
        """A number this call measured, about the model and dataset its inputs lead to."""
        model_id, dataset_id = self.about or ("", "")
        if not dataset_id and self.known:
            dataset_id = next(iter(self.known.values())).dataset_id
        self.metrics.append(MetricSeen(name, float(value), model_id or None, dataset_id or None, step, label))

    @property
    def recipe(self) -> str:
        """The recipe key, from the parameters and inputs there are when it is first asked for."""
        if self._recipe is None:
            params = [(p.name, p.value) for p in self.params]
            self._recipe = keys.recipe_key(self.operation, params, self.code, self._recipes)
        return self._recipe

    def _inherited_about(self) -> tuple[str, str] | None:
        """What is made from one prediction alone is still about the same model and dataset."""
        if self.kind not in ("select", "transform"):
            return None
        found = {known.about for known in self.known.values()}
        return found.pop() if len(found) == 1 else None

    # what the trampoline calls -------------------------------------------------------------------------------------

    def finish(self, result: Any) -> None:
        self.recorder.finish(self, result, None)

    def fail(self, error: BaseException) -> None:
        self.recorder.finish(self, None, error)

    # what the recorder asks ----------------------------------------------------------------------------------------

    def admits(self, hook: Hook, args: tuple[Any, ...], scripts_own: bool) -> bool:
        """True when a call made inside this one, by the script's own code or by a library, is recorded as its child."""
        if self.is_closed:
            return False
        subject = args[0] if args else None
        if subject is not None and subject is self.subject and not scripts_own:
            return False  # a library's `fit_transform` calling `fit`, or a method calling its parent class's
        if self._mode is Children.REFIT and subject is not vars(self.subject).get("best_estimator_"):
            return False
        self.n_children += 1
        admitted = self.n_children <= (MAX_SCRIPTS_CHILDREN if scripts_own else MAX_CHILDREN)
        self.n_not_recorded += not admitted
        return admitted

    def action(self, duration_s: float, error: BaseException | None) -> Action:
        if self.n_not_recorded:
            self.extra["children_not_recorded"] = self.n_not_recorded
        frame = self.frame
        params = [(p.name, p.value) for p in self.params]
        return Action(
            action_id=self.action_id,
            run_id=self.recorder.session.run_id,
            seq=self.seq,
            parent_id=self.parent.action_id if self.parent else None,
            depth=self.depth,
            kind=self.kind,
            operation=self.operation,
            library=self.library,
            status="ok" if error is None else "failed",
            started_at=self.started_at,
            duration_s=duration_s,
            params=self.params,
            inputs=self.inputs,
            outputs=self.outputs,
            error=None if error is None else f"{type(error).__name__}: {error}"[:2000],
            file=frame.f_code.co_filename if frame else None,
            line=frame.f_lineno if frame else None,
            code=self.code,
            rng=self.rng,
            recipe_key=self.recipe,
            value_key=keys.value_key(self.operation, params, self.code, self.rng, self._contents),
            datasets=self.datasets,
            files=self.files,
            models=self.models,
            metrics=self.metrics,
            extra=self.extra,
        )

    def let_go(self) -> None:
        """Hold on to no value and no frame of the script any longer."""
        self.frame = None
        self.after, self.tables, self._copies = [], [], {}

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def elapsed(self) -> float:
        return time.perf_counter() - self._clock
