"""The expected total of the base job from QuantLib's arithmetic Asian engines.

What is paid in total is min(cap, S) = cap − (cap − S)⁺, S the sum of the accrued
shares: the cap less an Asian put. With a spot of share × months × first month's
revenue the average of the fixings is S, with the growth rate as the interest rate
the drift is right, and the put is undiscounted by the same rate.

QuantLib has no Monte Carlo engine for the probability that an average is above a
strike, so the binding probability is missing, and so is everything by month: each
month would be an option of its own.
"""

import json
import math
import time

import QuantLib as ql

import job as peers
from job import Job

ENGINES = {
    "plain": ("pr", {}),
    "control": ("pr", {"controlVariate": True}),
    "sobol": ("ld", {"brownianBridge": True}),
}
NAMES = {
    "plain": "QuantLib",
    "control": "QuantLib, control variate",
    "sobol": "QuantLib, Sobol",
}


def total_paid(
    job: Job, engine: str, paths: int, seed: int
) -> tuple[float, float | None]:
    """Expected total paid and its standard error; Sobol points come without one."""
    # Months of 30 days in years of 360: every fixing falls on a twelfth of a year.
    today = ql.Date(1, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    fixings = [today + 30 * (k + 1) for k in range(job.months)]
    years = job.months / 12
    rate = math.log1p(job.growth)
    day_count = ql.Actual360()
    flat = ql.FlatForward(today, rate, day_count)
    spot = job.share * job.months * job.first_revenue
    volatility = ql.BlackConstantVol(
        today, ql.NullCalendar(), job.volatility, day_count
    )
    process = ql.BlackScholesProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(flat),
        ql.BlackVolTermStructureHandle(volatility),
    )
    option = ql.DiscreteAveragingAsianOption(
        ql.Average.Arithmetic,
        fixings,
        ql.PlainVanillaPayoff(ql.Option.Put, job.cap),
        ql.EuropeanExercise(fixings[-1]),
    )
    traits, settings = ENGINES[engine]
    option.setPricingEngine(
        ql.MCDiscreteArithmeticAPEngine(
            process, traits, requiredSamples=paths, seed=seed, **settings
        )
    )
    growth = math.exp(rate * years)
    mean = job.cap - growth * option.NPV()
    return mean, None if traits == "ld" else growth * option.errorEstimate()


def main() -> None:
    parser = peers.parser(__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="plain")
    arguments = parser.parse_args()
    if arguments.threads != 1:
        parser.error("QuantLib's engines use one thread")
    job = peers.base()
    total_paid(job, arguments.engine, 1_023, 42)
    start = time.perf_counter()
    mean, std_error = total_paid(job, arguments.engine, arguments.paths, arguments.seed)
    seconds = time.perf_counter() - start
    line = {
        "name": NAMES[arguments.engine],
        "paths": arguments.paths,
        "months": job.months,
        "threads": 1,
        "seconds": seconds,
        "mean": mean,
        "std_error": std_error,
        "probability": None,
        "probability_std_error": None,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
