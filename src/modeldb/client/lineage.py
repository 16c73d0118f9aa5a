"""What a run knows about its values: where each came from, what it is called, and whether it was described already.

A value nobody reported is resolved when a call reads it, by the cheapest evidence that answers: the live object, its
content, its rows, what models said, the script's text, and the files named there. What was concluded is appended as
an action of its own, marked inferred, before the call that reads the value.
"""

from __future__ import annotations

from collections import deque
from types import FrameType
from typing import Any

from modeldb.client import copies, estimators, files, inference, inside, keeping, sourceflow, values
from modeldb.client.call import Call
from modeldb.client.identities import Identities
from modeldb.client.inference import RowMemory, Said
from modeldb.client.origins import Contained, Known, KnownModel, Lines, LiveObjects, Origins, shared_about
from modeldb.client.others import Others
from modeldb.client.session import Session
from modeldb.core import ids, keys
from modeldb.core.actions import Action, ColumnSeen, DatasetSeen, FileSeen, Input, ModelMade, Output
from modeldb.objects import columns

MAX_COLUMNS = 1_000
"""Columns listed of one dataset; wider ones say how many there are."""
MAX_CALLERS = 16
"""Frames above a call that are asked where a value came from."""


class Lineage:
    """Where the values of one run came from."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.origins = Origins()
        self.others = Others(session)
        self.models: LiveObjects[KnownModel] = LiveObjects()
        self.attributes: LiveObjects[tuple[KnownModel, str]] = LiveObjects()
        """Arrays that are attributes of a fitted model (`labels_`), for metrics on them."""
        self.containers: LiveObjects[Contained] = LiveObjects()
        self.rows = RowMemory()
        self.identities = Identities(self.origins, session.settings.example_key)
        self.said: deque[Said] = deque(maxlen=32)
        self.lines = Lines()
        self.written: dict[str, str] = {}
        """The action that wrote a file of this run, by the file's id."""
        self._named: dict[str, bool] = {}

    # where a value came from -----------------------------------------------------------------------------------------

    def resolve(self, value: Any, role: str, call: Call, name: str | None = None) -> tuple[Known, bool, bool]:
        """The dataset a value is, with its origin; whether that was inferred; whether it had been changed in place.

        The dataset is described in the call's action if this run has not described it yet.
        """
        table = columns.digest(value)
        if table is None:
            raise TypeError(f"{type(value).__qualname__} is not a table")
        self.identities.learn(value, table)
        held = self.origins.objects.get(value)
        name = name or self._name(call, value, table)
        if held is not None and held.digest == table.digest:
            self.describe_dataset(call, held, value, name, None)
            return held, False, False
        if held is not None:
            known = self._infer("transform", "in-place change", (held,), table, call, None)
            self.remember(call, value, known, rows=True)
            self.describe_dataset(call, known, value, name, None)
            return known, True, True
        known, inferred = self._origin_of_new(value, table, role, call)
        self.describe_dataset(call, known, value, name, None)
        self.remember(call, value, known, rows=known.producer is None)
        return known, inferred, False

    def _origin_of_new(self, value: Any, table: columns.TableDigest, role: str, call: Call) -> tuple[Known, bool]:
        attribute = self.attributes.get(value)
        if attribute is not None:
            model, name = attribute
            about = (model.model_id, model.train_dataset_id or "")
            return Known(table, model.action_id, f"{model.recipe}/{name}", about), False
        if self.session.is_worker:
            self.others.tell(self.origins)
        same = self.origins.of_content(table.digest)
        if same is not None and (same.producer is None or columns.is_evidence(table)):
            return same, same.producer is not None
        conclusion = inference.conclude(value, table, self.origins, self.rows)
        if conclusion is not None and conclusion.certain:
            return self._infer(conclusion.kind, conclusion.operation, conclusion.sources, table, call, None), True
        followed = inference.follows(value, self.said) if len(table.columns) == 1 else None
        if followed is not None:
            return self._infer("transform", "reading of a prediction", (followed,), table, call, None), True
        from_text = self._from_text(value, table, role, call)
        if from_text is not None:
            return from_text, True
        if conclusion is not None:
            return self._infer(conclusion.kind, conclusion.operation, conclusion.sources, table, call, None), True
        if same is not None:
            return same, True
        from_caller = self._from_callers(value, table, role, call)
        if from_caller is not None:
            return from_caller, True
        return Known(table, None, "content:" + table.digest), False

    def _from_callers(self, value: Any, table: columns.TableDigest, role: str, call: Call) -> Known | None:
        """Of a value that a function of the script was given, the text of whoever called the function."""
        frame = call.frame
        for _ in range(MAX_CALLERS):
            frame = frame.f_back if frame is not None else None
            if frame is None:
                return None
            if values.is_user_file(frame.f_code.co_filename) and sourceflow.name_of(frame, value) is not None:
                known = self._from_text(value, table, role, call, frame)
                if known is not None:
                    return known
        return None

    def _from_text(
        self, value: Any, table: columns.TableDigest, role: str, call: Call, frame: FrameType | None = None
    ) -> Known | None:
        """Follow the script's assignments back to values and lines we know."""
        frame = frame or call.frame
        if frame is None:
            return None
        filename = frame.f_code.co_filename
        scopes = [frame.f_locals, frame.f_globals]
        if frame.f_code.co_name in sourceflow.COMPREHENSIONS and frame.f_back is not None:
            scopes.insert(1, frame.f_back.f_locals)  # what a comprehension goes through is the surrounding function's

        def held_by(name: str) -> Any:
            held = next((scope[name] for scope in scopes if name in scope), None)
            return None if held is value else held

        def is_known(name: str) -> bool:
            held = held_by(name)
            return self._held(held) is not None or self.models.get(held) is not None

        flow = sourceflow.trace(
            frame,
            value,
            role,
            call.operation.rpartition(".")[2],
            is_known,
            lambda line: (filename, line) in self.lines,
        )
        if flow is None:
            return None
        sources: dict[str, Known] = {}
        models: dict[str, KnownModel] = {}
        for name in flow.names:
            held = held_by(name)
            known = self._held(held)
            if known is not None:
                sources.setdefault(known.digest, known)
            model = self.models.get(held)
            if model is not None:
                models.setdefault(model.model_id, model)
        # The names that lead to an average of curves may be those of its grid: what a model said counts for more.
        found = any(source.producer for source in sources.values())
        for line in flow.lines if not any(source.about for source in sources.values()) else ():
            for known in self.lines.made(filename, line, all_turns=line in flow.finished):
                if known.about or not found:
                    sources.setdefault(known.digest, known)
        sources.pop(table.digest, None)
        if not sources and not models:
            return self._from_files(flow, frame, table, call)
        chosen = tuple(list(sources.values())[:8])
        model = tuple(models.values())[:1]
        return self._infer("transform", flow.text or "assignment", chosen, table, call, model, frame)

    def _held(self, value: Any) -> Known | None:
        """What a value that the script holds is known as; in a worker, what another process has handed it."""
        known = self.origins.objects.get(value)
        if known is None and self.session.is_worker and hasattr(value, "shape"):
            table = columns.digest(value)
            known = self.origins.of_content(table.digest) if table is not None else None
            if known is not None:
                self.origins.objects.put(value, known)
        return known

    def _from_files(
        self, flow: sourceflow.Flow, frame: FrameType, table: columns.TableDigest, call: Call
    ) -> Known | None:
        """The files named on the way are where a value came from that the script read by its own means."""
        held = [frame.f_locals.get(name, frame.f_globals.get(name)) for name in flow.names]
        found = files.named_in([*held, *flow.literals])
        if not found:
            return None
        action_id = ids.new_action_id()
        named = [("file", "file:" + files.logical_name(file.path)) for file in found]
        inputs = [Input("file", file.file_id, "file", inferred=True) for file in found]
        known = Known(table, action_id, keys.recipe_key("read", [], None, named))
        self._append_inferred_data(action_id, "read", flow.text or "open", inputs, known, call, found)
        return known

    def _infer(
        self,
        kind: str,
        operation: str,
        sources: tuple[Known, ...],
        table: columns.TableDigest,
        call: Call,
        models: tuple[KnownModel, ...] | None,
        frame: FrameType | None = None,
    ) -> Known:
        action_id = ids.new_action_id()
        recipe = keys.recipe_key(
            "inferred " + operation, [], None, [("source", source.recipe or source.digest) for source in sources]
        )
        about = shared_about(sources)
        if about is None and models:
            # Of the model's attributes alone (`model.labels_[mask]`), it is about what the model was fitted on.
            about = (models[0].model_id, (sources[0].dataset_id if sources else models[0].train_dataset_id) or "")
        known = Known(table, action_id, recipe, about)
        inputs = [Input("source", s.dataset_id, "dataset", s.producer, True) for s in sources]
        inputs += [Input("model", m.model_id, "model", m.action_id, True) for m in models or ()]
        self._append_inferred_data(action_id, kind, operation, inputs, known, call, frame=frame)
        return known

    def _append_inferred_data(
        self,
        action_id: str,
        kind: str,
        operation: str,
        inputs: list[Input],
        known: Known,
        call: Call,
        read: list[FileSeen] | None = None,
        frame: FrameType | None = None,
    ) -> None:
        self._named.setdefault(known.dataset_id, False)
        self._append_inferred(
            call,
            action_id,
            kind,
            operation,
            inputs,
            [Output("return", known.dataset_id, "dataset")],
            known.recipe,
            frame=frame,
            datasets=[_dataset_seen(known, None, None, known.table.container)],
            files=read or [],
        )

    def _append_inferred(
        self,
        call: Call,
        action_id: str,
        kind: str,
        operation: str,
        inputs: list[Input],
        outputs: list[Output],
        recipe: str | None,
        *,
        frame: FrameType | None = None,
        **made: Any,
    ) -> None:
        frame = frame or call.frame
        action = Action(
            action_id=action_id,
            run_id=self.session.run_id,
            seq=self.session.next_seq(),
            parent_id=call.parent.action_id if call.parent else None,
            depth=call.depth,
            kind=kind,
            operation=operation,
            library="",
            status="ok",
            started_at=call.started_at,
            duration_s=0.0,
            inputs=inputs,
            outputs=outputs,
            file=frame.f_code.co_filename if frame else None,
            line=frame.f_lineno if frame else None,
            recipe_key=recipe,
            value_key=keys.value_key(
                "inferred " + operation, [], None, None, [(i.role, i.artifact_id) for i in inputs]
            ),
            inferred=True,
            **made,
        )
        self.session.append(action)

    def remember(self, call: Call, value: Any, known: Known, *, rows: bool = False) -> None:
        """Take note of what made a value, for the calls that will read it."""
        self.origins.remember(value, known)
        if rows:
            self.rows.keep(value, known.table, call.copy_of)

    def remember_line(self, call: Call, known: Known) -> None:
        """Take note that a call on this line of the script made this."""
        frame = call.frame
        if frame is not None:
            self.lines.add(frame.f_code.co_filename, frame.f_lineno, known)

    # describing ------------------------------------------------------------------------------------------------------

    def describe_dataset(self, call: Call, known: Known, value: Any, name: str | None, source: str | None) -> None:
        """Put a dataset's description in the call's action, once in a run and again when its name is found out."""
        named = self._named.get(known.dataset_id)
        if call.outputs and call.outputs[-1].artifact_id == known.dataset_id:
            self.remember_line(call, known)
        if named is None:
            call.after.append(lambda: keeping.dataset(self.session, known.table, value, call))
        elif named or not (name or source):
            return
        self._named[known.dataset_id] = bool(name)
        call.datasets.append(_dataset_seen(known, name, source, known.table.container))

    def _name(self, call: Call, value: Any, table: columns.TableDigest) -> str | None:
        if self._named.get(table.dataset_id) or call.frame is None or call.parent is not None:
            return None
        return sourceflow.name_of(call.frame, value)

    def model_of(
        self, call: Call, estimator: Any, *, name: str | None = None, surely: bool = False
    ) -> KnownModel | None:
        """The model an estimator is, or is a copy of, fitted in this process or another of the run. One fitted where
        nobody watched (inside another model, or read from a file that another run has written) is taken in now.

        `surely`: whoever asks knows that it is fitted, though nothing about it shows it.
        """
        known = self.models.get(estimator)
        if known is not None:
            return known
        if not surely and not estimators.is_fitted(estimator):
            return None  # not fitted: the call is about to fail
        known = copies.original(estimator, self.models.alive()) or self.others.original(estimator, self.origins)
        if known is not None:
            self.models.put(estimator, known)
            return known
        params = estimators.hyperparameters(estimator)
        model_id = ids.new_model_id()
        held = inside.holder(estimator, self.models.alive())
        if held is not None:
            whole, where = held
            parent = whole.model_id
            part = estimators.made(estimator, model_id, params, name=where, role="step", parent_model_id=parent)
            known = self._part_of(whole, where, part, call)
        else:
            name = name or self.model_name(call, estimator)
            call.models.append(estimators.made(estimator, model_id, params, name=name, role="found"))
            known = KnownModel(model_id, call.action_id, None, type(estimator).__name__)
        call.after.append(lambda: keeping.model(self.session, model_id, estimator, None))
        self.models.put(estimator, known)
        return known

    def _part_of(self, whole: KnownModel, where: str, part: ModelMade, call: Call) -> KnownModel:
        """Append that a model was taken out of another that a call had fitted."""
        action_id = ids.new_action_id()
        recipe = keys.recipe_key("inferred " + where, [], None, [("model", whole.recipe or whole.model_id)])
        inputs = [Input("model", whole.model_id, "model", whole.action_id, True)]
        outputs = [Output("return", part.model_id, "model")]
        self._append_inferred(call, action_id, "transform", where, inputs, outputs, recipe, models=[part])
        return KnownModel(part.model_id, action_id, recipe, part.type)

    def model_name(self, call: Call, estimator: Any) -> str | None:
        """What the script calls an estimator."""
        if call.frame is None:
            return None
        name = sourceflow.name_of(call.frame, estimator)
        if name is None:
            # What `fit_transform` and its like return is named for the data.
            return None if call.method.startswith("fit_") else sourceflow.assigned_name(call.frame, call.method)
        return None if sourceflow.is_anyones_name(call.frame, name) else name


def _dataset_seen(known: Known, name: str | None, source: str | None, container: str) -> DatasetSeen:
    table = known.table
    total = len(table.columns)
    return DatasetSeen(
        dataset_id=known.dataset_id,
        digest=table.digest,
        name=name,
        source=source,
        container=container,
        n_rows=table.n_rows,
        columns=[ColumnSeen(c.name, c.dtype, c.digest) for c in table.columns[:MAX_COLUMNS]],
        index=[ColumnSeen(c.name, c.dtype, c.digest) for c in table.index],
        weak=table.weak,
        n_columns=total if total > MAX_COLUMNS else None,
    )
