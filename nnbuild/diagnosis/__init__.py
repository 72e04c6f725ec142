"""Findings about recipes, data and trainings: values in, findings with evidence, meaning and remedies out."""

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import Finding, Location, Remedy

__all__ = ["Diagnosis", "Finding", "Location", "Remedy"]
