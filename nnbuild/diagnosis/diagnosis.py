"""The result of a diagnosis: findings, and the recipe with their edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import overload

from nnbuild.diagnosis.findings import Finding, findings_document
from nnbuild.errors import Path, RecipeError
from nnbuild.recipe import Recipe


@dataclass(frozen=True)
class Diagnosis(Sequence[Finding]):
    """Findings about a recipe, its data or its training.

    It is a sequence of findings, so it is false if there are none. As text, it lists each finding with its location,
    evidence, meaning, edit and remedies.

    Attributes
    ----------
    recipe : Recipe
    findings : tuple of Finding
        The most severe first.

    Examples
    --------
    >>> recipe = Recipe([{"type": "Dense", "units": 1, "activation": "softmax"}], outputs="last")
    >>> found = recipe.diagnose()
    >>> len(found), found[0].severity, found.has_errors
    (1, 'error', True)
    >>> found[0].edit_text()
    ('layers[0].activation = "sigmoid"',)
    >>> bool(found.fixed().diagnose())
    False
    """

    recipe: Recipe
    findings: tuple[Finding, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index):
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def edit(self) -> dict[Path, object]:
        """Values that fix the recipe, by their paths; of two values for one path, that of the more severe finding."""
        return {path: value for finding in reversed(self.findings) for path, value in finding.edit.items()}

    def fixed(self) -> Recipe:
        """Return the recipe with the edits of all findings. Params that are no longer used are removed.

        If edits exclude each other, those of less severe findings are left out.
        """
        edit: dict[Path, object] = {}
        recipe = self.recipe
        for finding in self.findings:
            more = {path: value for path, value in finding.edit.items() if path not in edit}
            with suppress(RecipeError):
                recipe, edit = self.recipe.with_values({**edit, **more}), {**edit, **more}
        return recipe

    def to_dict(self) -> dict:
        """Return name of the recipe and findings as JSON values."""
        return {"recipe": self.recipe.name, "findings": findings_document(self.findings)}

    def __str__(self) -> str:
        from nnbuild.report.terminal import finding_lines  # rich takes a while to start

        return "\n".join(finding_lines(self.findings)) or "no findings"
