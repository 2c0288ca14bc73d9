//! What may stand at the keys of revenue and of correlations.

use super::{Rules, TEXT, rules};

/// What is permitted where a volatility may also change by date.
const VOLATILITY: &str = "0 to 5, a distribution within that, or values by date";
const PERSISTENCE_HINT: &str =
    "what is left of a deviation after a year: 1 for a random walk, 0.7 for AR(1) errors that fade";

pub const RULES: &[Rules] = &[
    rules(
        "revenue",
        "exactly one model in each table: forecast, gbm, growth, jump, logistic, bass or bootstrap",
        "name the model in the table's header, as in [revenue.forecast]",
    ),
    rules(
        "revenue.name",
        TEXT,
        "what the results call the segment; each of several has one of its own",
    ),
    rules(
        "revenue.reported",
        "figures of whole periods of the timeline, no two of the same days",
        "for example reported = [{ start = 2026-04-01, end = 2026-06-30, revenue = 6.4 }]: the model \
         learns from how far each is from what it expected",
    ),
    rules(
        "revenue.reported.start",
        "the first day of a period of the timeline",
        "with months as periods, a start such as 2026-04-01",
    ),
    rules(
        "revenue.reported.end",
        "the last day of a period of the timeline",
        "with months as periods, an end such as 2026-06-30",
    ),
    rules(
        "revenue.reported.revenue",
        "more than 0, at most 1e15",
        "reported revenue of these days in the file's unit",
    ),
    rules(
        "revenue.reported.error",
        "0 to 1",
        "relative standard deviation of the figure: 0.02 where it is good to 2 %; left out, the \
         figure is what payments are made on",
    ),
    rules(
        "revenue.gbm.initial",
        "more than 0, at most 1e15",
        "the run rate per year at timeline.start",
    ),
    rules(
        "revenue.gbm.growth",
        "more than -1, at most 100",
        "expected simple growth per year as a fraction: 25 % is 0.25",
    ),
    rules(
        "revenue.gbm.volatility",
        VOLATILITY,
        "annualised, of log revenue, as a fraction: 30 % is 0.30",
    ),
    rules(
        "revenue.gbm.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out",
    ),
    rules(
        "revenue.forecast.annual",
        "a figure for every calendar year from the first to the last, such as { 2026 = 28, 2027 = 46 }",
        "each is for its whole calendar year; every year of the timeline needs one, in annual or in plan, others may be given too",
    ),
    rules(
        "revenue.forecast.annual.*",
        "0 to 1e15",
        "the year's planned revenue in the file's unit; 0 for a year without any, as before a launch",
    ),
    rules(
        "revenue.forecast.plan",
        "a list of tables with start, end and revenue, each of whole months, which leave no month out",
        "for example plan = [{ start = 2026-07-01, end = 2027-06-30, revenue = 28 }, …]: budgets by quarter or fiscal year",
    ),
    rules(
        "revenue.forecast.plan.start",
        "the first day of a month",
        "the first day of what this is planned for, such as 2026-07-01",
    ),
    rules(
        "revenue.forecast.plan.end",
        "the last day of a month, not before its start",
        "the last day of what this is planned for, such as 2027-06-30",
    ),
    rules(
        "revenue.forecast.plan.revenue",
        "0 to 1e15",
        "planned revenue of these months in the file's unit; 0 for none, as before a launch",
    ),
    rules(
        "revenue.forecast.breaks",
        "a list of dates, each the first day of a month",
        "for example breaks = [2031-04-01] where a patent expires: months before it say nothing of those from it on",
    ),
    rules(
        "revenue.forecast.seasons",
        "twelve numbers from 0.001 to 1000, January first",
        "what each month has of a smooth level: only their ratios count, so 1 and 2 are 0.5 and 1",
    ),
    rules(
        "revenue.forecast.launch",
        "a table with one of date, between and after_years",
        "for example launch = { between = [2027-04-01, 2028-12-31] }: all of the plan comes as much later as the launch",
    ),
    rules(
        "revenue.forecast.launch.date",
        "a date not before the plan's first revenue",
        "the first day with revenue, such as 2027-10-01",
    ),
    rules(
        "revenue.forecast.launch.between",
        "two dates that ascend, or three with the most likely one in the middle; none before the plan's first revenue",
        "for example between = [2027-04-01, 2028-12-31]",
    ),
    rules(
        "revenue.forecast.launch.after_years",
        "-1000 to 1000, or a distribution within that; not before the plan's first revenue",
        "years from timeline.start to the first day with revenue",
    ),
    rules(
        "revenue.forecast.observed",
        "whole months within one calendar year, in order, leaving at least one month of the year open",
        "for example observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 5.7 }]",
    ),
    rules(
        "revenue.forecast.observed.start",
        "the first day of a month, on or after timeline.start",
        "what is known is whole months: a start such as 2026-01-01",
    ),
    rules(
        "revenue.forecast.observed.end",
        "the last day of a month, in the year of its start",
        "what is known is whole months: an end such as 2026-03-31",
    ),
    rules(
        "revenue.forecast.observed.revenue",
        "more than 0 and less than the rest of its year's figure",
        "reported revenue of these months in the file's unit",
    ),
    rules(
        "revenue.forecast.volatility",
        VOLATILITY,
        "annualised, of log revenue around the plan: 20 % is 0.20",
    ),
    rules(
        "revenue.forecast.growth_uncertainty",
        "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12",
    ),
    rules(
        "revenue.forecast.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the deviation from the plan is taken; mid if left out",
    ),
    rules(
        "revenue.gbm",
        "a table with initial, growth and volatility",
        "name the model in the table's header: [revenue.gbm]",
    ),
    rules(
        "revenue.forecast",
        "a table with annual or plan, and volatility",
        "name the model in the table's header: [revenue.forecast]",
    ),
    rules(
        "revenue.forecast.persistence",
        "more than 0, at most 1",
        PERSISTENCE_HINT,
    ),
    rules(
        "revenue.forecast.level_uncertainty",
        "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30",
    ),
    rules(
        "revenue.forecast.annual_uncertainty",
        "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05",
    ),
    rules(
        "revenue.forecast.preserve",
        "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median",
    ),
    rules(
        "revenue.growth",
        "a table with initial, growth, long_run_growth, half_life and volatility",
        "name the model in the table's header: [revenue.growth]",
    ),
    rules(
        "revenue.growth.initial",
        "more than 0, at most 1e15",
        "the run rate per year at timeline.start",
    ),
    rules(
        "revenue.growth.growth",
        "more than -1, at most 100",
        "expected simple growth per year at the start: 60 % is 0.60",
    ),
    rules(
        "revenue.growth.long_run_growth",
        "more than -1, at most 100",
        "expected simple growth per year that it tends to: 5 % is 0.05",
    ),
    rules(
        "revenue.growth.half_life",
        "more than 0, at most 10000",
        "years in which half of the distance between the two rates is gone",
    ),
    rules(
        "revenue.growth.volatility",
        "0 to 5",
        "annualised, of log revenue at the start: 20 % is 0.20",
    ),
    rules(
        "revenue.growth.long_run_volatility",
        "0 to 5",
        "the volatility it tends to; leave it out for a constant one",
    ),
    rules(
        "revenue.growth.volatility_half_life",
        "more than 0, at most 10000",
        "in years; leave it out for half_life",
    ),
    rules(
        "revenue.growth.growth_volatility",
        "0 to 5",
        "of expected log growth at the start, per year and square root of a year: 0.2 is 20 points",
    ),
    rules(
        "revenue.growth.growth_volatility_half_life",
        "more than 0, at most 10000",
        "years in which growth_volatility halves; leave it out for half_life",
    ),
    rules(
        "revenue.growth.shock_correlation",
        "-1 to 1, or a distribution within that",
        "between the shocks of revenue and of growth over the same period; leave it out for none",
    ),
    rules(
        "revenue.growth.revenue_risk_price",
        "-5 to 5",
        "market price of revenue risk, taken off the drift for each unit of volatility; 0 for a forecast",
    ),
    rules(
        "revenue.growth.growth_risk_price",
        "-5 to 5",
        "market price of growth risk; 0 for a forecast",
    ),
    rules(
        "revenue.growth.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out",
    ),
    rules(
        "revenue.jump",
        "a table with initial, growth, volatility, jumps_per_year and jump_mean",
        "name the model in the table's header: [revenue.jump]",
    ),
    rules(
        "revenue.jump.initial",
        "more than 0, at most 1e15",
        "the run rate per year at timeline.start",
    ),
    rules(
        "revenue.jump.growth",
        "more than -1, at most 100",
        "expected simple growth per year, jumps included: 25 % is 0.25",
    ),
    rules(
        "revenue.jump.volatility",
        VOLATILITY,
        "annualised, of log revenue between jumps: 20 % is 0.20",
    ),
    rules(
        "revenue.jump.jumps_per_year",
        "0 to 50",
        "how many jumps are expected in a year: one in four years is 0.25",
    ),
    rules(
        "revenue.jump.jump_mean",
        "-5 to 5",
        "mean of the logarithm of a jump: a loss of a fifth is -0.22",
    ),
    rules(
        "revenue.jump.jump_sd",
        "0 to 5",
        "standard deviation of the logarithm of a jump; leave it out for jumps of one size",
    ),
    rules(
        "revenue.jump.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out",
    ),
    rules(
        "revenue.logistic",
        "a table with capacity, steepness and midpoint",
        "name the model in the table's header: [revenue.logistic]",
    ),
    rules(
        "revenue.logistic.capacity",
        "more than 0, at most 1e15",
        "the run rate per year that is approached",
    ),
    rules(
        "revenue.logistic.steepness",
        "more than 0, at most 100",
        "growth per year while the market is empty: 60 % is 0.6",
    ),
    rules(
        "revenue.logistic.midpoint",
        "-400 to 400",
        "years from timeline.start until half of the capacity is reached",
    ),
    rules(
        "revenue.logistic.volatility",
        VOLATILITY,
        "annualised, of log revenue around the curve: 20 % is 0.20; leave it out for none",
    ),
    rules(
        "revenue.logistic.growth_uncertainty",
        "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12",
    ),
    rules(
        "revenue.logistic.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the curve and its errors are taken; mid if left out",
    ),
    rules(
        "revenue.logistic.persistence",
        "more than 0, at most 1",
        PERSISTENCE_HINT,
    ),
    rules(
        "revenue.logistic.level_uncertainty",
        "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30",
    ),
    rules(
        "revenue.logistic.annual_uncertainty",
        "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05",
    ),
    rules(
        "revenue.logistic.preserve",
        "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median",
    ),
    rules(
        "revenue.bass",
        "a table with market, innovation and imitation",
        "name the model in the table's header: [revenue.bass]",
    ),
    rules(
        "revenue.bass.market",
        "more than 0, at most 1e15",
        "revenue of the whole market over all time",
    ),
    rules(
        "revenue.bass.innovation",
        "more than 0, at most 100",
        "the coefficient p per year, such as 0.01",
    ),
    rules(
        "revenue.bass.imitation",
        "0 to 100",
        "the coefficient q per year, such as 0.4",
    ),
    rules(
        "revenue.bass.launch",
        "-400 to 400",
        "years from timeline.start to the launch; less than 0 if it was before",
    ),
    rules(
        "revenue.bass.volatility",
        VOLATILITY,
        "annualised, of log revenue around the curve: 20 % is 0.20; leave it out for none",
    ),
    rules(
        "revenue.bass.growth_uncertainty",
        "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12",
    ),
    rules(
        "revenue.bass.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the curve and its errors are taken; mid if left out",
    ),
    rules(
        "revenue.bass.persistence",
        "more than 0, at most 1",
        PERSISTENCE_HINT,
    ),
    rules(
        "revenue.bass.level_uncertainty",
        "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30",
    ),
    rules(
        "revenue.bass.annual_uncertainty",
        "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05",
    ),
    rules(
        "revenue.bass.preserve",
        "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median",
    ),
    rules(
        "revenue.bootstrap",
        "a table with initial and, if they are not those shipped, companies",
        "name the model in the table's header: [revenue.bootstrap]",
    ),
    rules(
        "revenue.bootstrap.initial",
        "more than 0, at most 1e15",
        "the run rate per year at timeline.start",
    ),
    rules(
        "revenue.bootstrap.companies",
        "a table of companies, each with a list of annual revenues, such as { Alpha = [24, 29, 38] }, or the name of a CSV file with company, year and revenue",
        "leave it out for the reference class that is shipped",
    ),
    rules(
        "revenue.bootstrap.companies.*",
        "two or more consecutive annual revenues, each 1e-9 to 1e15",
        "any unit does: only growth from year to year counts",
    ),
    rules(
        "revenue.bootstrap.consecutive_years",
        "a whole number from 1 to 50, at most the years of growth of the longest history",
        "years of one company that are drawn together: 1 treats years as independent",
    ),
    rules(
        "revenue.bootstrap.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out",
    ),
    rules(
        "correlation",
        "a table with inputs, segments or both",
        "for example [correlation] and below it inputs = [[\"agreement.cap\", \"revenue.gbm.growth\", 0.5]]",
    ),
    rules(
        "correlation.inputs",
        "a list of pairs, each two keys that have a distribution and a rank correlation from -1 to 1",
        "for example inputs = [[\"agreement.cap\", \"revenue.gbm.growth\", 0.5]]",
    ),
    rules(
        "correlation.segments",
        "a list of pairs, each two names of segments and a correlation from -1 to 1",
        "for example segments = [[\"consumer\", \"enterprise\", 0.5]]",
    ),
];
