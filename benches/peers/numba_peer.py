"""The base job as a plain loop compiled by numba, parallel over batches of paths.

The usual form draws from numba's global generator inside `prange`. `--generator`
draws from numpy's generators instead, which are several times faster but cannot
be made inside `prange`, so that threads are started by hand.
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

import job as peers
from job import Job, Tally

BATCH = 5_000


@numba.njit
def global_normal(_):
    return np.random.standard_normal()


@numba.njit
def generator_normal(rng):
    return rng.standard_normal()


@numba.njit(nogil=True, fastmath=True)
def simulate_batch(normal, rng, paths, months, first_accrual, drift, deviation, cap):
    total = 0.0
    total_squared = 0.0
    paid_by_month = np.zeros(months)
    bound_by_month = np.zeros(months, np.int64)
    for _ in range(paths):
        log_growth = 0.0
        paid = 0.0
        for k in range(months):
            log_growth += drift + deviation * normal(rng)
            accrued = first_accrual * math.exp(log_growth)
            paid = min(paid + accrued, cap)
            paid_by_month[k] += paid
            bound_by_month[k] += paid >= cap
        total += paid
        total_squared += paid * paid
    return total, total_squared, paid_by_month, bound_by_month


@numba.njit(parallel=True, fastmath=True)
def simulate_prange(
    paths, seed, months, first_accrual, drift, deviation, cap
) -> tuple[float, float, np.ndarray, np.ndarray]:
    batches = (paths + BATCH - 1) // BATCH
    totals = np.zeros(batches)
    totals_squared = np.zeros(batches)
    paid = np.zeros((batches, months))
    bound = np.zeros((batches, months), np.int64)
    for b in numba.prange(batches):
        np.random.seed(seed * 1_000_003 + b)
        totals[b], totals_squared[b], paid[b], bound[b] = simulate_batch(
            global_normal,
            None,
            min(BATCH, paths - b * BATCH),
            months,
            first_accrual,
            drift,
            deviation,
            cap,
        )
    return totals.sum(), totals_squared.sum(), paid.sum(axis=0), bound.sum(axis=0)


def simulate_threads(
    paths: int, seed: int, threads: int, terms: tuple
) -> tuple[float, float, np.ndarray, np.ndarray]:
    counts = [min(BATCH, paths - first) for first in range(0, paths, BATCH)]
    seeds = np.random.SeedSequence(seed).spawn(len(counts))

    def run(seeds: np.random.SeedSequence, count: int):
        rng = np.random.default_rng(seeds)
        return simulate_batch(generator_normal, rng, count, *terms)

    with ThreadPoolExecutor(threads) as pool:
        batches = list(pool.map(run, seeds, counts))
    totals, totals_squared, paid, bound = zip(*batches, strict=True)
    return sum(totals), sum(totals_squared), np.sum(paid, axis=0), np.sum(bound, axis=0)


def simulate(job: Job, paths: int, threads: int, seed: int, generator: bool) -> Tally:
    first_accrual = job.share * job.first_revenue
    terms = (job.months, first_accrual, job.drift, job.deviation, job.cap)
    if generator:
        return Tally(*simulate_threads(paths, seed, threads, terms))
    return Tally(*simulate_prange(paths, seed, *terms))


def main() -> None:
    parser = peers.parser(__doc__)
    parser.add_argument("--generator", action="store_true")
    arguments = parser.parse_args()
    job = peers.base()
    numba.set_num_threads(arguments.threads)

    # The first call compiles; that time is left out.
    simulate(job, 10 * BATCH, arguments.threads, 0, arguments.generator)
    start = time.perf_counter()
    tally = simulate(
        job, arguments.paths, arguments.threads, arguments.seed, arguments.generator
    )
    seconds = time.perf_counter() - start
    name = "numba, numpy's generators" if arguments.generator else "numba"
    peers.report(name, job, arguments, seconds, tally)


if __name__ == "__main__":
    main()
