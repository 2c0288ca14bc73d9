"""Measures capbind against what one would otherwise use, all in one go.

    python benches/peers/run.py --build

Runs every program several times in turn, compares their answers, prints the
tables and writes them to benches/RESULTS.md. Nothing is installed or built
unasked: what is missing is named. benches/README.md says what the figures mean.
"""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BASE = HERE / "base.toml"
REQUIREMENTS = HERE / "requirements.txt"
# The program as a newcomer builds it; what is compared inside a program, fully optimised.
BUILDS = (
    "cargo build --release --bin capbind",
    "cargo build --profile bench --features force-instruction-set"
    " --example peer_capbind --example peer_naive",
)
THREADS = (1, 2)
MONTHS = 56
REPLICATES = 16
# Per replicate, of the run that the program without an error is held against.
REFERENCE_POINTS = 1 << 20
# Seeds over which the standard error of a small quasi-random run is averaged:
# one run with 16 replicates knows its own only to 18 %.
SEEDS = 32
# Timed runs inside one process where a run is short; their median counts.
RUNS = 8
# Two answers this many standard errors apart are not answers to one question.
TOLERANCE = 4.0
# Load above which times are not to be relied on.
QUIET = 0.5

# Questions asked of one set of paths.
CONTRACTS = 10_000

PAID_TARGET = 1e-5
PROBABILITY_TARGET = 1e-4
# Of smooth estimates, beside the one above.
SMOOTH_TARGET = 1e-6
# Standard error of the median date, in days.
DATE_TARGET = 0.01

Result = dict[str, Any]


@dataclass
class Program:
    """A program with a number of threads, and what each repetition returned."""

    name: str
    threads: int
    run: Callable[[int], Result]
    results: list[Result] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.name}, {self.threads} thread{'s' * (self.threads > 1)}"

    @property
    def seconds(self) -> float:
        return median(result["seconds"] for result in self.results)

    @property
    def paths(self) -> int:
        return self.results[0]["paths"]

    @property
    def nanoseconds(self) -> float:
        """Per path-month and core."""
        path_months = self.paths * self.results[0]["months"]
        return 1e9 * self.seconds * self.threads / path_months

    def estimate(self, key: str) -> tuple[float, float] | None:
        """Mean over the repetitions, and the standard error of one of them."""
        errors = [result[error_key(key)] for result in self.results]
        if None in errors:
            return None
        means = [result[key] for result in self.results]
        mean_square = sum(error**2 for error in errors) / len(errors)
        return sum(means) / len(means), math.sqrt(mean_square)

    def by_month(self, key: str) -> list[float]:
        """Means over the repetitions; nothing where the program has none."""
        rows = [result.get(key, []) for result in self.results]
        return [sum(column) / len(column) for column in zip(*rows, strict=True)]


def error_key(key: str) -> str:
    return {"mean": "std_error", "probability": "probability_std_error"}[key]


def both_by_month(a: Program, b: Program, key: str) -> Iterator[tuple[float, float]]:
    yield from zip(a.by_month(key), b.by_month(key), strict=False)


