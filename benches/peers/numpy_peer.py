"""The base job in vectorised numpy, as an analyst would write it.

Batches keep the arrays in the cache: one array of all paths is slower and takes
gigabytes. More threads than one work on batches side by side, because
numpy lets go of the interpreter lock inside its loops.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import job as peers
from job import Job, Tally

BATCH = 500


def batch(job: Job, seeds: np.random.SeedSequence, paths: int) -> Tally:
    rng = np.random.default_rng(seeds)
    shocks = rng.standard_normal((paths, job.months))
    log_growth = np.cumsum(job.drift + job.deviation * shocks, axis=1)
    accrued = job.share * job.first_revenue * np.exp(log_growth)
    uncapped = np.cumsum(accrued, axis=1)
    paid = np.minimum(uncapped, job.cap)
    total = paid[:, -1]
    return Tally(
        total=float(total.sum()),
        total_squared=float(total @ total),
        paid=paid.sum(axis=0),
        bound=np.count_nonzero(uncapped >= job.cap, axis=0),
    )


def simulate(job: Job, paths: int, threads: int, seed: int) -> Tally:
    counts = [min(BATCH, paths - first) for first in range(0, paths, BATCH)]
    seeds = np.random.SeedSequence(seed).spawn(len(counts))
    with ThreadPoolExecutor(threads) as pool:
        tallies = list(pool.map(lambda s, n: batch(job, s, n), seeds, counts))
    return Tally(
        total=sum(t.total for t in tallies),
        total_squared=sum(t.total_squared for t in tallies),
        paid=np.sum([t.paid for t in tallies], axis=0),
        bound=np.sum([t.bound for t in tallies], axis=0),
    )


def main() -> None:
    arguments = peers.parser(__doc__).parse_args()
    job = peers.base()
    simulate(job, 2 * BATCH, arguments.threads, 0)
    start = time.perf_counter()
    tally = simulate(job, arguments.paths, arguments.threads, arguments.seed)
    seconds = time.perf_counter() - start
    peers.report("numpy", job, arguments, seconds, tally)


if __name__ == "__main__":
    main()
