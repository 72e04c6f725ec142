"""Parse Python text into a Recipe without running it; only a closed subset of Python is accepted."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnbuild import catalog, layers
from nnbuild.convert.subset import Outside, assigned, is_signed_number, is_text, place, unread
from nnbuild.errors import Path, Problem, RecipeError, did_you_mean, name_list, show
from nnbuild.recipe import Recipe

MAX_BYTES = 2**20  # of the whole text
MAX_VALUES = 500_000  # of a recipe: nested uses of names of long lists could exceed memory


def read_python(text: bytes, source: str = "") -> Recipe:
    r"""Return the recipe that a Python text builds with the constructors of `nnbuild.layers`.

    Parameters
    ----------
    text : bytes
        The whole text.
    source : str, default=""
        Name of the file, for messages.

    Returns
    -------
    Recipe
        The only recipe that is assigned to a name, or the one named ``recipe``.

    Raises
    ------
    RecipeError
        With every statement outside the subset, or all problems of the recipe, each with its line and column.

    Notes
    -----
    Nothing is executed but the constructors of `nnbuild.layers`, which return dicts. The subset is: imports of
    nnbuild; names assigned to literals (text, numbers, True, False, None, lists, tuples, dicts), to names assigned
    above, and to calls of `Recipe` and of the constructors, with plain arguments.

    Examples
    --------
    >>> read_python(b"from nnbuild import Recipe, layers\nr = Recipe([layers.Dense(8)])").network.nodes[0].type
    'Dense'
    """
    reader = _Reader(source)
    for statement in _parsed(text, source).body:
        reader.read(statement)
    if reader.problems:
        raise RecipeError(reader.problems)
    return reader.recipe()


def _parsed(text: bytes, source: str) -> ast.Module:
    if len(text) > MAX_BYTES:
        raise RecipeError([Problem((), f"is longer than {MAX_BYTES:,} bytes", source=source)])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        problem = Problem((), f"not Python: {error.msg}")
        known = (error.lineno or 0) > 0  # a wrong encoding is in line -1
        place = (error.lineno, error.offset) if known else (None, None)
        raise RecipeError([problem.located(source, *place)]) from None
    except ValueError as error:  # a zero byte
        raise RecipeError([Problem((), f"not Python: {error}", source=source)]) from None
    except (MemoryError, RecursionError):
        raise RecipeError([Problem((), "not Python: nested too deep", source=source)]) from None


@dataclass(frozen=True)
class _Namespace:
    """A module of nnbuild, as the value of a name."""

    name: str


@dataclass(frozen=True, eq=False)
class _Draft:
    """A call of Recipe: its syntax node, and its arguments by name."""

    node: ast.AST
    arguments: dict[str, object]


_NNBUILD, _LAYERS = _Namespace("nnbuild"), _Namespace("nnbuild.layers")
_UNKNOWN = object()  # the value of a name with an invalid assignment


class _Reader:
    """Interpreter of the statements: values of names, and the positions of values in the text."""

    def __init__(self, source: str):
        self.source = source
        self.problems: list[Problem] = []
        self.names: dict[str, Any] = {}
        self.sizes: dict[int, int] = {}  # number of values in a list or dict at any depth, by its id
        self.places: dict[int, ast.AST] = {}
        self.kept: list[object] = []  # keeps values alive, so that ids stay unique

    def read(self, statement: ast.stmt) -> None:
        """Interpret one statement, or note its problem."""
        try:
            self._statement(statement)
        except RecursionError:
            problem = Problem((), "is nested too deep")
            self.problems.append(problem.located(self.source, *place(statement)))
        except Outside as error:
            self.names |= dict.fromkeys(assigned(statement), _UNKNOWN)
            if error.found:
                problem = Problem((), error.found, error.allowed, error.hint)
                self.problems.append(problem.located(self.source, *place(error.node)))

    def recipe(self) -> Recipe:
        """Return the assigned recipe."""
        drafts = {name: value for name, value in self.names.items() if isinstance(value, _Draft)}
        if len({id(draft) for draft in drafts.values()}) > 1 and "recipe" in drafts:
            drafts = {"recipe": drafts["recipe"]}
        if not drafts:
            hint = "assign one: recipe = Recipe([...])"
            raise RecipeError([Problem((), "contains no recipe", hint=hint, source=self.source)])
        if len({id(draft) for draft in drafts.values()}) > 1:
            found = f"contains several recipes: {name_list(drafts)}"
            raise RecipeError([Problem((), found, hint="assign the intended one to 'recipe'", source=self.source)])
        draft = next(iter(drafts.values()))
        try:
            return Recipe(**draft.arguments)  # type: ignore[arg-type]
        except RecipeError as error:
            raise RecipeError([self._located(problem, draft) for problem in error.problems]) from None

    def _located(self, problem: Problem, draft: _Draft) -> Problem:
        """Return a problem of the recipe with the position of the innermost value that contains it."""
        return problem.located(self.source, *place(self._innermost(draft, problem.path)))

    def _innermost(self, draft: _Draft, path: Path) -> ast.AST:
        value: Any = draft.arguments
        found = draft.node
        for part in path:
            try:
                value = value[part]
            except (LookupError, TypeError):
                break
            found = self.places.get(id(value), found)
        return found

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                self._import(statement, alias)
        elif isinstance(statement, ast.ImportFrom):
            self._import_from(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value and assigned(statement):
            value = self._value(statement.value)
            self.names |= dict.fromkeys(assigned(statement), value)
        elif not is_text(statement):
            raise unread(statement)

    def _import(self, statement: ast.Import, alias: ast.alias) -> None:
        if alias.name not in ("nnbuild", "nnbuild.layers"):
            raise Outside(statement, f"unsupported import of {show(alias.name)}", "nnbuild and nnbuild.layers")
        whole = alias.name == "nnbuild" or not alias.asname  # `import nnbuild.layers` binds the name nnbuild
        self.names[alias.asname or "nnbuild"] = _NNBUILD if whole else _LAYERS

    def _import_from(self, statement: ast.ImportFrom) -> None:
        module = {"nnbuild": _NNBUILD, "nnbuild.layers": _LAYERS}.get(statement.module or "")
        if statement.module == "__future__":
            return
        if module is None or statement.level:
            found = f"unsupported import of {show('.' * statement.level + (statement.module or ''))}"
            raise Outside(statement, found, "nnbuild and nnbuild.layers")
        for alias in statement.names:
            self.names[alias.asname or alias.name] = _member(module, alias.name, statement)

    def _value(self, node: ast.expr) -> Any:
        """Return the value of an expression; sizes and positions of lists, dicts and nodes are recorded."""
        if isinstance(node, ast.Constant):
            if node.value is None or isinstance(node.value, str | bool | int | float):
                return node.value
        elif isinstance(node, ast.Name):
            return self._named(node)
        elif isinstance(node, ast.Attribute):
            module = self._value(node.value)
            if isinstance(module, _Namespace):
                return _member(module, node.attr, node)
        elif isinstance(node, ast.List | ast.Tuple):
            return self._remember([self._plain(item) for item in node.elts], node)
        elif isinstance(node, ast.Dict):
            return self._remember(self._dict(node), node)
        elif isinstance(node, ast.Call):
            return self._call(node)
        elif is_signed_number(node):
            return ast.literal_eval(node)
        raise unread(node)

    def _plain(self, node: ast.expr) -> Any:
        """Return a value that may be part of another."""
        value = self._value(node)
        if isinstance(value, _Draft):
            raise Outside(node, "a Recipe can't be part of another value")
        if isinstance(value, _Namespace) or callable(value):
            raise Outside(node, f"{ast.unparse(node)} is not a value: call it")
        return value

    def _named(self, node: ast.Name) -> Any:
        if node.id not in self.names:
            known = [name for name, value in self.names.items() if value is not _UNKNOWN]
            hint = did_you_mean(node.id, known)
            if not hint and _constructor(node.id):
                hint = f"from nnbuild.layers import {node.id}"
            raise Outside(node, f"name {show(node.id)} is not assigned above", name_list(known, node.id), hint)
        if self.names[node.id] is _UNKNOWN:
            raise Outside(node, "")
        return self.names[node.id]

    def _dict(self, node: ast.Dict) -> dict:
        found: dict = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise Outside(key or item, "keys must be string literals")
            if key.value in found:
                raise Outside(key, f"duplicate key {show(key.value)}")
            found[key.value] = self._plain(item)
        return found

    def _call(self, node: ast.Call) -> Any:
        function = self._value(node.func)
        starred = [part for part in node.args if isinstance(part, ast.Starred)]
        if starred or any(keyword.arg is None for keyword in node.keywords):
            raise Outside(starred[0] if starred else node, "arguments must be written out, without * and **")
        given = [str(keyword.arg) for keyword in node.keywords]
        if twice := [name for name in given if given.count(name) > 1]:  # `ast.parse` accepts duplicates
            raise Outside(node, f"duplicate argument {show(twice[0])}")
        args = [self._plain(part) for part in node.args]
        kwargs = {str(keyword.arg): self._plain(keyword.value) for keyword in node.keywords}
        if function is Recipe:
            return self._draft(node, args, kwargs)
        if not callable(function):
            raise Outside(node, f"{ast.unparse(node.func)} can't be called", "Recipe and constructors of layers")
        try:
            made = function(*args, **kwargs)
        except (TypeError, AttributeError, ValueError) as error:
            name = f"{ast.unparse(node.func)}()"
            message = str(error)
            raise Outside(node, message if message.startswith(name) else f"{name}: {message}") from None
        return self._remember(made, node, [*args, *kwargs.values()])

    def _draft(self, node: ast.Call, args: list, kwargs: dict) -> _Draft:
        known = list(inspect.signature(Recipe).parameters)
        if len(args) > 1 or (args and "layers" in kwargs) or not (args or "layers" in kwargs):
            raise Outside(node, "Recipe takes only its layers as a positional argument")
        if unknown := [name for name in kwargs if name not in known]:
            found = f"Recipe has no argument {show(unknown[0])}"
            raise Outside(node, found, name_list(known, unknown[0]), did_you_mean(unknown[0], known))
        return _Draft(node, {**({"layers": args[0]} if args else {}), **kwargs})

    def _remember(self, value: Any, node: ast.expr, made_of: list | None = None) -> Any:
        """Record the size and position of `value`, and return it; `made_of` are the arguments of a node."""
        inside = made_of or (value.values() if isinstance(value, dict) else value)
        size = 1 + sum(self.sizes.get(id(item), 1) for item in inside)
        if size > MAX_VALUES:
            raise Outside(node, f"holds more than {MAX_VALUES:,} values")
        self.sizes[id(value)] = size
        self.places[id(value)] = node
        self.kept.append(value)
        return value


def _member(module: _Namespace, name: str, node: ast.AST) -> object:
    if module is _NNBUILD:
        members: dict[str, object] = {"Recipe": Recipe, "layers": _LAYERS}
        if name in members:
            return members[name]
        raise Outside(node, f"can't read nnbuild.{name}", name_list(members), did_you_mean(name, members))
    found = _constructor(name)
    if found is None:
        known = dir(layers)
        found_text = f"nnbuild.layers has no constructor {show(name)}"
        raise Outside(node, found_text, name_list(known, name), did_you_mean(name, known))
    return found


def _constructor(name: str) -> Callable[..., dict] | None:
    known = name in layers.LANGUAGE_CLASSES or catalog.find("layers", name) or catalog.find("cells", name)
    return getattr(layers, name) if known else None
