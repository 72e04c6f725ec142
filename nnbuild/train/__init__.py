"""Model + data -> weights and History."""

from nnbuild.errors import DivergenceWarning
from nnbuild.train.progress import ProgressBar
from nnbuild.train.trainer import train

__all__ = ["DivergenceWarning", "ProgressBar", "train"]