class Binaries:
    """The compiled programs and how they are called."""

    def __init__(self) -> None:
        metadata = subprocess.run(
            ["cargo", "metadata", "--format-version=1", "--no-deps"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        release = Path(json.loads(metadata.stdout)["target_directory"]) / "release"
        self.capbind = release / "capbind"
        self.engine = release / "examples" / "peer_capbind"
        self.naive = release / "examples" / "peer_naive"

    def missing(self) -> bool:
        return not all(p.exists() for p in (self.capbind, self.engine, self.naive))


def one_line(command: Sequence[object]) -> Result:
    """The JSON a program prints."""
    done = subprocess.run(
        [str(part) for part in command], check=True, capture_output=True
    )
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Size:
    """Paths of a run of capbind."""

    points: int
    replicates: int = REPLICATES

    @property
    def paths(self) -> int:
        return self.points * self.replicates


def whole_process(
    binary: Path, sampler: str, size: Size, threads: int, seed: int
) -> Result:
    """`capbind run` from its start to its exit, its result files included."""
    with tempfile.TemporaryDirectory() as folder:
        command: list[object] = [
            binary,
            "run",
            BASE,
            "--no-charts",
            "--json",
            "--out",
            f"{folder}/out",
        ]
        command += ["--threads", threads, "--seed", seed]
        command += ["--set", f"simulation.points={size.points}"]
        command += ["--set", f"simulation.replicates={size.replicates}"]
        command += ["--set", f'simulation.sampler="{sampler}"']
        start = time.perf_counter()
        summary = one_line(command)
        seconds = time.perf_counter() - start
    paid = summary["quantities"]["total_paid"]
    probability = summary["quantities"]["binding_probability"]
    return {
        "paths": summary["paths"],
        "months": MONTHS,
        "seconds": seconds,
        "mean": paid["mean"],
        "std_error": paid["std_error"],
        "probability": probability["mean"],
        "probability_std_error": probability["std_error"],
    }


def engine(
    binary: Path,
    sampler: str,
    size: Size,
    threads: int,
    seed: int,
    *,
    runs: int = 1,
    everything: bool = True,
    smooth: bool = False,
) -> Result:
    """The engine alone, inside a program that is already running."""
    command: list[object] = [binary, "--sampler", sampler, "--points", size.points]
    command += ["--replicates", size.replicates, "--threads", threads]
    command += [] if everything else ["--totals"]
    command += ["--smooth"] if smooth else []
    return one_line([*command, "--seed", seed, "--runs", runs])


def name_of(sampler: str, everything: bool) -> str:
    return f"capbind, {'everything' if everything else 'same outputs'}, {sampler}"


def capbind_programs(
    binaries: Binaries, sampler: str, size: Size, runs: int = 1
) -> Iterator[Program]:
    for everything in (False, True):
        for threads in THREADS:
            run = partial(
                engine,
                binaries.engine,
                sampler,
                size,
                threads,
                runs=runs,
                everything=everything,
            )
            yield Program(name_of(sampler, everything), threads, run)
    for threads in THREADS:
        run = partial(whole_process, binaries.capbind, sampler, size, threads)
        yield Program(f"`capbind run`, {sampler}", threads, run)


def programs(binaries: Binaries, paths: int) -> Iterator[Program]:
    """Everything that is compared on the whole job."""
    power = 1 << round(math.log2(paths / REPLICATES))
    for sampler, points in (("sobol", power), ("random", paths // REPLICATES)):
        yield from capbind_programs(binaries, sampler, Size(points), RUNS)

    def peer(command: Sequence[object], threads: int) -> Callable[[int], Result]:
        arguments = [*command, "--paths", paths, "--threads", threads]
        return lambda seed: one_line([*arguments, "--seed", seed])

    for name, command in (
        ("naive Rust", [binaries.naive]),
        ("numpy", [sys.executable, HERE / "numpy_peer.py"]),
        ("numba", [sys.executable, HERE / "numba_peer.py"]),
        (
            "numba, numpy's generators",
            [sys.executable, HERE / "numba_peer.py", "--generator"],
        ),
    ):
        for threads in THREADS:
            yield Program(name, threads, peer(command, threads))
    quantlib = [sys.executable, HERE / "quantlib_peer.py", "--engine"]
    yield Program("QuantLib", 1, peer([*quantlib, "plain"], 1))
    yield Program("QuantLib, control variate", 1, peer([*quantlib, "control"], 1))
    yield Program("QuantLib, Sobol", 1, peer([*quantlib, "sobol"], 1))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def disagreements(compared: list[Program], reference: Result) -> tuple[int, list[str]]:
    """How many pairs of numbers were compared, and those too far apart.

    Means and probabilities over all repetitions; by month, where the quasi-random
    estimates are given the error of as many independent paths.
    """
    count = 0
    apart = []

    def check(what: str, difference: float, std_error: float) -> None:
        nonlocal count
        count += 1
        if abs(difference) > TOLERANCE * std_error:
            apart.append(f"{what}: {abs(difference) / std_error:.1f} standard errors")

    for a, b in combinations(compared, 2):
        pair = f"{a.label} / {b.label}"
        for key in ("mean", "probability"):
            x, y = a.estimate(key), b.estimate(key)
            if x and y:
                error = math.hypot(
                    x[1] / math.sqrt(len(a.results)), y[1] / math.sqrt(len(b.results))
                )
                check(f"{pair}, {key}", x[0] - y[0], error)
        per_path = 1 / (a.paths * len(a.results)) + 1 / (b.paths * len(b.results))
        fewest = min(a.paths, b.paths)
        for k, (p, q) in enumerate(both_by_month(a, b, "probability_by_month")):
            mid = (p + q) / 2
            # Below this the number of paths that bind is far from normal.
            if min(mid, 1 - mid) * fewest >= 20:
                error = math.sqrt(mid * (1 - mid) * per_path)
                check(f"{pair}, probability by month {k + 1}", p - q, error)
        deviations = reference["payment_std_dev_by_month"]
        for k, (p, q) in enumerate(both_by_month(a, b, "payment_by_month")):
            error = deviations[k] * math.sqrt(per_path)
            check(f"{pair}, payment in month {k + 1}", p - q, error)
    return count, apart


def time_text(seconds: float) -> str:
    for limit, factor, unit in (
        (1e-3, 1e6, "µs"),
        (1, 1e3, "ms"),
        (600, 1, "s"),
        (36_000, 1 / 60, "min"),
    ):
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds / 3600:.3g} h"


def ratio_text(ratio: float) -> str:
    if ratio >= 1000:
        digits = 2 - math.floor(math.log10(ratio))
        return f"{round(ratio, digits):,.0f}"
    return f"{ratio:.3g}"


def table(header: list[str], rows: list[list[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])


def cost_table(all_programs: list[Program]) -> str:
    name = name_of("random", everything=False)
    capbind = {p.threads: p for p in all_programs if p.name == name}
    most = capbind[max(THREADS)]
    rows = [
        [
            p.name,
            str(p.threads),
            f"{p.paths:,}",
            time_text(p.seconds),
            f"{p.nanoseconds:.2f}",
            ratio_text(p.nanoseconds / capbind[p.threads].nanoseconds),
            ratio_text(p.seconds / p.paths / (most.seconds / most.paths)),
        ]
        for p in all_programs
    ]
    header = ["program", "threads", "paths", "time", "ns per path-month per core"]
    header += ["× capbind, as many threads", f"× capbind, {most.threads} threads"]
    return table(header, rows)


def precision_tables(
    binaries: Binaries, all_programs: list[Program], repetitions: int
) -> Iterator[str]:
    for key, title, relative, target in (
        ("mean", "expected total paid, relative standard error", True, PAID_TARGET),
        (
            "probability",
            "binding probability, standard error",
            False,
            PROBABILITY_TARGET,
        ),
    ):
        title = f"{title} {target:g}"
        say(title)

        def error(result: Result, key=key, relative=relative) -> float:
            scale = result[key] if relative else 1.0
            return result[error_key(key)] / scale

        yield f"### {title[0].upper()}{title[1:]}\n\n" + precision_table(
            binaries, all_programs, repetitions, key, error, target
        )


def precision_table(
    binaries: Binaries,
    all_programs: list[Program],
    repetitions: int,
    key: str,
    error: Callable[[Result], float],
    target: float,
) -> str:
    size, reached = smallest(binaries, error, target)
    measured = list(capbind_programs(binaries, "sobol", size, RUNS))
    name = name_of("sobol", everything=False)
    engines = {p.threads: p for p in measured if p.name == name}
    most = engines[max(THREADS)]
    for repetition in range(repetitions):
        for program in measured:
            program.results.append(program.run(1 + repetition * RUNS))

    rows = []

    def add(program: Program, reached: float, paths: float, seconds: float, how: str):
        ratio = seconds / engines[program.threads].seconds
        rows.append(
            [
                program.name,
                str(program.threads),
                f"{reached:.2g}",
                f"{paths:,}" if how == "measured" else f"{paths:.3g}",
                how,
                time_text(seconds),
                ratio_text(ratio),
                ratio_text(seconds / most.seconds),
            ]
        )

    for program in measured:
        add(program, reached, program.paths, program.seconds, "measured")
    for program in all_programs:
        is_scaled = "run`" not in program.name and "sobol" not in program.name
        estimate = program.estimate(key)
        if is_scaled and estimate:
            mean, std_error = estimate
            one_run = error({key: mean, error_key(key): std_error})
            factor = (one_run / target) ** 2
            add(
                program,
                one_run,
                program.paths * factor,
                program.seconds * factor,
                "scaled",
            )
    header = ["program", "threads", "error of the measured run", "paths needed"]
    header += ["time is", "time", "× capbind, as many threads"]
    return table([*header, f"× capbind, {most.threads} threads"], rows)


def smooth_table(binaries: Binaries) -> str:
    """Smooth estimates against counted ones of the same engine, on one thread."""

    def measured(size: Size, *, smooth: bool, sampler: str = "sobol") -> Result:
        return engine(
            binaries.engine,
            sampler,
            size,
            1,
            1,
            runs=RUNS,
            everything=False,
            smooth=smooth,
        )

    def error(result: Result) -> float:
        return result["counted_probability_std_error"]

    # How the counted error falls, for the targets that nobody would wait for.
    small, large = (measured(Size(n), smooth=False) for n in (8192, REFERENCE_POINTS))
    # Runs of Sobol points take lines too, those of pseudo-random ones count alone.
    paths = measured(Size(65536), smooth=False, sampler="random")
    of_a_path = paths["seconds"] / paths["paths"]
    power = math.log(error(small) / error(large)) / math.log(
        large["paths"] / small["paths"]
    )
    rows = []
    for name, key, target in (
        ("binding probability", "probability_std_error", PROBABILITY_TARGET),
        ("binding probability", "probability_std_error", SMOOTH_TARGET),
        ("median binding date, days", "median_days_std_error", DATE_TARGET),
    ):
        size, reached = smallest(
            binaries, lambda r, key=key: r[key], target, smooth=True
        )
        own, counted = measured(size, smooth=True)["seconds_of_days"], ("–", "–")
        if key == "probability_std_error":
            own = measured(size, smooth=True)["seconds"]
            factor = (error(large) / target) ** (1 / power)
            seconds = of_a_path * large["paths"] * factor
            counted = time_text(seconds), ratio_text(seconds / own)
        rows.append(
            [
                name,
                f"{target:g}",
                f"{size.replicates} × {size.points:,}",
                f"{reached:.2g}",
                time_text(own),
                *counted,
            ]
        )
    header = ["standard error of", "target", "points", "error", "smooth"]
    header += ["counted, scaled", "ratio"]
    lines = measured(Size(4096), smooth=True)
    of_a_path *= lines["paths"]
    ratio = lines["seconds"] / of_a_path
    of_days = lines["seconds_of_days"] / of_a_path
    cost = (
        f"A line takes {ratio_text(ratio)} times as long as a path, both for the totals"
        f" alone (16 × 4,096 lines, pseudo-random paths); with every period and day {ratio_text(of_days)}"
        f" times. Counted errors fall as paths to the power"
        f" −{power:.2f} between {small['paths']:,} and {large['paths']:,}."
    )
    return f"{table(header, rows)}\n\n{cost}"


def smallest(
    binaries: Binaries,
    error: Callable[[Result], float],
    target: float,
    *,
    smooth: bool = False,
) -> tuple[Size, float]:
    """The fewest paths that meet the target, and the error they reach: a power of two
    in each replicate, and no fewer replicates than usual."""

    def reached(size: Size) -> float:
        most = max(THREADS)
        return error(
            engine(
                binaries.engine,
                "sobol",
                size,
                most,
                1,
                runs=SEEDS,
                everything=False,
                smooth=smooth,
            )
        )

    best = None
    points = 16
    while best is None or points * REPLICATES <= best.paths:
        # The error falls as the root of the number of replicates.
        needed = REPLICATES * (reached(Size(points)) / target) ** 2
        size = Size(points, max(math.ceil(needed), REPLICATES))
        if best is None or size.paths < best.paths:
            best = size
        points *= 2
    while (error_there := reached(best)) > target:
        best = Size(best.points, best.replicates + 1)
    return best, error_there


def other_figures(
    binaries: Binaries, all_programs: list[Program], reference: Result, repetitions: int
) -> str:
    lines = []
    for sampler in ("sobol", "random"):
        for everything in (False, True):
            name = name_of(sampler, everything)
            one, two = (p for p in all_programs if p.name == name)
            speedup = one.seconds / two.seconds
            lines.append(f"- Two threads, {name}: {speedup:.2f} × one thread.")
    for threads in THREADS:
        size = Size(4096)
        runs = [
            engine(binaries.engine, "sobol", size, threads, 1, runs=RUNS)["seconds"]
            for _ in range(repetitions)
        ]
        lines.append(
            f"- Everything at 16 × 4,096 Sobol points, {threads} "
            f"thread{'s' * (threads > 1)}: {time_text(median(runs))}."
        )
    for threads in THREADS:
        command = [binaries.engine, "--contracts", CONTRACTS, "--threads", threads]
        seconds = one_line([*command, "--runs", RUNS])["seconds"]
        name = name_of("sobol", everything=True)
        run = next(p for p in all_programs if (p.name, p.threads) == (name, threads))
        lines.append(
            f"- {CONTRACTS:,} contracts (share, cap, expiry) on one set of {run.paths:,} "
            f"paths, {threads} thread{'s' * (threads > 1)}: {time_text(seconds)}, "
            f"{seconds / run.seconds:.2f} × {name}."
        )
    # One number of points may hit the answer by chance: several tell the usual error.
    sobol = next(p for p in all_programs if p.name == "QuantLib, Sobol")
    counts = [sobol.paths * (20 - i) // 20 for i in range(repetitions)]
    quantlib = [sys.executable, HERE / "quantlib_peer.py", "--engine", "sobol"]
    means = [one_line([*quantlib, "--paths", count])["mean"] for count in counts]
    squares = [(mean / reference["mean"] - 1) ** 2 for mean in means]
    distance = math.sqrt(sum(squares) / len(squares))
    lines.append(
        f"- QuantLib's Sobol points are not randomised and give no standard error. With "
        f"{min(counts):,} to {max(counts):,} points its expected total paid is "
        f"{distance:.1e} (relative, root mean square over {len(counts)} runs) from "
        f"capbind's with {reference['paths']:,} paths "
        f"(relative standard error {reference['std_error'] / reference['mean']:.0e})."
    )
    return "\n".join(lines)


def command_output(*command: str) -> str:
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip()


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    except OSError:
        return platform.processor() or platform.machine()

    def value(key: str) -> str:
        found = re.search(rf"^{key}\s*: (.*)$", text, re.MULTILINE)
        return found[1] if found else "?"

    flags = value("flags").split()
    sets = {"avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512"}
    present = ", ".join(name for flag, name in sets.items() if flag in flags)
    family = f"family {value('cpu family')}, model {value('model')}"
    return f"{value('model name')} ({family}; {present})"


def machine(load: float | None) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in requirements())
    changed = command_output("git", "status", "--porcelain", "--", "src", "Cargo.lock")
    commit = command_output("git", "rev-parse", "--short", "HEAD") or "unknown"
    facts = {
        "Processor": processor(),
        "Cores": str(os.cpu_count()),
        "System": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Compiler": command_output("rustc", "--version"),
        "Python": f"{platform.python_version()}, {packages}",
        "capbind": commit + (" with changes" if changed else ""),
        "Date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "Load before": "unknown" if load is None else f"{load:.2f}",
    }
    return "\n".join(f"- {key}: {value}" for key, value in facts.items())


def requirements() -> list[tuple[str, str]]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return [(name, version) for name, version in pins]


def needs(binaries: Binaries) -> list[str]:
    """What is missing, each with the command that gets it."""
    wrong = []
    for name, version in requirements():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found != version:
            wrong.append(f"{name} {version} ({found or 'none'} installed)")
    needed = []
    if wrong:
        install = f"pip install -r {REQUIREMENTS.relative_to(ROOT)}"
        needed.append(f"needs {', '.join(wrong)}: {install}")
    if binaries.missing():
        needed.append(f"needs the compiled programs: {'; '.join(BUILDS)}, or --build")
    return needed


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", action="store_true", help=f"first {'; '.join(BUILDS)}")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--paths", type=int, default=1_000_000)
    parser.add_argument(
        "--output",
        type=Path,
        default=ROOT / "benches" / "RESULTS.md",
        help="where the tables go [default: benches/RESULTS.md]",
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    # Before the build: its own load disturbs nothing once it has ended.
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    busy = load is not None and load > QUIET
    if busy:
        say(f"warning: load {load:.2f}; other programs are running")
    if options.build:
        for build in BUILDS:
            say(build)
            subprocess.run(build.split(), cwd=ROOT, check=True)
    binaries = Binaries()
    if needed := needs(binaries):
        sys.exit("\n".join(needed))

    all_programs = list(programs(binaries, options.paths))
    for repetition in range(options.repetitions):
        for program in all_programs:
            # No seed twice: capbind takes as many as it makes runs.
            result = program.run(1 + repetition * RUNS)
            program.results.append(result)
            say(f"{repetition + 1}: {program.label}: {time_text(result['seconds'])}")
    reference = engine(
        binaries.engine, "sobol", Size(REFERENCE_POINTS), max(THREADS), 0
    )
    count, apart = disagreements(all_programs, reference)
    precision = list(precision_tables(binaries, all_programs, options.repetitions))
    smooth = smooth_table(binaries)
    others = other_figures(binaries, all_programs, reference, options.repetitions)

    command = "python benches/peers/run.py"
    changed = [
        f" --{name} {value}"
        for name, value, default in (
            ("repetitions", options.repetitions, 5),
            ("paths", options.paths, 1_000_000),
        )
        if value != default
    ]
    verdict = (
        f"{count:,} pairs of answers (expected total paid, binding probability, "
        f"probability and payment by month) compared; {len(apart)} further apart "
        f"than {TOLERANCE:g} standard errors."
    )
    verdict = "\n".join([verdict, *(f"- {line}" for line in apart)])
    warning = "**Taken while other programs were running: times not to be quoted.**"
    text = f"""\
<!-- Generated by `{command}{"".join(changed)}`; do not edit. -->
# capbind and its peers on the base job

What each figure means and what is unfair about it: [README.md](README.md).
Medians of {options.repetitions} interleaved runs.
{chr(10) + warning + chr(10) if busy else ""}
## Machine

{machine(load)}

## Cost of a path

{cost_table(all_programs)}

## Time to a given standard error

*scaled*: the measured time times the square of (measured error / wanted error).
*measured*: run with the fewest paths, a power of two in each of {REPLICATES} or more replicates,
whose error (root mean square over {SEEDS} seeds) meets the target.

{precision[0]}

{precision[1]}

## Smooth estimates

capbind against itself, on one thread: the first coordinate of every point integrated
(`simulate::smooth_totals`, for dates `simulate::smooth`), against the same points
counted.

{smooth}

## Other figures

{others}

## Agreement

{verdict}
"""
    options.output.write_text(text, encoding="utf-8")
    print(text)
    if apart:
        sys.exit("the programs do not agree")


if __name__ == "__main__":
    main()
