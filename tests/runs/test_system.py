"""`nnbuild doctor --system`: what TensorFlow finds, and why no GPU is used."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main
from nnbuild.runs import system
from nnbuild.runs.system import GpuFacts, SystemFacts

FACTS = SystemFacts(
    "3.12.1", "Linux 6.1, x86_64", {"tensorflow": "2.21.0", "onnx": ""}, 8, 2, {"OMP_NUM_THREADS": "1"},
    16_000_000_000, 4_000_000_000, GpuFacts(is_cuda_build=True, cuda="12.5.1", cudnn="9"),
)  # fmt: skip
NO_DRIVER = (
    "no NVIDIA driver is loaded (/proc/driver/nvidia/version does not exist): this machine has no GPU, or no driver "
    "for it"
)


def test_the_report_of_a_machine(monkeypatch):
    monkeypatch.setattr(system, "system_facts", lambda: FACTS)
    monkeypatch.setattr(system.platform, "system", lambda: "Linux")
    assert CliRunner().invoke(main, ["doctor", "--system"]).output == (
        "system     Python 3.12.1, Linux 6.1, x86_64\n"
        "packages   tensorflow 2.21.0; not installed: onnx\n"
        "processors 2 of 8 processors; threads are limited by OMP_NUM_THREADS=1\n"
        "memory     4.00 GB of 16.0 GB available\n"
        "gpu        none: no NVIDIA driver is loaded (/proc/driver/nvidia/version does not exist): this\n"
        "             machine has no GPU, or no driver for it\n"
    )
    found = json.loads(CliRunner().invoke(main, ["doctor", "--system", "--json"]).output)
    assert found == {
        "python": "3.12.1",
        "system": "Linux 6.1, x86_64",
        "versions": {"tensorflow": "2.21.0", "onnx": ""},
        "processors": {"machine": 8, "usable": 2, "threads": {"OMP_NUM_THREADS": "1"}},
        "memory": {"total_bytes": 16_000_000_000, "available_bytes": 4_000_000_000},
        "gpu": {
            "devices": [], "is_cuda_build": True, "cuda": "12.5.1", "cudnn": "9", "driver": "",
            "visible_devices": None, "reason": NO_DRIVER,
        },
    }  # fmt: skip


INSTALL = "in the folder of the project, pip install '.[gpu]' installs TensorFlow with CUDA"


@pytest.mark.parametrize(
    ("machine", "facts", "reason"),
    [
        ("Linux", GpuFacts(("NVIDIA H100",), True, "550.1"), ""),
        ("Linux", GpuFacts(), NO_DRIVER),
        ("Darwin", GpuFacts(), "TensorFlow for macOS uses no GPU; Apple's tensorflow-metal package adds one"),
        (
            "Linux", GpuFacts((), True, "550.1", "-1"),
            "CUDA_VISIBLE_DEVICES is '-1', which hides all GPUs; unset it",
        ),
        (
            "Linux", GpuFacts((), False, "550.1"),
            f"this TensorFlow was built without CUDA; {INSTALL}",
        ),
        (
            "Linux", GpuFacts((), True, "550.1", None, "12.5.1", "9"),
            "the driver 550.1 is loaded, but TensorFlow finds no GPU: the libraries of CUDA 12.5.1 and cuDNN 9 are "
            f"missing, or the driver is too old for them; {INSTALL}",
        ),
    ],
)  # fmt: skip
def test_the_reason_why_no_gpu_is_used(monkeypatch, machine, facts, reason):
    monkeypatch.setattr(system.platform, "system", lambda: machine)
    assert facts.reason() == reason


def test_facts_of_this_machine(monkeypatch, tmp_path):
    driver = tmp_path / "version"
    driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\nGCC version: 12.2\n")
    monkeypatch.setattr(system, "DRIVER", driver)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    found = system.system_facts()
    assert (found.gpu.driver, found.gpu.visible) == ("550.54.15", "0")
    assert 1 <= found.n_usable <= found.n_processors
    assert 0 < found.available_bytes <= found.total_bytes
    assert found.versions["nnbuild"]
