"""What TensorFlow finds on this machine: versions, processors, memory and GPUs, and why a GPU is not used."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tensorflow as tf

from nnbuild.plan.memory import available_bytes, machine_bytes
from nnbuild.report.cells import section
from nnbuild.report.terminal import wrapped
from nnbuild.report.units import counted, data_size

PACKAGES = ("nnbuild", "tensorflow", "keras", "numpy", "scikit-learn", "scipy", "pandas", "joblib", "pillow", "onnx")
DRIVER = Path("/proc/driver/nvidia/version")
VISIBLE = "CUDA_VISIBLE_DEVICES"
INSTALL = "in the folder of the project, pip install '.[gpu]' installs TensorFlow with CUDA"
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class GpuFacts:
    """Facts about GPUs.

    Attributes
    ----------
    devices : tuple of str
        Names of the GPUs that TensorFlow uses.
    is_cuda_build : bool
        Whether TensorFlow was built with CUDA.
    driver : str
        Version of the NVIDIA driver; "" if there is none.
    visible : str or None
        Value of CUDA_VISIBLE_DEVICES; None if it is not set.
    cuda, cudnn : str
        Versions that TensorFlow was built for; "" if it was built without CUDA.
    """

    devices: tuple[str, ...] = ()
    is_cuda_build: bool = False
    driver: str = ""
    visible: str | None = None
    cuda: str = ""
    cudnn: str = ""

    def reason(self) -> str:
        """Return why no GPU is used, and how to change it; "" if one is used."""
        if self.devices:
            return ""
        if platform.system() == "Darwin":
            return "TensorFlow for macOS uses no GPU; Apple's tensorflow-metal package adds one"
        if self.visible is not None and self.visible.strip() in ("", "-1"):
            return f"{VISIBLE} is {self.visible!r}, which hides all GPUs; unset it"
        if not self.driver:
            return f"no NVIDIA driver is loaded ({DRIVER} does not exist): this machine has no GPU, or no driver for it"
        if not self.is_cuda_build:
            return f"this TensorFlow was built without CUDA; {INSTALL}"
        needed = f"CUDA {self.cuda} and cuDNN {self.cudnn}" if self.cuda else "CUDA and cuDNN"
        return (
            f"the driver {self.driver} is loaded, but TensorFlow finds no GPU: the libraries of {needed} are missing,"
            f" or the driver is too old for them; {INSTALL}"
        )


@dataclass(frozen=True)
class SystemFacts:
    """Facts about a machine.

    Attributes
    ----------
    python, system : str
        Version of Python; name of the operating system and processor.
    versions : mapping of str to str
        Versions of packages; "" for a missing package.
    n_processors, n_usable : int
        Processors of the machine, and those that this process may use.
    threads : mapping of str to str
        Environment variables that limit the number of threads.
    total_bytes, available_bytes : int
        Memory.
    gpu : GpuFacts
    """

    python: str
    system: str
    versions: Mapping[str, str]
    n_processors: int
    n_usable: int
    threads: Mapping[str, str]
    total_bytes: int
    available_bytes: int
    gpu: GpuFacts = field(default_factory=GpuFacts)

    def to_dict(self) -> dict:
        """Return the facts as JSON values."""
        gpu = self.gpu
        return {
            "python": self.python,
            "system": self.system,
            "versions": dict(self.versions),
            "processors": {"machine": self.n_processors, "usable": self.n_usable, "threads": dict(self.threads)},
            "memory": {"total_bytes": self.total_bytes, "available_bytes": self.available_bytes},
            "gpu": {
                "devices": list(gpu.devices),
                "is_cuda_build": gpu.is_cuda_build,
                "cuda": gpu.cuda,
                "cudnn": gpu.cudnn,
                "driver": gpu.driver,
                "visible_devices": gpu.visible,
                "reason": gpu.reason(),
            },
        }

    def __str__(self) -> str:
        missing = [name for name, found in self.versions.items() if not found]
        versions = ", ".join(f"{name} {found}" for name, found in self.versions.items() if found)
        processors = f"{self.n_usable} of {counted(self.n_processors, 'processor')}"
        limits = ", ".join(f"{name}={value}" for name, value in self.threads.items())
        memory = f"{data_size(self.available_bytes)} of {data_size(self.total_bytes)} available"
        sections = {
            "system": f"Python {self.python}, {self.system}",
            "packages": versions + (f"; not installed: {', '.join(missing)}" if missing else ""),
            "processors": processors + (f"; threads are limited by {limits}" if limits else ""),
            "memory": memory,
            "gpu": ", ".join(self.gpu.devices) if self.gpu.devices else f"none: {self.gpu.reason()}",
        }
        return "\n".join(section(name, wrapped(text)) for name, text in sections.items())


def system_facts() -> SystemFacts:
    """Return the facts about this machine."""
    return SystemFacts(
        platform.python_version(),
        f"{platform.system()} {platform.release()}, {platform.machine()}",
        {name: _version(name) for name in PACKAGES},
        os.cpu_count() or 1,
        _n_usable(),
        {name: os.environ[name] for name in THREADS if os.environ.get(name)},
        machine_bytes(),
        available_bytes(),
        gpu_facts(),
    )


def gpu_facts() -> GpuFacts:
    """Return the facts about the GPUs of this machine."""
    build: Mapping[str, Any] = tf.sysconfig.get_build_info()
    devices = [_device_name(device) for device in tf.config.list_physical_devices("GPU")]
    return GpuFacts(
        tuple(devices),
        bool(build.get("is_cuda_build")),
        _driver(),
        os.environ.get(VISIBLE),
        str(build.get("cuda_version", "")),
        str(build.get("cudnn_version", "")),
    )


def _device_name(device: Any) -> str:
    details = tf.config.experimental.get_device_details(device)
    return str(details.get("device_name") or device.name.removeprefix("/physical_device:"))


def _driver() -> str:
    """Return the version of the loaded NVIDIA driver; "" if there is none."""
    try:
        words = DRIVER.read_text("utf-8").split()
    except OSError:
        return ""
    return next((word for word in words if word[0].isdigit() and "." in word), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _n_usable() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
