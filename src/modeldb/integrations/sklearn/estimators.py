"""Fitting, applying and scoring estimators."""

from __future__ import annotations

import functools
from typing import Any

from modeldb.client import estimators, keeping, values
from modeldb.client.call import Call
from modeldb.client.hooks import Children
from modeldb.client.inference import Said
from modeldb.client.origins import Known, KnownModel
from modeldb.core import ids
from modeldb.core.actions import Output
from modeldb.integrations import boosters
from modeldb.integrations.patching import innermost
from modeldb.integrations.sklearn.functions import SklearnHook, outputs
from modeldb.integrations.sources import METHODS
from modeldb.objects import columns

COMPOSITES = {
    "Pipeline", "ColumnTransformer", "FeatureUnion", "VotingClassifier", "VotingRegressor", "StackingClassifier",
    "StackingRegressor", "TransformedTargetRegressor", "SelectFromModel", "CalibratedClassifierCV",
}  # fmt: skip
"""scikit-learn's estimators whose parts are recorded as they are fitted."""

OPTIONS = frozenset(
    ["classes", "deep", "copy", "eval_metric", "eval_names", "feature_name", "categorical_feature", "callbacks"]
)
"""Arguments of estimators' methods that are no data, though they may be lists."""

FITTED_ATTRIBUTES = 40
"""At most so many array attributes of a fitted model are remembered as its own."""


class EstimatorMethod(SklearnHook):
    """One method, on whatever class defines it; the operation is named after the class of the object."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.kind = METHODS[method]

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        estimator = args[0]
        cls = type(estimator)
        call.subject, call.method = estimator, self.method
        call.operation = f"{values.qualified_name(cls)}.{self.method}"
        call.library = estimators.library(cls)[0]
        if call.is_inside_one_of(estimator):
            return  # an estimator of the script's own at work on itself: the call around this one has the data
        arguments = bind(cls, self.method, args[1:], kwargs)
        if self.kind == "fit":
            self._start_fit(call, estimator)
        else:
            call.model = call.recorder.model_of(call, estimator)
            if call.model is not None:
                call.input_model("self", call.model)
        for name, value in arguments:
            sets = boosters.evaluation_sets(name, value)
            for role, part in sets:
                call.input(role, part)
            is_data = name not in OPTIONS and columns.is_tabular(value)
            if not sets and not (is_data and call.input(name, value) is not None) and value is not None:
                call.param(name, value)

    def _start_fit(self, call: Call, estimator: Any) -> None:
        if is_search(estimator):
            call.kind = "search"
        call.model_id = ids.new_model_id()
        call.params = estimators.hyperparameters(estimator)
        call.code = estimators.class_code(type(estimator))
        call.rng = estimators.seed(estimator)
        call.input_spec("self", estimators.spec_id(estimator, call.params))
        earlier = call.recorder.models.get(estimator)
        if earlier is not None and (self.method == "partial_fit" or getattr(estimator, "warm_start", False)):
            call.input_model("self", earlier)

    def finish(self, call: Call, result: Any) -> None:
        if call.is_inside_one_of(call.subject):
            return
        if self.kind == "fit":
            made = self._finish_fit(call)
            if self.method != "fit" and self.method != "partial_fit":
                self._outputs(call, result, about=made if self.method == "fit_predict" else None)
        elif self.kind == "evaluate":
            self._score(call, result)
        else:
            about = None
            data = data_of(call)
            if self.kind == "predict" and call.model is not None and data is not None:
                about = (call.model.model_id, data.dataset_id)
            known = self._outputs(call, result, about)
            if known is not None and about is not None and call.is_outermost:
                self._said(call, known, result)

    def children(self, call: Call) -> Children:
        if call.kind == "search":
            return Children.REFIT
        cls = type(call.subject)
        if estimators.class_code(cls) is not None:
            return Children.ALL  # what the script's own estimators call, the script calls
        if self.kind != "fit":
            return Children.NONE
        if cls.__module__.startswith("sklearn."):
            return Children.ALL if cls.__name__ in COMPOSITES else Children.NONE
        return Children.ALL

    def _finish_fit(self, call: Call) -> tuple[str, str]:
        estimator, recorder = call.subject, call.recorder
        model_id = call.model_id or ids.new_model_id()
        train = data_of(call)
        parent = call.parent
        names = feature_names(estimator, train)
        call.models.append(
            estimators.made(
                estimator,
                model_id,
                call.params,
                name=recorder.model_name(call, estimator) if parent is None else None,
                role="model" if parent is None or parent.model_id is None else "step",
                parent_model_id=parent.model_id if parent else None,
                train_dataset_id=train.dataset_id if train else None,
                feature_names=names if names and len(names) <= 1_000 else None,
            )
        )
        call.outputs.append(Output("self", model_id, "model"))
        known = KnownModel(
            model_id, call.action_id, call.recipe, type(estimator).__name__, train.dataset_id if train else None
        )
        recorder.models.put(estimator, known)
        if call.kind == "search":
            from modeldb.integrations.sklearn import search

            search.candidates(call, estimator, model_id)
        boosters.measured_on_the_way(call, estimator, model_id)
        self._remember_attributes(call, estimator, known)
        if call.is_outermost:
            keeping.model(recorder.session, model_id, estimator, names)
        return model_id, known.train_dataset_id or ""

    def _remember_attributes(self, call: Call, estimator: Any, known: KnownModel) -> None:
        """Arrays such as `labels_` or `embedding_` are the model's: a metric on them is about it. Those of a step are
        the whole pipeline's."""
        whole = call
        while whole.parent is not None:
            whole = whole.parent
        if whole is not call and whole.model_id is not None:
            train = data_of(whole)
            kind = type(whole.subject).__name__
            known = KnownModel(whole.model_id, whole.action_id, whole.recipe, kind, train.dataset_id if train else None)
        for name, value in list(vars(estimator).items())[: FITTED_ATTRIBUTES * 2]:
            if name.endswith("_") and not name.startswith("_") and type(value).__name__ == "ndarray":
                call.recorder.attributes.put(value, (known, name))

    def _outputs(self, call: Call, result: Any, about: tuple[str, str] | None) -> Known | None:
        """The tables a method made; what it is when it is a single one."""
        if columns.is_tabular(result) and not isinstance(result, (tuple, list)):
            return call.output("return", result, about=about)
        outputs(call, result, about=about)
        return None

    def _said(self, call: Call, known: Known, result: Any) -> None:
        import numpy as np

        array = np.asarray(result)
        if array.ndim in (1, 2) and array.nbytes < 64 << 20:
            call.recorder.said.append(Said(known, array, getattr(call.subject, "classes_", None)))

    def _score(self, call: Call, result: Any) -> None:
        data = data_of(call)
        if call.model is not None:
            # Without data (`reconstruction_error()`), it is a judgement on what the model was fitted on.
            call.about = (call.model.model_id, data.dataset_id if data else call.model.train_dataset_id or "")
        if isinstance(result, (int, float)) or getattr(result, "shape", None) == ():
            call.metric(self.method, result)


