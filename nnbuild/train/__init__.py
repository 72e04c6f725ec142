"""Model + data -> weights and History."""

from nnbuild.train.progress import ProgressBar
from nnbuild.train.stopping import DivergenceWarning
from nnbuild.train.trainer import train

__all__ = ["DivergenceWarning", "ProgressBar", "train"]
