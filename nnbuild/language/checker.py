"""Check the values of a recipe, with params substituted, against Keras' signatures and the kind of each argument.

A kind is the type and range of a value (`nnbuild.catalog.kinds`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_for_unknown, kind_of
from nnbuild.catalog.combinations import clash
from nnbuild.catalog.facts.refused import KERAS_2, REFUSED_LAYERS
from nnbuild.catalog.json_form import UNKNOWN, without_type
from nnbuild.catalog.kinds import NOUNS, Kind, ListOf, list_item, object_family
from nnbuild.catalog.registered import registered_object, registered_signature
from nnbuild.errors import Path, Problem, did_you_mean, format_path, nearest, show
from nnbuild.language.auto_arguments import may_be_auto
from nnbuild.language.expressions import ExpressionError, UnknownParam, evaluate, is_expression, mentioned
from nnbuild.language.mistakes import MAX_PROBLEMS, hint_for, misspelt, needs, plain_family, unknown_key
from nnbuild.language.traversal import PER_VALUE, Parts
from nnbuild.language.unknown_classes import unknown_activation, unknown_class
from nnbuild.language.vocabulary_inputs import AUTO

MAX_VALUES = 500_000  # in the expanded recipe, over all iterations of Repeats and calls of blocks


@dataclass(frozen=True)
class Scope:
    """Params in scope of a node, with the path of each definition."""

    values: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, Path] = field(default_factory=dict)
    hint: str = "define it under 'params'"  # for a param that is not in scope

    def inside(self, values: Mapping[str, object], origins: Mapping[str, Path]) -> Scope:
        """Return this scope with more names."""
        return replace(self, values=_nested(values, self.values), origins=_nested(origins, self.origins))


def _nested(inner: Any, outer: Any) -> ChainMap:
    """Chain two mappings without copies: a Repeat may have many iterations and a recipe many params."""
    return ChainMap(inner, *(outer.maps if isinstance(outer, ChainMap) else [outer]))


class TooLarge(Exception):
    """The expanded recipe exceeds a limit; the problem is noted already."""


class Checker:
    """Checks of the values of one recipe, and the problems they find.

    Attributes
    ----------
    problems : list of Problem
        Problems found so far, without duplicates.
    used : set of Path
        Paths where the params in use are defined.
    defaults : dict of str to JSON value
        The recipe's `defaults`, params substituted: arguments for every layer that has them.
    blocks : dict of str to dict
        The recipe's blocks, each with its `params` and `layers`.
    n_values : int
        Number of values checked so far.
    accept_removed_layers : bool
        Whether to accept layers that only saved models of earlier versions may contain.
    """

    def __init__(self, accept_removed_layers: bool = False) -> None:
        self.accept_removed_layers = accept_removed_layers
        self.problems: list[Problem] = []
        self.used: set[Path] = set()
        self.defaults: dict[str, object] = {}
        self.blocks: dict[str, dict] = {}
        self._hint = ""
        self._seen: set[tuple[Path, str]] = set()
        self._clean: dict[tuple, tuple] = {}
        self._parts = Parts()
        self.n_values = 0

    def add(self, problem: Problem) -> None:
        """Note a problem, once."""
        if not self.is_first_report(problem.path, problem.found):
            return
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem((), f"has more than {MAX_PROBLEMS} problems; only these are listed"))
            raise TooLarge
        self.problems.append(problem)

    def is_first_report(self, path: Path, what: str) -> bool:
        """Return whether this is the first call with `path` and `what`."""
        key = (path, what)
        seen = key in self._seen
        self._seen.add(key)
        return not seen

    def add_new(self, path: Path, what: str, problem: Callable[[], Problem]) -> None:
        """Note the result of `problem()`, called once per `path` and `what`: its hint is slow to compute."""
        if self.is_first_report(path, f"? {what}"):
            self.add(problem())

    def count(self, n_values: int, path: Path) -> None:
        """Count values of the expanded recipe; raise `TooLarge` beyond `MAX_VALUES`.

        Every loop over a part of the recipe that runs once per iteration or call counts its items. So the work of all
        iterations and calls is bounded by `MAX_VALUES`. All other work is proportional to the length of the recipe.
        """
        self.n_values += n_values
        if self.n_values > MAX_VALUES:
            self.add(Problem(path, f"the recipe holds more than {MAX_VALUES} values after expansion"))
            raise TooLarge

    def value(self, kind: Kind, raw: object, path: Path, scope: Scope) -> Any:
        """Return `raw` with params substituted, checked against `kind`.

        Returns
        -------
        JSON value or UNKNOWN
            The value in its canonical form; UNKNOWN if it is invalid or depends on an unknown param.
        """
        # A value without params is the same in every iteration of a Repeat: it is checked once.
        if known := self._known(kind, raw, path):
            return known[1]
        n_problems, n_values = len(self.problems), self.n_values
        cleaned = self._value(kind, raw, path, scope)
        if not self._parts.has_params(raw):
            self._keep(kind, raw, path, cleaned, self.n_values - n_values)
        elif self._hint:  # the problem may come from the params of this iteration or call
            for index, problem in enumerate(self.problems[n_problems:], n_problems):
                self.problems[index] = replace(problem, hint=problem.hint or self._hint)
        return cleaned

    def _value(self, kind: Kind, raw: Any, path: Path, scope: Scope) -> object:
        if is_expression(raw):
            value, n_problems = self.evaluated(raw, path, scope), len(self.problems)
            self.count(self._parts.size(value), path)
            cleaned = self.plain(kind, value, path)
            self._hint_at_params(n_problems, raw, scope)
            return cleaned
        if family := plain_family(kind, raw):
            return self.keras_object(family, raw, path, scope)
        if isinstance(raw, list) and (item := list_item(kind)) and object_family(item, "x"):
            return self._objects(kind, item, raw, path, scope)
        return self.plain(kind, self.evaluated(raw, path, scope), path)

    def _hint_at_params(self, n_problems: int, raw: str, scope: Scope) -> None:
        """Add a hint with the recipe's params in the expression `raw` to all problems but the first `n_problems`."""
        if n_problems == len(self.problems):
            return
        origins = [scope.origins.get(name, ()) for name in mentioned(raw)]
        if any(origin[:1] != ("params",) for origin in origins):  # of a call or iteration, which has its own hint
            return
        hint = "the value comes from " + " and ".join(map(format_path, origins))
        for index, problem in enumerate(self.problems[n_problems:], n_problems):
            self.problems[index] = replace(problem, hint=f"{problem.hint}; {hint}" if problem.hint else hint)

    def evaluated(self, raw: object, path: Path, scope: Scope) -> Any:
        """Return `raw` with params substituted at any depth; UNKNOWN if any part is."""
        if isinstance(raw, str):
            self.count(len(raw) // PER_VALUE, path)
            return self._string(raw, path, scope)
        if not isinstance(raw, list | dict):
            return raw
        self.count(len(raw), path)
        items = enumerate(raw) if isinstance(raw, list) else raw.items()
        values = {key: self.evaluated(item, (*path, key), scope) for key, item in items}
        if any(value is UNKNOWN for value in values.values()):
            return UNKNOWN
        return list(values.values()) if isinstance(raw, list) else values

    def _string(self, raw: str, path: Path, scope: Scope) -> object:
        if not is_expression(raw):
            return raw[1:] if raw.startswith("$$") else raw
        self.mark_params_used(raw, scope)
        try:
            return evaluate(raw, scope.values)
        except ExpressionError as error:
            self.add_new(path, error.found, partial(_bad_expression, error, path, scope))
            return UNKNOWN

    def plain(self, kind: Kind, value: object, path: Path) -> Any:
        """Return a value without params, checked against `kind`; UNKNOWN if it is invalid."""
        if known := self._known(kind, value, path):
            return known[1]
        n_values = self.n_values
        cleaned = self._plain(kind, value, path)
        if isinstance(value, list | dict):
            self._keep(kind, value, path, cleaned, self.n_values - n_values)
        return cleaned

    def _known(self, kind: Kind, value: object, path: Path) -> tuple | None:
        """Return the cached result for a value: from any path if it was valid, from this `path` if it was invalid.

        The values of a cached result are counted at each use, so that `n_values` is at least the size of the expanded
        recipe.
        """
        known = self._clean.get((kind, id(value))) or self._clean.get((kind, id(value), path))
        if known:
            self.count(known[2], path)
        return known

    def _keep(self, kind: Kind, value: object, path: Path, cleaned: object, n_values: int) -> None:
        key = (kind, id(value), path) if cleaned is UNKNOWN else (kind, id(value))
        self._clean[key] = (value, cleaned, n_values)  # keeps the value alive, so that its id stays unique

    def _plain(self, kind: Kind, value: Any, path: Path) -> object:
        if value is UNKNOWN:
            return UNKNOWN
        if family := plain_family(kind, value):
            return self.keras_object(family, value, path, None)
        if isinstance(value, list) and (item := list_item(kind)) and object_family(item, "x"):
            return self._objects(kind, item, value, path, None)
        if kind.accepts(value):
            return kind.clean(value)
        found = f"must be {kind.description}, got {show(value)}"
        self.add_new(path, found, lambda: Problem(path, found, hint=hint_for(kind, value)))
        return UNKNOWN

    def _objects(self, kind: Kind, item: Kind, values: list, path: Path, scope: Scope | None) -> object:
        lists = [one for one in (kind, *getattr(kind, "kinds", ())) if isinstance(one, ListOf)]
        if not any(one.fits_length(values) for one in lists):
            self.add(Problem(path, f"must be {kind.description}, got {show(values)}"))
            return UNKNOWN
        self.count(len(values), path)
        check = self.plain if scope is None else self.value
        rest = () if scope is None else (scope,)
        cleaned = [check(item, value, (*path, index), *rest) for index, value in enumerate(values)]
        return UNKNOWN if any(value is UNKNOWN for value in cleaned) else cleaned

    def keras_object(self, family: str, raw: str | dict, path: Path, scope: Scope | None) -> Any:
        """Return a Keras object of `family` in JSON form, checked, with defaults filled in.

        A `scope` of None means that `raw` contains no params.
        """
        if isinstance(raw, str):
            name = raw if scope is None else self._string(raw, path, scope)
            return self._named_object(family, name, path)
        if "type" not in raw:
            self.add(self.missing_type(f"this {NOUNS[family]}", raw, path))
            self.mark_params_used(raw, scope)
            return UNKNOWN
        signature = self.signature(family, raw["type"], (*path, "type"))
        if signature is None:
            self.mark_params_used(raw, scope)
            return UNKNOWN
        given = without_type(raw)
        arguments = self.arguments(signature, given, path, scope)
        return UNKNOWN if arguments is UNKNOWN else {"type": raw["type"], **arguments}

    def _named_object(self, family: str, name: Any, path: Path) -> object:
        if name is UNKNOWN:
            return UNKNOWN
        if family == "activations":
            if catalog.activation(name) or registered_object("activations", name):
                return name
            self.add_new(path, f"activation {show(name)}", lambda: unknown_activation(name, path))
            return UNKNOWN
        signature = self.signature(family, name, path)
        if signature is None:
            return UNKNOWN
        if signature.required:
            hint = f"write it as an object with 'type': {show(name)}"
            self.add(Problem(path, needs(signature.name, signature.required), hint=hint))
            return UNKNOWN
        return name if family not in ("layers", "cells") else {"type": name, **signature.arguments}

    @staticmethod
    def missing_type(what: str, raw: dict, path: Path) -> Problem:
        """Return the problem of an object without `type`."""
        near = nearest("type", raw)
        return Problem(
            path, f"{what} needs 'type'", hint=f"did you mean 'type' instead of {show(near)}?" if near else ""
        )

    @contextmanager
    def hinting(self, hint: str) -> Iterator[None]:
        """Within this context, give `hint` to each problem without a hint whose value contains params.

        Of nested hints, the outermost applies.
        """
        before = self._hint
        self._hint = before or hint
        yield
        self._hint = before

    def signature(self, family: str, name: object, path: Path, other_names: Iterable[str] = ()) -> Signature | None:
        """Return the signature of the class `name` of `family`; note a problem and return None for an unknown class.

        `other_names` are further names that are valid there (blocks and composites), for the hint.
        """
        if not isinstance(name, str):
            self.add(Problem(path, f"must be a string, got {show(name)}"))
            return None
        refused = family == "layers" and name in REFUSED_LAYERS and not self.accept_removed_layers
        known = None if refused else catalog.find(family, name)
        found = known or registered_signature(family, name)
        if found is None and name in self.blocks:
            hint = "write it as a separate node"
            self.add(Problem(path, f"block {show(name)} can't be used inside a layer's argument", hint=hint))
        elif found is None:
            self.add_new(path, f"{family}: {show(name)}", lambda: unknown_class(family, name, path, other_names))
        return found

    def arguments(
        self, signature: Signature, given: Mapping, path: Path, scope: Scope | None, other_keys: Iterable[str] = ()
    ) -> Any:
        """Return the arguments of a class in Keras' order, with defaults filled in; UNKNOWN if any is invalid.

        `other_keys` are also valid there. They are suggested for misspelt arguments.
        """
        self.count(len(given) + len(signature.arguments), path)
        misspelt_names = misspelt(given, signature.arguments)
        for key in given:
            if key not in signature.arguments:
                what = f"argument {show(key)} of {signature.name}"
                hint = KERAS_2.get((signature.name, key), "") or did_you_mean(key, other_keys)
                self.unknown_key((*path, key), what, signature.arguments, hint)
                self.mark_params_used(given[key], scope)
        defaults = self.defaults if signature.family in ("layers", "cells") else {}
        from_defaults = {key: defaults[key] for key in defaults if key in signature.arguments and key not in given}
        present = {*given, *from_defaults, *misspelt_names}
        if missing := [key for key in signature.required if key not in present]:
            self.add(Problem(path, needs(signature.name, missing)))
        values = {key: default for key, default in signature.arguments.items() if default is not UNKNOWN}
        for key in signature.arguments:
            if key in given:
                values[key] = self._argument(signature, key, given[key], (*path, key), scope)
            elif key in from_defaults:
                values[key] = self._argument(signature, key, from_defaults[key], ("defaults", key), None)
        is_complete = not missing and not any(key not in signature.arguments for key in given)
        if not is_complete or any(value is UNKNOWN for value in values.values()):
            return UNKNOWN
        if found := clash(signature.family, signature.name, values):
            self.add(Problem((*path, found.argument), found.found, hint=found.hint, at_key=found.argument in given))
            return UNKNOWN
        return values

    def unknown_key(self, path: Path, what: str, names: Iterable[str], hint: str = "") -> None:
        """Note an unknown key at the end of `path`, described as `what`; the default hint is the nearest of `names`."""
        self.add_new(path, what, lambda: unknown_key(path, what, list(names), hint))

    def mark_params_used(self, raw: Any, scope: Scope | None) -> None:
        """Count the params in a value as used, if the value itself can't be checked."""
        if scope is not None and (names := self._parts.names(raw)):
            self.count(len(names) // PER_VALUE, ())
            self.used.update(scope.origins[name] for name in names if name in scope.origins)

    def _argument(self, signature: Signature, key: str, raw: object, path: Path, scope: Scope | None) -> object:
        if may_be_auto(signature.name, key):
            plain = raw if scope is None or not is_expression(raw) else self.evaluated(raw, path, scope)
            if plain == AUTO:
                return plain
        kind = self.kind(signature, key)
        if scope is not None:
            return self.value(kind, raw, path, scope)
        self.count(self._parts.size(raw), path)
        return self.plain(kind, raw, path)

    @staticmethod
    def kind(signature: Signature, argument: str) -> Kind:
        """Return the kind of an argument of a class in the catalog or a registered class."""
        known = catalog.find(signature.family, signature.name)
        if known is None or signature.name in REFUSED_LAYERS:
            return kind_for_unknown(argument, signature.family)
        return kind_of(signature.family, signature.name, argument)


def _bad_expression(error: ExpressionError, path: Path, scope: Scope) -> Problem:
    problem = error.problem(path)
    hint = scope.hint if isinstance(error, UnknownParam) else ""
    return replace(problem, hint=problem.hint or hint)
