"""Values of a checked recipe, as copies."""

from __future__ import annotations

import copy
import json

from nnbuild.language.purpose import estimators_of
from nnbuild.language.search import addresses


class RecipeValues:
    """Base of `Recipe`: its parts as plain values."""

    __slots__ = ("_document",)
    _document: dict

    def to_dict(self) -> dict:
        """Return the recipe as plain values, a copy."""
        return copy.deepcopy(self._document)

    def to_json(self, indent: int | None = 2) -> str:
        """Return the recipe as JSON text; `from_json` restores every value and the order of keys."""
        return json.dumps(self._document, indent=indent, ensure_ascii=False)

    @property
    def name(self) -> str:
        """The recipe's name, or ""."""
        return self._document.get("name", "")

    @property
    def description(self) -> str:
        """The recipe's description, or ""."""
        return self._document.get("description", "")

    @property
    def about(self) -> dict:
        """Metadata for the gallery, a copy."""
        return copy.deepcopy(self._document.get("about", {}))

    @property
    def estimators(self) -> tuple[str, ...]:
        """Names of the estimators that take the recipe; empty if it names none."""
        return estimators_of(self._document)

    @property
    def task(self) -> str:
        """Task of the estimator; "" if the recipe sets none."""
        return self._document.get("task", "")

    @property
    def params(self) -> dict:
        """Hyperparameters with their values, a copy."""
        return copy.deepcopy(self._document.get("params", {}))

    @property
    def search(self) -> dict:
        """Search spaces by address, a copy."""
        return copy.deepcopy(self._document.get("search", {}))

    @property
    def addresses(self) -> list[str]:
        """Every address for `with_values`: params first, then training and named layers."""
        return list(addresses(self._document))
