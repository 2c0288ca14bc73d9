"""The base job, the arguments and the JSON line that all Python peers share."""

import argparse
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BASE = Path(__file__).with_name("base.toml")


@dataclass(frozen=True)
class Job:
    months: int
    first_revenue: float
    growth: float
    volatility: float
    share: float
    cap: float

    @property
    def drift(self) -> float:
        """Expected growth of log revenue in a month."""
        return (math.log1p(self.growth) - 0.5 * self.volatility**2) / 12

    @property
    def deviation(self) -> float:
        """Standard deviation of log revenue in a month."""
        return self.volatility / math.sqrt(12)


def base() -> Job:
    table = tomllib.loads(BASE.read_text(encoding="utf-8"))
    start, end = table["timeline"]["start"], table["timeline"]["end"]
    gbm = table["revenue"]["gbm"]
    return Job(
        months=12 * (end.year - start.year) + end.month - start.month + 1,
        first_revenue=gbm["initial"] / 12,
        growth=gbm["growth"],
        volatility=gbm["volatility"],
        share=table["agreement"]["share"],
        cap=table["agreement"]["cap"],
    )


@dataclass
class Tally:
    """Sums over paths; by month: paid so far, and how many have reached the cap."""

    total: float
    total_squared: float
    paid: np.ndarray
    bound: np.ndarray


def parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--paths", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def report(
    name: str, job: Job, arguments: argparse.Namespace, seconds: float, tally: Tally
) -> None:
    n = arguments.paths
    mean = tally.total / n
    variance = (tally.total_squared / n - mean**2) * n / (n - 1)
    probability = tally.bound / n
    expiry = float(probability[-1])
    line = {
        "name": name,
        "paths": n,
        "months": job.months,
        "threads": arguments.threads,
        "seconds": seconds,
        "mean": mean,
        "std_error": math.sqrt(variance / n),
        "probability": expiry,
        "probability_std_error": math.sqrt(expiry * (1 - expiry) / n),
        "probability_by_month": probability.tolist(),
        "payment_by_month": np.diff(tally.paid / n, prepend=0.0).tolist(),
    }
    print(json.dumps(line))
