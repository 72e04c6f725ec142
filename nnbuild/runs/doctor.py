"""Implementation of `nnbuild doctor` without data: recipe texts, and corrected copies of them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.language.gallery import find, read
from nnbuild.language.json_edit import edited
from nnbuild.recipe import Recipe


@dataclass(frozen=True)
class RecipeText:
    """A recipe and its text.

    Attributes
    ----------
    file : str
    text : str
    recipe : Recipe
    """

    file: str
    text: str
    recipe: Recipe

    @classmethod
    def read(cls, name: str) -> RecipeText:
        """Read a recipe from a file or the gallery."""
        file = find(name)
        data = read(file)
        return cls(str(file), data.decode("utf-8"), Recipe.from_json(data, str(file)))

    def with_recipe(self, recipe: Recipe) -> RecipeText:
        """Return the text of another recipe, which keeps the form of all equal parts."""
        if recipe is self.recipe:
            return self
        text = edited(self.text, recipe.to_dict())
        return RecipeText(self.file, text, Recipe.from_json(text, self.file))

    def diff(self, other: RecipeText, name: str) -> str:
        """Return the unified diff to another text with the file name `name`; empty if both are equal."""
        before, after = (text.splitlines(keepends=True) for text in (self.text, other.text))
        found = unified_diff(before, after, self.file, name)
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in found)


def doctor_document(name: str, found: Diagnosis, remaining: Diagnosis, fixed: str | None, diff: str | None) -> dict:
    """Return a diagnosis as JSON values.

    Parameters
    ----------
    name : str
        Recipe or model file, as given.
    found, remaining : Diagnosis
        Findings, and those about the corrected copy.
    fixed, diff : str or None
        File of the corrected copy, or its difference.
    """
    codes = [finding.code for finding in remaining]
    return {"recipe": name, "findings": found.to_dict()["findings"], "fixed": fixed, "diff": diff, "remaining": codes}
