"""Measures what contracts and studies cost beside a flat share, all in one go.

    python benches/contracts.py

Writes benches/CONTRACTS.md. Processor time is counted, which other programs disturb less
than the clock; benches/README.md says what the figures mean. Builds nothing.
"""

import argparse
import csv
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parent / "peers"))
from run import BUILD, ROOT, Binaries, command_output, one_line, processor, table

THREADS = 2
RUNS = 5
# A run with so few paths is what does not grow with them.
FEW = 1024
FLAT = "openai-microsoft"
MIXTURE = "openai-microsoft-cases"
# A mixture is several runs, a list of deals another command, and what has a few paths
# measures its start alone.
LEFT_OUT = {FLAT, MIXTURE, "portfolio-royalties", "worked-example"}
SCENARIOS = (
    FLAT,
    *sorted(
        path.stem
        for path in (ROOT / "scenarios").glob("*.toml")
        if path.stem not in LEFT_OUT
    ),
)
# Clauses that change nothing on any path.
WITHOUT_EFFECT = (
    "agreement.annual_minimum=0",
    "agreement.threshold=0",
    "agreement.milestone=[{ reaches = 10, amount = 0 }]",
    "agreement.step_up=[{ year = 2027, revenue_below = 50, adds = 0 }]",
    "agreement.share={ by_annual_revenue = [{ rate = 0.2 }, { above = 10, rate = 0.2 }] }",
    "agreement.deferral={ fraction = 0, months = 12 }",
    'agreement.event={ name = "over", hazard = 0 }',
    "agreement.default={ hazard = 0, recovery = 0.4 }",
)
# Of two like runs in turns, a few tell apart what is a twentieth.
TURNS = 9
CASES = "royalty-time-tiered-cap"
# 200 values of a term of a contract under clauses.
SHARES = "agreement.share=0.02:0.0399:0.0001"
SHARE = ["--for", "agreement.share", "--so-that", "total_paid=250"]
# Each is held against the run before it.
STUDIES = (
    (f"run of {FLAT}", ["run", FLAT]),
    ("mixture of four such runs", ["run", MIXTURE]),
    ("sweep of 200 caps", ["sweep", FLAT, "--vary", "agreement.cap=20:39.9:0.1"]),
    (f"run of {CASES}", ["run", CASES]),
    ("sweep of 200 shares", ["sweep", CASES, "--vary", SHARES]),
    ("sensitivity", ["sensitivity", CASES]),
    ("solve for the share", ["solve", CASES, *SHARE]),
    ("compare with a tenth more", ["compare", CASES, "--variant", "agreement.share=0.033"]),
)


