"""Contents of an installation: code, gallery, data sets and catalog."""

import csv
import gzip
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from tools import make_data

ROOT = Path(__file__).parents[1]
NOT_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "dist", "htmlcov")


def test_the_gallery_and_the_data_are_inside_the_package():
    assert names(files("nnbuild") / "gallery") == names(ROOT / "recipes")
    assert names(files("nnbuild") / "bundled") == names(ROOT / "data")


def test_every_data_set_has_its_row_of_source_and_licence():
    rows = [
        line.split("|") for line in (ROOT / "data" / "README.md").read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    described = {row[1].strip() for row in rows[2:] if all(cell.strip() for cell in row[1:-1])}
    assert described == {name.split(".")[0] for name in names(ROOT / "data") if name != "README.md"}


def test_the_data_sets_are_those_that_the_tool_writes():
    assert {name for name in names(ROOT / "data") if name != "README.md"} == {f"{n}.csv.gz" for n in make_data.TEXTS}


@pytest.mark.parametrize("name", make_data.TEXTS)
def test_a_data_set_is_that_of_scikit_learn(name):
    file = ROOT / "data" / f"{name}.csv.gz"
    text = gzip.decompress(file.read_bytes()).decode("utf-8")
    assert text == make_data.TEXTS[name]()
    assert file.stat().st_size < 200_000
    n_rows, n_columns, target, n_values = TABLES[name]
    header, *rows = csv.reader(text.splitlines())
    assert (len(rows), len(header), header[-1]) == (n_rows, n_columns, target)
    assert {len(row) for row in rows} == {n_columns}
    assert len({row[-1] for row in rows}) == n_values
    assert all(name.isidentifier() for name in header)


# Of each data set: rows, columns, the last one's name, and how many values that has.
TABLES = {
    "breast_cancer": (569, 31, "diagnosis", 2),
    "diabetes": (442, 11, "progression", 214),
    "digits": (1797, 65, "digit", 10),
    "iris": (150, 5, "species", 3),
    "linnerud": (20, 6, "pulse", 11),
    "wine": (178, 14, "cultivar", 3),
    "xor": (100, 3, "xor", 2),
}


def test_writing_the_same_data_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    make_data.write(first, "x,y\n1,2\n")
    make_data.write(second, "x,y\n1,2\n")
    assert first.read_bytes() == second.read_bytes()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=NOT_SOURCE)
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, "."], cwd=folder / "source")
    return folder


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package(built):
    inside = {name for name in zipfile.ZipFile(only(built, "*.whl")).namelist() if ".dist-info/" not in name}
    assert inside == package_files(built / "source")
    assert inside >= {
        "nnbuild/py.typed",
        "nnbuild/catalog/catalog.json",
        "nnbuild/gallery/digits_mlp.json",
        "nnbuild/bundled/digits.csv.gz",
        "nnbuild/bundled/README.md",
    }


@pytest.mark.slow
def test_the_sdist_holds_what_tests_and_builds_need(built):
    with tarfile.open(only(built, "*.tar.gz")) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "Makefile", "setup.cfg", "tests/test_package.py", "tools/make_data.py", "data/digits.csv.gz"}
    assert wanted - inside == set()
    assert {f"recipes/{name}" for name in names(ROOT / "recipes")} - inside == set()


@pytest.mark.slow
@pytest.mark.parametrize("command", [["bin/python", "-m", "nnbuild"], ["bin/nnbuild"]], ids=" ".join)
def test_an_installed_wheel_validates_from_its_gallery(installed, command):
    done = run([installed / command[0], *command[1:], "validate", "digits_mlp"], cwd=installed / "elsewhere")
    assert done.stderr == ""


@pytest.mark.slow
def test_the_installed_package_is_the_one_that_ran(installed):
    code = "import nnbuild.errors; print(nnbuild.errors.__file__)"
    done = run([installed / "bin" / "python", "-c", code], cwd=installed / "elsewhere")
    assert Path(done.stdout.strip()).is_relative_to(installed)


@pytest.fixture(scope="module")
def installed(built):
    """An environment with the wheel; its dependencies are those of the environment that runs the tests."""
    folder = built / "environment"
    run([sys.executable, "-m", "venv", "--without-pip", folder], cwd=built)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    run([sys.executable, *install, only(built, "*.whl")], cwd=built)
    # A folder that a .pth file names is searched, but its own .pth files, an editable nnbuild among them, are not read.
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / "elsewhere").mkdir()
    return folder


def run(command, cwd):
    """The finished process, in an environment that leads to no other copy of the package."""
    hidden = ("COV", "PYTHON", "PYTEST")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if not key.startswith(hidden)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def names(folder):
    return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith((".", "__")))


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found


def package_files(root):
    """Every file below nnbuild/, with those of the folders that its symlinks name."""
    package = root / "nnbuild"
    found = {Path(folder) / name for folder, _, rest in os.walk(package, followlinks=True) for name in rest}
    return {path.relative_to(root).as_posix() for path in found}
