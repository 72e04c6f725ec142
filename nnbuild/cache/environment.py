"""Everything outside a program on which its compiled code depends: versions, processor and settings."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("nnbuild", "tensorflow", "keras")
# Environment variables that change compiled code.
VARIABLES = ("XLA_FLAGS", "TF_XLA_FLAGS", "TF_NUM_INTRAOP_THREADS", "TF_ENABLE_ONEDNN_OPTS")
CPU_FACTS = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features", "CPU implementer")


@cache
def environment_name() -> str:
    """Return the name of the subfolder for programs of this environment: versions, and a digest of all facts."""
    facts = [
        *_versions(),
        version("numpy"),
        sys.version,
        _source(),
        _processor(),
        *(os.environ.get(name, "") for name in VARIABLES),
    ]
    digest = hashlib.blake2b("\0".join(facts).encode(), digest_size=8).hexdigest()
    return "-".join([*_versions(), digest])


def _versions() -> list[str]:
    """Return names and versions of packages; those of imported ones, which need not be installed under that name."""
    loaded = [getattr(sys.modules.get(name), "__version__", None) for name in PACKAGES]
    return [f"{name}-{found or version(name)}" for name, found in zip(PACKAGES, loaded, strict=True)]


def _source() -> str:
    """Return a digest of the code of nnbuild, which may change without its version."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parents[1]
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    """Return the processor, its instructions, and the number of processors of this process."""
    n_processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.machine()} {_instructions()} {n_processors}"


def _instructions() -> str:
    """Return the facts of the first processor in Linux. Elsewhere, programs are for this machine only."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0]
    except OSError:
        return f"{platform.processor()} {platform.node()}"
    return "\n".join(line for line in text.splitlines() if line.partition(":")[0].strip() in CPU_FACTS)
