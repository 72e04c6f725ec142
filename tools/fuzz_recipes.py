"""Read many invalid recipes. Each must result in a Recipe or a RecipeError, in bounded time.

    python tools/fuzz_recipes.py --cases 100000

The recipes are those of the tests and the gallery, with changed characters, values and keys. Prints the text of each
failure; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bad_cases import BAD  # noqa: E402
from cases import GOOD  # noqa: E402
from nnbuild.errors import RecipeError  # noqa: E402
from nnbuild.recipe import Recipe  # noqa: E402

MAX_SECONDS = 2.0
CHARACTERS = '0123456789-+.eE"{}[],:$()*/% ntfalsu_x\\\n\t\ud83dé'
NUMBERS = [0, 1, -1, 2, 3, 64, 9999, 10_000, 10_001, 2**63, 10**30, 10**400, 0.5, -0.0, 1e-300, 1e300, 4.0]
EXPRESSIONS = ["$", "$n", "$n * 2", "$n ** n", "$max(n, 1)", "$u / 0", "$$n", "$(" * 20, "$-n", "$hidden"]
EMPTY = [None, True, False, "", [], {}]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    starts = start_documents()
    pool = parts_of(starts)
    outcomes: Counter = Counter()
    slowest, started = (0.0, ""), time.perf_counter()
    for _ in range(options.cases):
        how = rng.choice(list(CHANGES))
        text = CHANGES[how](copy.deepcopy(rng.choice(starts)), rng, pool)
        before = time.process_time()
        outcomes[how, outcome(text)] += 1
        slowest = max(slowest, (time.process_time() - before, text))
    report(outcomes, slowest, time.perf_counter() - started)
    failed = any(result == "FAILED" for _, result in outcomes)
    return int(failed or slowest[0] > MAX_SECONDS)


def start_documents() -> list[dict]:
    files = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "recipes").glob("*.json"))]
    good = [*files, *({"nnbuild": 1, **row} for row in GOOD.values())]
    bad = [{"nnbuild": 1, **row[0]} for row in BAD.values() if len(json.dumps(row[0])) < 3000]
    return [*good * (len(bad) // len(good)), *bad]  # equal numbers of both


def parts_of(documents: list[dict]) -> list:
    """Return values for replacements: every part of every document, and unusual values."""
    different = {json.dumps(document): document for document in documents}.values()
    parts = [at(document, path) for document in different for path in places(document)]
    keys = [key for part in parts if isinstance(part, dict) for key in part]
    return [*parts, *keys, *NUMBERS * 30, *EXPRESSIONS * 30, *EMPTY * 30]


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Return the path of every part of a JSON value, without the value itself."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inside for found in [(*path, key), *places(item, (*path, key))]]


def at(value, path: tuple):
    for part in path:
        value = value[part]
    return value


def character(document: dict, rng: random.Random, pool: list) -> str:
    text = json.dumps(document, indent=rng.choice([None, 2]))
    start = rng.randrange(len(text))
    added = "".join(rng.choices(CHARACTERS, k=rng.choice([0, 1, 1, 2])))
    return text[:start] + added + text[start + rng.choice([0, 1, 1, 5]) :]


def values(document: dict, rng: random.Random, pool: list) -> str:
    for _ in range(rng.choice([1, 1, 2, 5])):
        change(document, rng, pool)
    return json.dumps(document)


def change(document: dict, rng: random.Random, pool: list) -> None:
    """Replace, remove, repeat, wrap or rename one value."""
    paths = places(document)
    if not paths:
        return
    path = rng.choice(paths)
    around, key = at(document, path[:-1]), path[-1]
    how = rng.choice(["replace", "replace", "remove", "again", "wrap", "key"])
    if how == "replace":
        around[key] = copy.deepcopy(rng.choice(pool))
    elif how == "remove":
        del around[key]
    elif how == "wrap":
        around[key] = rng.choice([[around[key]], {"type": around[key]}, {"layers": around[key]}, [around[key]] * 3])
    elif isinstance(around, list):
        around.insert(key, copy.deepcopy(around[key]))
    else:
        name = rng.choice([part for part in pool if isinstance(part, str)])
        around[name] = around.pop(key) if how == "key" else copy.deepcopy(around[key])


def anything(document: dict, rng: random.Random, pool: list) -> str:
    def value(depth: int) -> object:
        kind = rng.random()
        if depth == 0 or kind < 0.4:
            return copy.deepcopy(rng.choice(pool))
        if kind < 0.7:
            return [value(depth - 1) for _ in range(rng.randrange(4))]
        return {str(rng.choice(pool))[:30]: value(depth - 1) for _ in range(rng.randrange(4))}

    return json.dumps({key: value(4) for key in ["nnbuild", *rng.sample(list(document), len(document) // 2), "layers"]})


def outcome(text: str) -> str:
    """Return the result of reading a text. Print the text if it fails."""
    try:
        return read(text)
    except Exception:
        print(f"{traceback.format_exc()}\n{text[:3000]}\n")
        return "FAILED"


def read(text: str) -> str:
    try:
        recipe = Recipe.from_json(text)
    except RecipeError as error:
        return "problems" if str(error) else "FAILED"
    written = recipe.to_json(indent=None)
    assert written == json.dumps(json.loads(text), ensure_ascii=False), "values or their order changed"
    assert Recipe.from_json(written) == recipe, "not equal when read again"
    assert len(recipe.network.nodes) <= 10_000, "too many nodes"
    assert all(problem.path[0] == "search" and str(problem) for problem in recipe.search_problems())
    return "recipe"


def report(outcomes: Counter, slowest: tuple[float, str], elapsed_s: float) -> None:
    for (how, result), count in sorted(outcomes.items()):
        print(f"{how:12} {result:10} {count:8}")
    total = sum(outcomes.values())
    print(f"{total} cases in {elapsed_s:.0f} s, {1000 * elapsed_s / total:.2f} ms each")
    print(f"slowest: {slowest[0]:.2f} s, {len(slowest[1])} characters: {slowest[1][:300]}")


CHANGES = {"character": character, "values": values, "anything": anything}

if __name__ == "__main__":
    sys.exit(main())
