"""What the Python module costs: `python benches/python.py`, with the module installed.

Prints each figure with the bound it is held to; compares with the program where
`target/release/capbind` is built.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "target" / "release" / "capbind"
BASE = ROOT / "scenarios" / "openai-microsoft.toml"

INTERRUPTED = """
import time
import capbind
scenario = capbind.Scenario.shipped("openai-microsoft")
print("begun", flush=True)
try:
    capbind.run(scenario, paths=2**34)
except KeyboardInterrupt:
    print(time.time(), flush=True)
"""


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of some."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def process(*words: str) -> Callable[[], object]:
    """A command."""
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def interruption() -> float:
    """Seconds from the signal to the exception."""
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.5)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        return float(child.stdout.readline()) - sent


def main() -> None:
    """Measures."""
    import capbind
    import polars

    bare = seconds(process(sys.executable, "-c", "pass"), 11)
    with_it = seconds(process(sys.executable, "-c", "import capbind"), 11)
    print(f"import capbind: {1000 * (with_it - bare):.0f} ms (at most 50)")

    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, "own")
        ours = seconds(lambda: capbind.run(BASE).save(own), 5)
        print(f"run and save {BASE.stem}: {ours:.2f} s")
        if PROGRAM.exists():
            out = os.path.join(folder, "theirs")
            words = (str(PROGRAM), "run", str(BASE), "--quiet", "--out", out)
            theirs = seconds(process(*words), 5)
            print(f"  the program: {theirs:.2f} s, so {ours / theirs:.2f} of it (at most 1.1)")

    table = capbind.run(BASE, points=16384).path_table(16667)
    taken = seconds(lambda: polars.DataFrame(table), 11)
    print(f"{len(table):,} rows to polars: {1000 * taken:.2f} ms")

    if os.name == "posix":
        stopped = statistics.median(interruption() for _ in range(5))
        print(f"Ctrl-C to KeyboardInterrupt: {1000 * stopped:.0f} ms (at most 200)")


if __name__ == "__main__":
    main()