def spent() -> float:
    """Processor seconds of all programs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def instruction_set() -> str:
    return "AVX-512" if "AVX-512" in processor() else "AVX2"


def timed(
    program: Path, command: str, name: str, options: Sequence[object], out: Path
) -> tuple[float, float, str]:
    """Processor and elapsed seconds of a whole process, and what it prints."""
    arguments = [program, command, ROOT / "scenarios" / f"{name}.toml", *options]
    arguments += ["--threads", THREADS, "--out", out]
    arguments += [] if command == "solve" else ["--no-charts"]
    before, start = spent(), time.perf_counter()
    done = subprocess.run(
        [str(part) for part in arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return spent() - before, time.perf_counter() - start, done.stdout


def cost(program: Path, name: str, repetitions: int) -> tuple[int, int, int, float]:
    """Agreements, paths and periods of a scenario, and nanoseconds of one core for each."""
    seconds = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            few, *_ = timed(program, "run", name, ["-q", "--paths", FEW], out / "few")
            own, _, said = timed(program, "run", name, ["--json"], out / "all")
            paths = json.loads(said)["paths"]
            with (out / "all" / "periods.csv").open(encoding="utf-8") as file:
                rows = [(row["agreement"], row["period_start"]) for row in csv.DictReader(file)]
            seconds.append(own - few)
    agreements, periods = (len(set(column)) for column in zip(*rows, strict=True))
    return agreements, paths, periods, 1e9 * median(seconds) / (paths - FEW) / len(set(rows))


def contract_table(programs: Sequence[Path], repetitions: int) -> str:
    costs = {
        name: [cost(program, name, repetitions) for program in programs]
        for name in SCENARIOS
    }
    rows = []
    for name, (*before, (agreements, paths, periods, own)) in costs.items():
        cells = [name, str(agreements), f"{paths:,}", str(periods)]
        cells += [f"{old:.1f}" for *_, old in before]
        rows.append([*cells, f"{own:.1f}", f"{own / costs[FLAT][-1][-1]:.2f}"])
    header = ["scenario", "agreements", "paths", "periods"]
    header += ["ns before"] * (len(programs) - 1)
    return table([*header, "ns per path, period and agreement", "× flat share"], rows)


def held_table(engine: Path) -> str:
    """The same held to AVX2, inside a program that can be."""
    costs = {}
    for name in SCENARIOS:
        file = ROOT / "scenarios" / f"{name}.toml"
        command = [engine, "--scenario", file, "--runs", RUNS, "--threads", THREADS, "--avx2"]
        before = spent()
        result = one_line(command)
        items = result["paths"] * result["months"] * result["agreements"]
        costs[name] = 1e9 * (spent() - before) / RUNS / items
    rows = [
        [name, f"{own:.1f}", f"{own / costs[FLAT]:.2f}"] for name, own in costs.items()
    ]
    return table(["scenario", "ns per path, period and agreement", "× flat share"], rows)


def no_effect_table(program: Path) -> str:
    """Runs in turns without a clause, with each that changes nothing, and without once more."""
    again = "none, again"
    seconds: dict[str, list[float]] = {}
    for _ in range(TURNS):
        for clause in ("none", *WITHOUT_EFFECT, again):
            change = ["--set", clause] if clause in WITHOUT_EFFECT else []
            with tempfile.TemporaryDirectory() as folder:
                used, *_ = timed(program, "run", FLAT, [*change, "-q"], Path(folder) / "out")
            seconds.setdefault(clause, []).append(used)
    spent_in = {clause: median(all_turns) for clause, all_turns in seconds.items()}
    rows = [
        [f"`{clause}`" if clause in WITHOUT_EFFECT else clause, f"{own:.3f}"]
        + [f"{own / spent_in['none']:.3f}"]
        for clause, own in spent_in.items()
    ]
    return table(["clause", "processor s", "× without"], rows)


def study_table(program: Path, repetitions: int) -> str:
    """Processor and elapsed seconds of whole processes."""
    rows = []
    run = (1.0, 1.0)
    for label, (command, name, *options) in STUDIES:
        seconds: list[tuple[float, float]] = []
        for _ in range(repetitions):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                used, elapsed, _ = timed(program, command, name, [*options, "-q"], out)
                seconds.append((used, elapsed))
        used, elapsed = (median(column) for column in zip(*seconds, strict=True))
        if command == "run" and label.startswith("run of"):
            run = (used, elapsed)
        ratios = [f"{used / run[0]:.1f}", f"{elapsed / run[1]:.1f}"]
        rows.append([label, f"{used:.2f}", f"{elapsed:.2f}", *ratios])
    header = ["study", "processor s", "elapsed s"]
    return table([*header, "× run, processor", "× run, elapsed"], rows)


def main() -> None:
    binaries = Binaries()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=binaries.capbind)
    parser.add_argument("--before", type=Path, help="an earlier build, for a column")
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    before = [arguments.before.resolve()] if arguments.before else []
    repetitions = arguments.repetitions
    if not program.exists():
        sys.exit(f"needs the compiled programs: {BUILD}")
    load = os.getloadavg()[0]
    held = ""
    if instruction_set() == "AVX-512" and binaries.engine.exists():
        held = f"## The same held to AVX2\n\n{held_table(binaries.engine)}\n\n"
    text = f"""\
<!-- Generated by `python benches/contracts.py`; do not edit. -->
# What contracts and studies cost

What each figure means: [README.md](README.md). Medians of {repetitions}, {THREADS} threads.

- Processor: {processor()}
- Compiler: {command_output("rustc", "--version")}
- capbind: {command_output("git", "rev-parse", "--short", "HEAD")}
- Date: {datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")}
- Load before: {load:.2f}

## A run with every statistic, {instruction_set()}

{contract_table([*before, program], repetitions)}

{held}## Clauses without effect: whole runs of {FLAT}, in turns

{no_effect_table(program)}

## Studies: whole processes

{study_table(program, repetitions)}
"""
    (ROOT / "benches" / "CONTRACTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
