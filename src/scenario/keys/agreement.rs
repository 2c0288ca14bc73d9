//! The rules of `[agreement]`.

use super::{AMOUNT_OR_DISTRIBUTION, DATE, Rules, TEXT, rules};

const RATE: &str = "0 to 1, or a distribution within that";
const FROM_YEAR: &str = "a date in the years 1900 to 2300, later than the one before";
const YEARLY: &str = "more than -1, at most 10, or a distribution within that";

pub const RULES: &[Rules] = &[
    rules(
        "agreement",
        "a table with share and, where there is one, cap; or several, with a name each",
        "for example [agreement] and below it share = 0.20 and cap = 38, a line each; [[agreement]] for each of several",
    ),
    rules(
        "agreement.name",
        TEXT,
        "what the results call the agreement; each of several has one of its own",
    ),
    rules("agreement.payer", TEXT, "who pays"),
    rules("agreement.payee", TEXT, "who receives"),
    rules(
        "agreement.share",
        "0 to 1, a distribution within that, rates by date or tiers",
        "write a percentage as a fraction: 20 % is 0.20",
    ),
    rules(
        "agreement.share.from",
        "a date in the years 1900 to 2300, later than the one before",
        "for example share = [{ from = 2026-01-01, rate = 0.20 }, { from = 2028-01-01, rate = 0.15 }]",
    ),
    rules(
        "agreement.share.rate",
        RATE,
        "the share from that date on, as a fraction",
    ),
    rules(
        "agreement.share.by_annual_revenue",
        "a list of { above, rate }, from 0 up",
        "for example by_annual_revenue = [{ above = 0, rate = 0.05 }, { above = 100, rate = 0.08 }]",
    ),
    rules(
        "agreement.share.by_annual_revenue.from",
        "a date in the years 1900 to 2300, later than the one before",
        "from this day on, this tier and those after it apply in the place of those before: bounds begin at 0 again",
    ),
    rules(
        "agreement.share.by_annual_revenue.slope",
        "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess",
    ),
    rules(
        "agreement.share.by_annual_revenue.above",
        "0 for the first tier, more than the tier before for every other",
        "the revenue of the year above which the rate applies, in the file's unit",
    ),
    rules(
        "agreement.share.by_annual_revenue.rate",
        RATE,
        "the share of revenue in this tier, as a fraction",
    ),
    rules(
        "agreement.share.basis",
        "\"marginal\" or \"retroactive\"",
        "marginal: the rate is for the revenue within the tier; retroactive: for all of the year's",
    ),
    rules(
        "agreement.share.by_paid.slope",
        "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess",
    ),
    rules(
        "agreement.share.by_total_revenue",
        "a list of { above, rate }, from 0 up",
        "for example by_total_revenue = [{ above = 0, rate = 0.05 }, { above = 250, rate = 0.03 }]",
    ),
    rules(
        "agreement.share.by_total_revenue.above",
        "0 for the first tier, more than the tier before for every other",
        "eligible revenue to date above which the rate applies, in the file's unit",
    ),
    rules(
        "agreement.share.by_total_revenue.rate",
        RATE,
        "the share of revenue in this tier, as a fraction",
    ),
    rules(
        "agreement.share.by_total_revenue.slope",
        "0 to 1000, or a distribution within that",
        "in place of rate, where a tier may pay more than its revenue: 6 for six times the excess",
    ),
    rules(
        "agreement.share.by_paid",
        "a list of { above, rate }, from 0 up",
        "for example by_paid = [{ above = 0, rate = 0.05 }, { above = 1.0, rate = 0.02 }]",
    ),
    rules(
        "agreement.share.by_paid.above",
        "0 for the first tier, more than the tier before for every other",
        "what has been paid, paid_before included, when the rate begins to apply",
    ),
    rules(
        "agreement.share.by_paid.rate",
        RATE,
        "the share from there on, as a fraction",
    ),
    rules(
        "agreement.cap",
        "0 to 1e15, a distribution within that, a table with amount or multiple, or a list of caps by date",
        "in the file's unit; leave the key out for an agreement without a cap",
    ),
    rules(
        "agreement.cap.amount",
        AMOUNT_OR_DISTRIBUTION,
        "in the file's unit",
    ),
    rules(
        "agreement.cap.multiple",
        "0 to 1000, or a distribution within that",
        "of agreement.upfront: 1.65 for a cap of 1.65 times what was paid at first",
    ),
    rules(
        "agreement.cap.until",
        "a date in the years 1900 to 2300, later than the one before; none for the last cap",
        "for example cap = [{ until = 2029-12-31, multiple = 1.65 }, { multiple = 2.0 }]",
    ),
    rules(
        "agreement.cap.escalation",
        "more than -1, at most 10, a distribution within that, or rates by date",
        "growth of the cap on each anniversary of agreement.cap.from: 2 % is 0.02",
    ),
    rules(
        "agreement.cap.escalation.from",
        "a date in the years 1900 to 2300, later than the one before",
        "for example escalation = [{ from = 2026-01-01, rate = 0.03 }, { from = 2028-01-01, rate = 0.02 }]",
    ),
    rules(
        "agreement.cap.escalation.rate",
        YEARLY,
        "growth on anniversaries from that date on: 2 % is 0.02",
    ),
    rules(
        "agreement.cap.from",
        DATE,
        "the day on which the cap is its plain amount; leave it out for the first day of sharing",
    ),
    rules(
        "agreement.cap.inflation",
        "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: each payment counts against the cap in prices of agreement.cap.prices_of",
    ),
    rules(
        "agreement.cap.inflation.from",
        "a date in the years 1900 to 2300, later than the one before",
        "for example inflation = [{ from = 2024-01-01, rate = 0.03 }, { from = 2026-01-01, rate = 0.02 }]",
    ),
    rules(
        "agreement.cap.inflation.rate",
        YEARLY,
        "inflation per year from that date on: 2 % is 0.02",
    ),
    rules(
        "agreement.cap.prices_of",
        DATE,
        "the day at whose prices the cap is stated; leave it out for the first day of sharing",
    ),
    rules(
        "agreement.cap.discount_rate",
        "more than -1, at most 10, a distribution within that, or rates by date",
        "per year: the cap is a present value, and each payment counts discounted to agreement.cap.valued_on",
    ),
    rules(
        "agreement.cap.discount_rate.from",
        "a date in the years 1900 to 2300, later than the one before",
        "for example discount_rate = [{ from = 2024-01-01, rate = 0.08 }, { from = 2026-01-01, rate = 0.07 }]",
    ),
    rules(
        "agreement.cap.discount_rate.rate",
        YEARLY,
        "the discount rate per year from that date on: 8 % is 0.08",
    ),
    rules(
        "agreement.cap.valued_on",
        DATE,
        "the day of the present value; leave it out for the first day of sharing",
    ),
    rules(
        "agreement.cap.irr",
        "more than -1, at most 10, or a distribution within that where all is paid upfront at once",
        "for example upfront = 100 and cap = { irr = 0.16 }: paid until the payee has had 16 % a year on it",
    ),
    rules(
        "agreement.cap.of",
        "the name of another agreement that has a cap of its own",
        "for example cap = { of = \"royalty A\" }: payments under both count against that cap",
    ),
    rules(
        "agreement.upfront",
        "1e-9 to 1e15, or a list of { date, amount } and, after the first, { revenue_reaches, amount }",
        "what the payee paid the payer at first; caps may be multiples of it",
    ),
    rules(
        "agreement.upfront.date",
        "a date in the years 1900 to 2300, later than the one before",
        "for example upfront = [{ date = 2026-01-01, amount = 100 }, { date = 2027-01-01, amount = 50 }]",
    ),
    rules(
        "agreement.upfront.amount",
        "1e-9 to 1e15",
        "what is paid then, in the file's unit",
    ),
    rules(
        "agreement.upfront.revenue_reaches",
        "more than 0, at most 1e15, or a distribution within that, not beside date",
        "the eligible revenue from which the amount is paid, with the first day of the next period: { revenue_reaches = 250, amount = 50 }",
    ),
    rules(
        "agreement.upfront.year",
        "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day",
    ),
    rules(
        "agreement.upfront.by",
        DATE,
        "the last day on which revenue may reach the level",
    ),
    rules(
        "agreement.floor",
        "tables with amount or multiple, and, before the last day of sharing, by",
        "for example floor = [{ by = 2029-12-31, multiple = 1.0 }]",
    ),
    rules(
        "agreement.floor.by",
        DATE,
        "the day by which so much has been paid, or the difference is due; the last day of sharing if left out",
    ),
    rules(
        "agreement.floor.amount",
        AMOUNT_OR_DISTRIBUTION,
        "the least that has been paid by then, paid before included, in the file's unit",
    ),
    rules(
        "agreement.floor.multiple",
        "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.0 for the money back",
    ),
    rules(
        "agreement.annual_cap",
        "0 to 1e15, a distribution within that, a table with amount or a list of amounts by date",
        "for example annual_cap = 25, or { amount = 25, carry_forward = \"excess\" }",
    ),
    rules(
        "agreement.annual_cap.amount",
        "0 to 1e15, a distribution within that, or amounts by date",
        "the most that is paid for one year, in the file's unit",
    ),
    rules(
        "agreement.annual_cap.from",
        FROM_YEAR,
        "for example annual_cap = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]",
    ),
    rules(
        "agreement.annual_cap.amount.from",
        FROM_YEAR,
        "for example amount = [{ from = 2026-01-01, amount = 25 }, { from = 2028-01-01, amount = 30 }]",
    ),
    rules(
        "agreement.annual_cap.amount.amount",
        AMOUNT_OR_DISTRIBUTION,
        "the most that is paid for each year from that one on, in the file's unit",
    ),
    rules(
        "agreement.annual_minimum.from",
        FROM_YEAR,
        "for example annual_minimum = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]",
    ),
    rules(
        "agreement.annual_minimum.amount",
        AMOUNT_OR_DISTRIBUTION,
        "the least that is paid for each year from that one on, in the file's unit",
    ),
    rules(
        "agreement.minimum",
        "a table with every and amount",
        "for example minimum = { every = \"quarter\", amount = 5 }; for a year, annual_minimum = 20",
    ),
    rules(
        "agreement.minimum.every",
        "\"month\", \"quarter\", \"half-year\" or \"year\"",
        "what the amount is the least for; quarters and half-years are those of agreement.year_ends",
    ),
    rules(
        "agreement.minimum.amount",
        "0 to 1e15, a distribution within that, or amounts by date",
        "the least for each of them, in the file's unit; topped up on its last day",
    ),
    rules(
        "agreement.minimum.amount.from",
        FROM_YEAR,
        "for example amount = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]",
    ),
    rules(
        "agreement.minimum.amount.amount",
        AMOUNT_OR_DISTRIBUTION,
        "the least for each from that one on, in the file's unit",
    ),
    rules(
        "agreement.annual_cap.carry_forward",
        "\"none\", \"excess\" or \"room\"",
        "excess: what the cap cuts is paid in later years; room: what a year leaves raises the next one's cap",
    ),
    rules(
        "agreement.annual_cap.prorated",
        "true or false",
        "true: a year only partly between effective and expiry has its part of the cap, by days",
    ),
    rules(
        "agreement.annual_minimum",
        "0 to 1e15, at most agreement.annual_cap, a distribution within that, or amounts by date",
        "the least that is paid for one year; its part by days for a part of a year",
    ),
    rules(
        "agreement.year_ends",
        "the name of a month",
        "the last month of the years that annual clauses count by; december if left out",
    ),
    rules(
        "agreement.eligible",
        "a fraction for every segment of the revenue",
        "for example eligible = { azure = 1.0, devices = 0.0 }",
    ),
    rules(
        "agreement.eligible.*",
        RATE,
        "1 where all revenue of the segment counts, 0 where none does",
    ),
    rules(
        "agreement.threshold",
        AMOUNT_OR_DISTRIBUTION,
        "revenue, in total, that is free of sharing; for a threshold a year, a first tier at rate 0",
    ),
    rules(
        "agreement.revenue_floor",
        AMOUNT_OR_DISTRIBUTION,
        "revenue per year: a period whose revenue is less, as a year's, earns no share",
    ),
    rules(
        "agreement.on_account",
        RATE,
        "the rate paid during the year; what the year earns beyond it is paid with its last period",
    ),
    rules(
        "agreement.year_to_date",
        AMOUNT_OR_DISTRIBUTION,
        "revenue of the year before timeline.start, 0 for none: given, tiers, milestones and tests of a year count it from its first day",
    ),
    rules(
        "agreement.step_up",
        "tables with adds and revenue_below, or on and paid_below; at most 64",
        "for example step_up = [{ year = 2027, revenue_below = 100, adds = 0.015 }]",
    ),
    rules(
        "agreement.step_up.adds",
        RATE,
        "what is added to the rate where the figure is missed: 1.5 % is 0.015",
    ),
    rules(
        "agreement.step_up.year",
        "a whole number from 1900 to 2300",
        "the year whose revenue is tested; leave it out to test every year wholly within the agreement",
    ),
    rules(
        "agreement.step_up.revenue_below",
        "more than 0, at most 1e15, or a distribution within that",
        "the eligible revenue of a year that keeps the rate down, in the file's unit",
    ),
    rules(
        "agreement.step_up.on",
        DATE,
        "the day at whose close it is tested what has been paid",
    ),
    rules(
        "agreement.step_up.paid_below",
        "more than 0, at most 1e15, or a distribution within that",
        "what, paid before included, keeps the rate down, in the file's unit",
    ),
    rules(
        "agreement.step_up.lasts",
        "\"end\", \"reached\" or, for revenue of a year, \"year\"",
        "end: as long as sharing; reached: until the figure is reached; year: for the next year",
    ),
    rules(
        "agreement.milestone",
        "[[agreement.milestone]] tables with reaches and amount",
        "for example milestone = [{ reaches = 2000, amount = 100 }]",
    ),
    rules(
        "agreement.milestone.reaches",
        "more than 0, at most 1e15, or a distribution within that",
        "the revenue that makes the amount due, in the file's unit",
    ),
    rules(
        "agreement.milestone.amount",
        AMOUNT_OR_DISTRIBUTION,
        "what is due, in the file's unit",
    ),
    rules(
        "agreement.milestone.year",
        "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day",
    ),
    rules(
        "agreement.milestone.each_year",
        "true or false, not beside year",
        "true: due in every year that reaches the level",
    ),
    rules(
        "agreement.milestone.by",
        DATE,
        "the last day on which the level may be reached",
    ),
    rules(
        "agreement.deferral",
        "a table with fraction, months or until, and, where there is any, interest",
        "for example deferral = { fraction = 0.35, months = 24 }",
    ),
    rules(
        "agreement.deferral.fraction",
        RATE,
        "the part of every payment that is made later",
    ),
    rules(
        "agreement.deferral.months",
        "a whole number from 1 to 120",
        "months from the ordinary payment to the deferred one",
    ),
    rules(
        "agreement.deferral.until",
        DATE,
        "the day on which everything deferred is paid",
    ),
    rules(
        "agreement.deferral.interest",
        "a number from 0 to 10, or a distribution within that",
        "per year, effective: 5 % is 0.05; leave it out for none",
    ),
    rules(
        "agreement.event",
        "one of date, between, after_years, hazard, revenue_reaches and payments; or a list of such tables, with a name each",
        "for example event = { name = \"AGI declared\", hazard = 0.10 }",
    ),
    rules(
        "agreement.event.of",
        "the name of another agreement that has an event, and no other key",
        "for example event = { of = \"OpenAI\" }: both agreements end at the same moment",
    ),
    rules("agreement.event.name", TEXT, "what happens, in a few words"),
    rules(
        "agreement.event.date",
        DATE,
        "the day it happens: sharing ends with it",
    ),
    rules(
        "agreement.event.between",
        "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]",
    ),
    rules(
        "agreement.event.after_years",
        "0 to 1000000, or a distribution within that",
        "years from timeline.start to the event",
    ),
    rules(
        "agreement.event.hazard",
        "0 to 100, or a distribution within that",
        "expected events per year: 0.10 happens within a year with probability 9.5 %",
    ),
    rules(
        "agreement.event.at_revenue",
        "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit",
    ),
    rules(
        "agreement.event.elasticity",
        "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "1 where the hazard rises as revenue does, -1 where it halves when revenue doubles",
    ),
    rules(
        "agreement.event.revenue_reaches",
        "more than 0, at most 1e15, or a distribution within that",
        "eligible revenue to date with which it happens, in the file's unit",
    ),
    rules(
        "agreement.event.payments",
        "a whole number from 1 to 100000",
        "it happens with the period that has this many payments above 0, from the first on",
    ),
    rules(
        "agreement.event.share_after",
        RATE,
        "sharing goes on after the event, at this rate: 5 % is 0.05",
    ),
    rules(
        "agreement.event.pays",
        "a list of tables with amount or multiple, each but the last with until",
        "for example pays = [{ until = 2027-12-31, multiple = 1.2 }, { multiple = 1.75 }]: a buy-out",
    ),
    rules(
        "agreement.event.pays.until",
        "a date in the years 1900 to 2300, later than the one before; none for the last",
        "the last day of the event on which this is due",
    ),
    rules(
        "agreement.event.pays.amount",
        AMOUNT_OR_DISTRIBUTION,
        "what the event makes due, in the file's unit",
    ),
    rules(
        "agreement.event.pays.multiple",
        "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.75 for a put at 1.75 times the money",
    ),
    rules(
        "agreement.event.less_paid",
        "true or false, beside pays",
        "false: what has been paid does not count towards it; true if left out",
    ),
    rules(
        "agreement.default",
        "a table with recovery and one of date, between, after_years, hazard and of",
        "for example default = { hazard = 0.03, recovery = 0.40, lag_months = 12 }",
    ),
    rules(
        "agreement.default.recovery",
        RATE,
        "the part of what is owed that comes in after a default",
    ),
    rules(
        "agreement.default.lag_months",
        "a whole number from 0 to 120",
        "months from the default to what is recovered",
    ),
    rules(
        "agreement.default.claim",
        "\"accrued\", or \"cap\" where there is one",
        "cap: the default makes due all that the cap still allows",
    ),
    rules(
        "agreement.default.of",
        "the name of another agreement of the same payer that has a default, and no time",
        "for example default = { of = \"loan\", recovery = 0.40 }: the payer defaults on both at once",
    ),
    rules("agreement.default.date", DATE, "the day of the default"),
    rules(
        "agreement.default.between",
        "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]",
    ),
    rules(
        "agreement.default.after_years",
        "0 to 1000000, or a distribution within that",
        "years from timeline.start to the default",
    ),
    rules(
        "agreement.default.hazard",
        "0 to 100, or a distribution within that",
        "expected defaults per year: 0.03 happens within a year with probability 3 %",
    ),
    rules(
        "agreement.default.at_revenue",
        "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit",
    ),
    rules(
        "agreement.default.elasticity",
        "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "-1 where the hazard halves when revenue doubles: defaults come where revenue is low",
    ),
    rules(
        "agreement.paid_before",
        AMOUNT_OR_DISTRIBUTION,
        "what was paid before timeline.start and counts against the cap",
    ),
    rules(
        "agreement.effective",
        "a date in the years 1900 to 2300, not after timeline.end",
        "the first day whose revenue is shared; leave it out to share from timeline.start",
    ),
    rules(
        "agreement.expiry",
        "a date within the timeline, not before agreement.effective",
        "the last day whose revenue is shared; leave it out to share until timeline.end",
    ),
    rules(
        "agreement.payment",
        "a table with every, lag_months, lag_days, year_ends, first, least and rounding, or some of them",
        "for example payment = { every = \"quarter\", lag_months = 3 }",
    ),
    rules(
        "agreement.payment.every",
        "\"month\", \"quarter\", \"half-year\" or \"year\", not shorter than timeline.step",
        "leave it out to pay after every period",
    ),
    rules(
        "agreement.payment.lag_months",
        "a whole number from 0 to 120",
        "months from the end of the payment period to the payment",
    ),
    rules(
        "agreement.payment.lag_days",
        "a whole number from 0 to 3650",
        "days from the end of the payment period, and of agreement.payment.lag_months, to the payment",
    ),
    rules(
        "agreement.payment.year_ends",
        "the name of a month",
        "the last month of the years whose quarters, half-years or whole are paid; that of agreement.year_ends if left out",
    ),
    rules(
        "agreement.payment.least",
        AMOUNT_OR_DISTRIBUTION,
        "less than this is not paid but carried to the next payment, and paid with the last; in the file's unit",
    ),
    rules(
        "agreement.payment.first",
        DATE,
        "no payment is made before this day; what falls due earlier is paid on it",
    ),
    rules(
        "agreement.payment.rounding",
        "\"cent\", \"minor-unit\", \"unit\" or \"none\"",
        "what each period's payment is rounded to: a hundredth of the currency, its own smallest unit (yen has no other), or one whole",
    ),
];