def hook_class(patches: Any, begin: Any, cls: type) -> None:
    """Put hooks on the methods of an estimator class, where they are defined."""
    for method in METHODS:
        for klass in cls.__mro__:
            target = klass.__dict__.get(method)
            if target is not None:
                patches.wrap(target, EstimatorMethod(method), begin)


def data_of(call: Call) -> Known | None:
    """The dataset an estimator is fitted on or asked about: `X`, or whatever its first argument is called."""
    return call.known.get("X") or next(iter(call.known.values()), None)


def is_search(estimator: Any) -> bool:
    """True for GridSearchCV and its like: something that tries candidates and keeps their results."""
    return hasattr(type(estimator), "_run_search") and hasattr(estimator, "refit")


def feature_names(estimator: Any, train: Known | None) -> list[str] | None:
    names = getattr(estimator, "__dict__", {}).get("feature_names_in_")
    if names is not None:
        return [str(name) for name in names]
    if train is not None and "numpy" not in train.table.container and "scipy" not in train.table.container:
        return [column.name for column in train.table.columns]
    return None


def bind(cls: type, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    """The arguments by the names the method gives them."""
    names = _argument_names(cls, method)
    bound = [(names[i] if i < len(names) else f"arg{i}", value) for i, value in enumerate(args)]
    return bound + list(kwargs.items())


@functools.lru_cache(maxsize=4096)
def _argument_names(cls: type, method: str) -> tuple[str, ...]:
    for klass in cls.__mro__:
        target = klass.__dict__.get(method)
        if target is not None:
            function = innermost(getattr(target, "fn", target))
            code = getattr(function, "__code__", None)
            if code is None:
                return ()
            names: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
            return names
    return ()
