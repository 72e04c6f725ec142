"""Change values in golden model files. Each changed file must be rejected, or load and predict.

    python tools/fuzz_model_files.py --cases 10000

Prints each failure with its change; the exit status is then 1. Also prints files that `model_info` reads but `load`
rejects, because some errors are found only by Keras.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from model_changes import FAILED, PREDICTED, REFUSED, Subject  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="name of one golden file")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    files = sorted((ROOT / "tests" / "golden").glob(f"*/{options.model or '*'}.nnb"))
    subjects = [Subject(path) for path in files if path.with_suffix(".json").exists()]
    outcomes: Counter = Counter()
    seen: Counter = Counter()
    slowest, started = (0.0, ""), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.cases):
            subject = rng.choice(subjects)
            # choose a member first; most values are in the network
            member = rng.choice(list(subject.members))
            change = rng.choice([change for change in subject.changes if change.member == member] or subject.changes)
            before = time.process_time()
            outcome, facts, message = subject.outcome(change, Path(folder) / "m.nnb")
            slowest = max(slowest, (time.process_time() - before, f"{subject.name} {change}"))
            outcomes[outcome, facts] += 1
            if outcome == FAILED or (outcome, facts) == (REFUSED, PREDICTED):
                line = f"{outcome} {message.partition('m.nnb: ')[2] or message}"
                seen[line[:60]] += 1
                if seen[line[:60]] <= 3:
                    print(f"{subject.name} {str(change)[:300]}\n    {line[:500]}", flush=True)
    print(dict(outcomes), f"slowest {slowest[0]:.1f} s {slowest[1][:200]}", f"{time.perf_counter() - started:.0f} s")
    return int(any(outcome == FAILED for outcome, _ in outcomes))


if __name__ == "__main__":
    sys.exit(main())
