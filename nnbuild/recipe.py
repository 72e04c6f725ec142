"""The class Recipe: a checked description of a network and its training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from nnbuild.errors import Path, Problem, RecipeError
from nnbuild.files.writing import NotWritten, path_text, write_file
from nnbuild.language.analysis import Network, analyse, in_file_order
from nnbuild.language.changes import with_changes
from nnbuild.language.gallery import RecipeFileError, find, read
from nnbuild.language.json_text import Document, parse
from nnbuild.language.recipe_values import RecipeValues
from nnbuild.language.search import unused_params, without_params
from nnbuild.language.sections import VERSION
from nnbuild.language.values import canonical, json_value
from nnbuild.language.variants import without_values

if TYPE_CHECKING:
    from nnbuild.diagnosis.diagnosis import Diagnosis

# Descriptive keys, which equality ignores.
FOR_PEOPLE = ("$schema", "name", "description", "about", "estimator", "task")


class Recipe(RecipeValues):
    """A neural network and its training, described as data.

    Parameters
    ----------
    layers : list of dict
        The nodes: plain dicts, or results of the constructors in `nnbuild.layers`.
    name, description : str, optional
        Descriptive texts.
    about : dict, optional
        ``kind``, ``uses``, ``paper``, ``data``, ``target``.
    estimator, task : str, optional
        Estimator that takes the recipe, or a list of several, and its task if the network is for one only.
    params : dict, optional
        Hyperparameters with their defaults; ``"$name"`` in the layers refers to them.
    defaults : dict, optional
        Arguments for every layer that has them and does not set them.
    blocks : dict, optional
        Named groups of layers, each ``{"params": {...}, "layers": [...]}``.
    inputs : dict, optional
        Named inputs; by default one, with its shape and dtype from the data.
    outputs : {"auto", "last"} or dict, optional
        By default an output layer for the task is appended.
    training : dict, optional
        Optimizer, loss, epochs, batch size, early stopping and other settings.
    search : dict, optional
        Search spaces by address.

    Raises
    ------
    RecipeError
        With all problems of the recipe, in file order.

    Examples
    --------
    >>> from nnbuild.layers import Dense, Dropout
    >>> recipe = Recipe([Dense("$width", activation="relu"), Dropout(0.2)], params={"width": 64})
    >>> recipe.params
    {'width': 64}
    >>> recipe == Recipe.from_json(recipe.to_json())
    True
    """

    __slots__ = ("__weakref__", "_hash", "_network", "_parsed")

    def __init__(
        self,
        layers: Iterable[Mapping],
        *,
        name: str | None = None,
        description: str | None = None,
        about: Mapping | None = None,
        estimator: str | Iterable[str] | None = None,
        task: str | None = None,
        params: Mapping | None = None,
        defaults: Mapping | None = None,
        blocks: Mapping | None = None,
        inputs: Mapping | None = None,
        outputs: str | Mapping | None = None,
        training: Mapping | None = None,
        search: Mapping | None = None,
    ):
        layers = list(layers) if isinstance(layers, Iterator) else layers
        given = {
            "name": name, "description": description, "about": about, "estimator": estimator, "task": task,
            "params": params, "defaults": defaults, "blocks": blocks, "inputs": inputs, "layers": layers,
            "outputs": outputs, "training": training, "search": search,
        }  # fmt: skip
        self._read({"nnbuild": VERSION, **{key: value for key, value in given.items() if value is not None}})

    @classmethod
    def from_dict(cls, document: Mapping) -> Recipe:
        """Make a recipe from a mapping of plain values; the key ``nnbuild`` is optional.

        Parameters
        ----------
        document : mapping
            As in a recipe file. It is copied.

        Raises
        ------
        RecipeError
            With all problems of the recipe.
        """
        if not isinstance(document, Mapping):
            raise RecipeError([Problem((), f"a recipe is an object (a dict), got {type(document).__name__}")])
        recipe = cls.__new__(cls)
        recipe._read({"nnbuild": VERSION, **document} if "nnbuild" not in document else document)
        return recipe

    @classmethod
    def from_json(cls, text: str | bytes, source: str = "") -> Recipe:
        """Make a recipe from a JSON text.

        Parameters
        ----------
        text : str or bytes
            The whole text; bytes are UTF-8.
        source : str, default=""
            Name of the file, for messages.

        Raises
        ------
        RecipeError
            With all problems of the recipe, each with its line and column.
        """
        if not isinstance(text, str | bytes):
            raise RecipeError([Problem((), f"from_json takes a text (str or bytes), got {type(text).__name__}")])
        parsed = parse(text, source)
        if not isinstance(parsed.value, dict):
            problem = Problem((), "a recipe is a JSON object: { ... }")
            raise RecipeError([problem.located(source, *parsed.position(()))])
        recipe = cls.__new__(cls)
        recipe._check(parsed.value, parsed)
        return recipe

    @classmethod
    def load(cls, path: str | PathLike) -> Recipe:
        """Load a recipe from a file or the gallery.

        Parameters
        ----------
        path : str or path
            Path of a file that ends in ``.json``, or a name in the gallery.

        Raises
        ------
        RecipeFileError
            If there is no such file or name.
        RecipeError
            With all problems of the recipe.
        """
        file, text = cls._text(path)
        return cls.from_json(text, file)

    @staticmethod
    def _text(path: str | PathLike) -> tuple[str, bytes]:
        """Return the file of a recipe, and its contents."""
        if not isinstance(path, str | PathLike):
            raise RecipeError([Problem((), f"load takes a name or a path, got {type(path).__name__}")])
        file = find(path)
        return str(file), read(file)

    @classmethod
    def validate(cls, path: str | PathLike) -> Recipe:
        """Load a recipe from a file or the gallery, and check the values of its search space too.

        Parameters
        ----------
        path : str or path
            As for `load`.

        Raises
        ------
        RecipeFileError, RecipeError
            As for `load`, and for the values that `search_problems` lists.
        """
        file, text = cls._text(path)
        recipe = cls.from_json(text, file)
        if problems := recipe.search_problems():
            raise RecipeError(in_file_order(problems, recipe._document, recipe._parsed))
        return recipe

    @classmethod
    def from_keras(cls, model: object) -> Recipe:
        """Make a recipe from a Keras model with layers of the catalog.

        Parameters
        ----------
        model : keras.Model
            Sequential or functional; the recipe keeps no reference to it.

        Returns
        -------
        Recipe
            With the model's layer names, in which underscores replace invalid characters. For a compiled model it
            includes the optimizer, losses and metrics. Weights are not part of a recipe.

        Raises
        ------
        RecipeError
            If a recipe can't express a part of the model: a layer called twice, code, a subclassed model.
        """
        from nnbuild.convert.from_keras import document_of

        return cls.from_dict(document_of(model))

    def _read(self, document: Mapping, drops_unused: bool = False) -> None:
        from nnbuild.convert.keras_values import plain_object

        problems: list[Problem] = []
        plain = json_value(document, (), problems, plain_object)
        if problems:
            raise RecipeError(problems)
        assert isinstance(plain, dict)
        self._check(plain, None, drops_unused)

    def _check(self, document: dict, parsed: Document | None, drops_unused: bool = False) -> None:
        problems, network = analyse(document)
        if drops_unused and (unused := unused_params(problems)):
            document = without_params(without_values(document, [("params", name) for name in unused]), unused)
            problems, network = analyse(document)
        if problems:
            raise RecipeError(in_file_order(problems, document, parsed))
        assert network is not None
        self._document = document
        self._network = network
        self._parsed = parsed
        self._hash: int | None = None

    def save(self, path: str | PathLike) -> None:
        """Write the recipe to a JSON file; an existing file is replaced in one step.

        A link is followed, and the permissions of the file are kept.

        Raises
        ------
        RecipeFileError
            If the file can't be written.
        """
        try:
            write_file(path, self.to_json() + "\n")
        except NotWritten as error:
            raise RecipeFileError(error.code, f"{path_text(path)}: {error.found}", hint=error.hint) from None

    def to_python(self) -> str:
        """Return plain Keras code with a function that builds the network.

        Returns
        -------
        str
            A module that depends on Keras, and on `nnbuild.keras_layers` if the recipe uses its layers. The parameters
            of ``build_model`` are the settings that the recipe leaves open: the input shape and, for outputs "auto",
            the number of outputs and their activation. With training settings there is a ``compile_model``.
        """
        from nnbuild.convert.keras_code import code_of

        return code_of(self.network, self.name, self.description)

    def search_problems(self) -> list[Problem]:
        """Return the problems of the values in the search space, each checked alone; of a range, both ends.

        Examples
        --------
        >>> recipe = Recipe([{"type": "Dense", "units": "$n"}], params={"n": 8}, search={"n": [8, 0]})
        >>> print(*recipe.search_problems())
        search.n[1]: must be an integer of at least 1, got 0
          hint: the value would be set at layers[0].units
        """
        from nnbuild.language.search_checks import search_problems

        return search_problems(self._document)

    def position(self, path: Path) -> tuple[str, int | None, int | None]:
        """Return file, line and column of a part of the recipe; "", None and None if it was not read from a text."""
        return (self._parsed.source, *self._parsed.position(path)) if self._parsed else ("", None, None)

    def diagnose(
        self,
        input_shape: Any = None,
        *,
        task: str | Mapping[str, str] | None = None,
        n_outputs: int | Mapping[str, int] | None = None,
        n_samples: int | None = None,
    ) -> Diagnosis:
        """Return findings about the recipe: settings that prevent learning or cost accuracy.

        Parameters
        ----------
        input_shape, task, n_outputs : optional
            As in `nnbuild.describe`. With `input_shape`, the memory and the number of parameters are checked too, which
            starts TensorFlow.
        n_samples : int, optional
            Number of training samples, to compare with the number of parameters.

        Returns
        -------
        Diagnosis
            The most severe findings first; empty and false if there are none.

        Examples
        --------
        >>> recipe = Recipe([{"type": "Dense", "units": 1, "activation": "softmax"}], outputs="last")
        >>> [(finding.code, finding.severity) for finding in recipe.diagnose()]
        [('softmax_of_one', 'error')]
        """
        from nnbuild.diagnosis.recipes import diagnosis_of

        if input_shape is None:
            return diagnosis_of(self)
        from nnbuild.plan.describe import describe
        from nnbuild.plan.memory import available_bytes

        plan = describe(self, input_shape, task=task, n_outputs=n_outputs)
        return diagnosis_of(self, plan, n_samples, available_bytes())

    @property
    def network(self) -> Network:
        """The expanded recipe: layers in order, with params substituted, without shapes."""
        return self._network

    def with_values(self, values: Mapping[Any, object] | None = None, /, **named: object) -> Recipe:
        """Return a copy of the recipe with other values at some addresses.

        Parameters
        ----------
        values : mapping of str or tuple to JSON value, optional
            Values by address, or by path: a tuple of keys and list positions from the top of the recipe.
        **named
            The same, as keywords.

        Returns
        -------
        Recipe
            A new recipe. Params without remaining references are dropped, and the values that variants of an ensemble
            have at these addresses.

        Raises
        ------
        RecipeError
            If an address or path is unknown, or the recipe with these values has problems.

        Examples
        --------
        >>> Recipe([{"type": "Dense", "units": "$n"}], params={"n": 8}).with_values(n=4).params
        {'n': 4}
        """
        from nnbuild.convert.keras_values import plain_object

        changed = Recipe.__new__(Recipe)
        changed._read(with_changes(self._document, {**(values or {}), **named}, plain_object), drops_unused=True)
        return changed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self._canonical() == other._canonical()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._canonical())
        return self._hash

    def _canonical(self) -> str:
        return canonical({key: value for key, value in self._document.items() if key not in FOR_PEOPLE})

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        params = f", params={', '.join(self._document['params'])}" if self._document.get("params") else ""
        return f"<Recipe {name}{len(self._network.nodes)} layers{params}>"

    def __reduce__(self) -> tuple:
        return Recipe.from_dict, (self.to_dict(),)

    def __copy__(self) -> Recipe:
        return self

    def __deepcopy__(self, memo: dict) -> Recipe:
        return self
