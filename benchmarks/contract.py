"""Compare neural network packages by scikit-learn's estimator contract: ``python benchmarks/contract.py``.

Each package has a virtual environment, created on first use from `requirements/` in a cache folder (about 10 GB in
total). `contract_peer.py` runs the same checks in each. The results are printed as a Markdown table;
``--write docs/comparison.md`` replaces the table in that file.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nnbuild" / "peers"
START, END = "<!-- contract -->", "<!-- end -->"
MAX_NOTE = 40  # characters in a table cell; longer notes are listed below the table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    known = ", ".join(TITLES)
    parser.add_argument(
        "peers",
        nargs="*",
        metavar="PEER",
        help=f"packages to check again, of {known}; by default those without results",
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of environments and results")
    parser.add_argument("--write", type=Path, help="file in which to replace the table")
    options = parser.parse_args()
    if unknown := set(options.peers) - set(TITLES):
        parser.error(f"unknown package {min(unknown)!r}; packages are {known}")
    files = {name: options.cache / f"{name}.json" for name in TITLES}
    for name in options.peers or [name for name, file in files.items() if not file.exists()]:
        check(name, options.cache)
    found = {name: result_of(name, options.cache) for name, file in files.items() if file.exists()}
    text = "\n".join([*table(found), "", *reasons(found), "", machine()])
    print(text)
    if options.write:
        replace(options.write, text)


def check(name: str, cache: Path) -> None:
    """Run all checks on one package, and write the results to a file."""
    folder, log = environment(name, cache), cache / f"{name}.log"
    own = {"PYTHONPATH": str(HERE.parent)} if name == "nnbuild" else {}  # runs from this checkout
    print(f"checking {TITLES[name]}, log in {log} ...", file=sys.stderr)
    with log.open("w", encoding="utf-8") as stream:
        command = [folder / "bin" / "python", HERE / "contract_peer.py", name, cache / f"{name}.json"]
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **own}
        subprocess.run(command, env=quiet, cwd=cache, stdout=stream, stderr=subprocess.STDOUT, check=True)


def result_of(name: str, cache: Path) -> dict:
    """Return versions, answers and size of one package."""
    return {**json.loads((cache / f"{name}.json").read_text("utf-8")), "size": installed_size(cache / name)}


def environment(name: str, cache: Path) -> Path:
    """Return the virtual environment of a package, created from `requirements/` if it is missing or outdated."""
    folder, wanted = cache / name, HERE / "requirements" / f"{name}.txt"
    done = folder / "installed.txt"
    if not done.exists() or done.read_text("utf-8") != wanted.read_text("utf-8"):
        print(f"installing {TITLES.get(name, name)} into {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        done.write_text(wanted.read_text("utf-8"), "utf-8")
    return folder


def peer_result(package: str, script: str, *arguments: object, cache: Path = CACHE) -> dict:
    """Run a script in a new process in the environment of a package. Return its last line, parsed as JSON."""
    folder = environment(package, cache)
    command = [folder / "bin" / "python", HERE / script, package, *map(str, arguments)]
    own = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}  # slows NumPy down
    own |= {"TF_CPP_MIN_LOG_LEVEL": "3"} | ({"PYTHONPATH": str(HERE.parent)} if package == "nnbuild" else {})
    done = subprocess.run(command, env=own, cwd=cache, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def installed_size(folder: Path) -> int:
    """Return the size of the packages in an environment in bytes, without pip and compiled Python."""
    (packages,) = folder.glob("lib/python*/site-packages")
    files = (file for file in packages.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return sum(f.stat().st_size for f in files if f.relative_to(packages).parts[0] not in ("pip", "setuptools"))


def table(found: dict) -> list[str]:
    """Return the lines of the table, with a row per question and a column per package."""
    questions = list(dict.fromkeys(question for result in found.values() for question in result["answers"]))
    rows = [["", *(TITLES[name] for name in found)], ["---"] * (len(found) + 1)]
    rows.append(["", *(versions(result["versions"]) for result in found.values())])
    for question in questions:
        rows.append([question, *(cell(result["answers"].get(question)) for result in found.values())])
    rows.append(["installed, MB", *(f"{result['size'] / 1e6:,.0f}" for result in found.values())])
    return [f"| {' | '.join(row)} |" for row in rows]


def versions(found: dict) -> str:
    return "<br>".join(f"{package} {version}" for package, version in found.items())


def cell(answer: list | None) -> str:
    holds, note = answer or (None, "")
    if " of " in note and note[0].isdigit():  # a count needs no yes or no
        return note
    word = {True: "yes", False: "no", None: ""}[holds]
    return f"{word}: {note}" if note and len(note) <= MAX_NOTE else word


def reasons(found: dict) -> list[str]:
    """Return the lines of a list with the errors that are too long for the table."""
    return [
        f"- {TITLES[name]}, {question}: `{note}`"
        for name, result in found.items()
        for question, (holds, note) in result["answers"].items()
        if not holds and len(note) > MAX_NOTE
    ]


def machine() -> str:
    requirements = (HERE / "requirements" / "sklearn_mlp.txt").read_text("utf-8").split()
    scikit_learn = next(line for line in requirements if line.startswith("scikit-learn")).replace("==", " ")
    python = f"Python {platform.python_version()}"
    return f"{python}, {scikit_learn}, {os.cpu_count()} CPU cores, {platform.system()}, no GPU."


def replace(file: Path, text: str, start: str = START) -> None:
    """Replace the part of a file between the line `start` and the next `END`."""
    before, _, rest = file.read_text("utf-8").partition(start)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{start}\n{text}\n{END}{after}", "utf-8")


TITLES = {
    "nnbuild": "nnbuild",
    "scikeras": "SciKeras",
    "keras_wrappers": "keras.wrappers",
    "skorch": "skorch",
    "sklearn_mlp": "scikit-learn's MLP",
    "pytabkit": "pytabkit",
}


if __name__ == "__main__":
    main()
