//! What comes out of a portfolio.

use rayon::prelude::*;

use super::super::settings::Settings;
use super::pass::{Fund, Places};
use super::tail::Tail;
use crate::simulate::estimates::cells::{Cell, Rows};
use crate::simulate::parts::shards::Counted;
use crate::simulate::record::rows::Source;
use crate::stats::{Axis, Estimate, MeanEstimate, Moments, Quantile, SignedOutline, Sketch};
use crate::units::Date;

/// The results of a portfolio.
#[derive(Clone, Debug)]
pub struct PortfolioResults {
    /// Paths and seed.
    pub settings: Settings,
    /// What is paid for all deals; `None` where it is not known of one.
    pub invested: Option<f64>,
    /// All cash.
    pub total: Cell,
    /// Its present value, where every deal has one.
    pub present_value: Option<Cell>,
    /// Cash by calendar quarter.
    pub quarters: Vec<Span>,
    /// Cash by calendar year.
    pub years: Vec<YearResult>,
    /// Each deal, in the portfolio's order.
    pub deals: Vec<DealResult>,
    /// Each group, in the portfolio's order.
    pub groups: Vec<GroupResult>,
    /// How even expected cash is over the deals, then over the groups of each kind.
    pub concentration: Vec<Concentration>,
    /// Multiples of what is invested, and the probability that cash is at least as much;
    /// none where what is invested is not known.
    pub multiples: Vec<(f64, Estimate)>,
    /// Where least comes in.
    pub tail: TailResult,
}

/// The cash of some days.
#[derive(Clone, Debug)]
pub struct Span {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// What comes in.
    pub cash: Cell,
}

/// The cash of a calendar year.
#[derive(Clone, Debug)]
pub struct YearResult {
    /// The year.
    pub year: i16,
    /// What is paid for deals in it, as far as that is known.
    pub invested: f64,
    /// What comes in.
    pub cash: Cell,
    /// What has come in by its end.
    pub cumulative: Cell,
}

/// What a deal, or a group of them, adds.
#[derive(Clone, Debug)]
pub struct GroupResult {
    /// All its cash.
    pub cash: Cell,
    /// Its share of all expected cash.
    pub share: MeanEstimate,
    /// What it brings in on average where least comes in of all: with those of all others
    /// the [mean of the tail](TailResult::mean).
    pub tail: MeanEstimate,
    /// Its share of what the tail lacks to the mean; `None` where it lacks nothing.
    pub share_of_shortfall: Option<MeanEstimate>,
}

/// What is known of a deal.
#[derive(Clone, Debug)]
pub struct DealResult {
    /// What it adds.
    pub adds: GroupResult,
    /// What is paid for it, where that is known.
    pub invested: Option<f64>,
    /// Expected present value, with a valuation.
    pub present_value: Option<MeanEstimate>,
    /// The probability that its total cap is reached; `None` where it has none.
    pub reached: Option<Estimate>,
    /// The probability that it brings in at least what is paid for it.
    pub paid_back: Option<Estimate>,
    /// Expected cash of each year of the portfolio.
    pub years: Vec<MeanEstimate>,
}

/// How evenly expected cash is spread.
#[derive(Clone, Debug)]
pub struct Concentration {
    /// Over what: `deal`, or what its groups have in common.
    pub by: &'static str,
    /// How many of these there are.
    pub members: usize,
    /// The sum of the squares of their shares (Herfindahl and Hirschman): 1 for one that
    /// has all.
    pub herfindahl: MeanEstimate,
    /// Its inverse: as even as over so many of equal shares.
    pub effective: MeanEstimate,
}

/// The paths on which least comes in.
#[derive(Clone, Debug)]
pub struct TailResult {
    /// Which part of all paths they are.
    pub part: f64,
    /// What comes in on them at most; `None` where replicates are not told apart.
    pub threshold: Option<Quantile>,
    /// What comes in on them on average (the expected shortfall, as an amount that is left).
    pub mean: MeanEstimate,
    /// What that lacks to the mean over all paths.
    pub shortfall: MeanEstimate,
}

/// The results from what all blocks have counted.
pub(super) fn of(
    fund: &Fund<'_>,
    settings: Settings,
    mut counted: Counted,
    tail: Tail,
) -> PortfolioResults {
    let places = &fund.places;
    let replicates = counted.take_replicates();
    let reached = counted.days.by_count();
    let counters = counted.counters.into_par_iter();
    let mut sketches: Vec<Sketch> = counters
        .map(|counters| Sketch::new(Axis::Log, counters, &[]))
        .collect();
    let outlines = counted.outlines.by_count();
    for (row, outlines) in places.outlined().into_iter().zip(outlines) {
        let outlines = outlines.into_iter().map(SignedOutline::into_amounts);
        sketches[row].tell_apart(outlines.collect());
    }
    let rows = Rows {
        settings,
        replicates: &replicates,
        sketches: &sketches,
    };
    let cell = |row: usize| rows.cell(Source::Row(row)).expect("there are replicates");
    let means = Means {
        rows: places.rows(),
        of_deal: places.means_of_deal(),
        replicates: &replicates,
        settings,
    };
    let total = cell(Places::TOTAL);
    let whole = Whole {
        means: total.replicates().to_vec(),
        tails: tail.totals.clone(),
    };
    let deal = |i: usize| {
        let tails: Vec<f64> = tail.deals.iter().map(|deals| deals[i]).collect();
        DealResult {
            adds: whole.part(cell(places.deals() + i), &tails),
            invested: fund.invested[i],
            present_value: fund.deals[i].is_valued().then(|| means.mean(i, 0)),
            reached: fund.deals[i].is_capped().then(|| means.probability(i, 1)),
            paid_back: fund.invested[i].map(|_| means.probability(i, 2)),
            years: (0..places.axis.years())
                .map(|year| means.mean(i, 3 + year))
                .collect(),
        }
    };
    let deals: Vec<DealResult> = (0..fund.deals.len()).into_par_iter().map(deal).collect();
    let group = |(g, group): (usize, &super::Group)| {
        let sum = |deals: &Vec<f64>| group.deals.iter().map(|i| deals[*i]).sum();
        let tails: Vec<f64> = tail.deals.iter().map(sum).collect();
        whole.part(cell(places.groups() + g), &tails)
    };
    let groups: Vec<GroupResult> = fund.groups.iter().enumerate().map(group).collect();
    let mut concentration = vec![whole.concentration("deal", deals.iter().map(|d| &d.adds))];
    let mut kinds: Vec<&'static str> = fund.groups.iter().map(|group| group.by).collect();
    kinds.dedup();
    for by in kinds {
        let all = fund.groups.iter().zip(&groups);
        let own = all
            .filter(|(group, _)| group.by == by)
            .map(|(_, found)| found);
        concentration.push(whole.concentration(by, own));
    }
    let axis = places.axis;
    let first = Date::new(axis.first_year(), 1, 1).expect("a year of a timeline");
    let quarters = (0..axis.quarters()).map(|q| Span {
        first_day: first.add_months(3 * q as i32),
        last_day: first.add_months(3 * (q as i32 + 1)).add_days(-1),
        cash: cell(places.quarters() + q),
    });
    let paid = fund
        .deals
        .iter()
        .flat_map(|deal| deal.invested.iter().flatten());
    let years = (0..axis.years()).map(|year| YearResult {
        year: axis.first_year() + year as i16,
        invested: paid
            .clone()
            .filter(|(date, _)| super::pass::Axis::year(axis.quarter(*date)) == year)
            .map(|(_, amount)| amount)
            .sum(),
        cash: cell(places.years() + year),
        cumulative: cell(places.cumulative() + year),
    });
    let multiples = fund.multiples.iter().enumerate().map(|(m, (multiple, _))| {
        let hits = reached[0].iter().map(|reached| reached[m]);
        (*multiple, Estimate::of_probability(hits, settings.points))
    });
    PortfolioResults {
        settings,
        invested: fund.invested.iter().copied().sum(),
        present_value: places.valued.then(|| cell(Places::VALUE)),
        quarters: quarters.collect(),
        years: years.collect(),
        deals,
        groups,
        concentration,
        multiples: multiples.collect(),
        tail: TailResult {
            part: fund.tail,
            threshold: total.measured().distribution.estimate(fund.tail),
            mean: MeanEstimate::of(&whole.tails),
            shortfall: MeanEstimate::of_difference(&whole.means, &whole.tails),
        },
        total,
    }
}

/// The rows of which the mean alone is kept.
struct Means<'a> {
    /// Rows before them.
    rows: usize,
    of_deal: usize,
    replicates: &'a [Vec<Moments>],
    settings: Settings,
}

impl Means<'_> {
    fn means(&self, deal: usize, at: usize) -> impl Iterator<Item = f64> {
        let row = self.rows + deal * self.of_deal + at;
        self.replicates.iter().map(move |own| own[row].mean())
    }

    fn mean(&self, deal: usize, at: usize) -> MeanEstimate {
        MeanEstimate::of(&self.means(deal, at).collect::<Vec<f64>>())
    }

    /// Of what is counted by paths.
    fn probability(&self, deal: usize, at: usize) -> Estimate {
        let points = self.settings.points;
        let hits = self
            .means(deal, at)
            .map(|part| (part * points as f64).round() as u64);
        Estimate::of_probability(hits, points)
    }
}

/// Of each replicate, the mean of all cash and that of its tail.
struct Whole {
    means: Vec<f64>,
    tails: Vec<f64>,
}

impl Whole {
    /// What a part of the portfolio adds, where it brings in so much in each tail.
    fn part(&self, cash: Cell, tails: &[f64]) -> GroupResult {
        let lacks = |means: &[f64], tails: &[f64]| -> Vec<f64> {
            means
                .iter()
                .zip(tails)
                .map(|(mean, tail)| mean - tail)
                .collect()
        };
        let all = lacks(&self.means, &self.tails);
        let own = lacks(cash.replicates(), tails);
        let lacking = Moments::of(&all).mean() > 0.0;
        GroupResult {
            share: MeanEstimate::of_ratio(cash.replicates(), &self.means),
            tail: MeanEstimate::of(tails),
            share_of_shortfall: lacking.then(|| MeanEstimate::of_ratio(&own, &all)),
            cash,
        }
    }

    /// How evenly these have all expected cash.
    fn concentration<'a>(
        &self,
        by: &'static str,
        members: impl Iterator<Item = &'a GroupResult>,
    ) -> Concentration {
        let cash: Vec<&[f64]> = members.map(|member| member.cash.replicates()).collect();
        let count = self.means.len();
        // Of all replicates but one; of all where there is no such one.
        let herfindahl = |without: usize| {
            let sum = |means: &[f64]| -> f64 {
                let others = means.iter().enumerate().filter(|(r, _)| *r != without);
                others.map(|(_, mean)| mean).sum()
            };
            let all = sum(&self.means);
            let shares = cash.iter().map(|means| sum(means) / all);
            shares.map(|share| share * share).sum::<f64>()
        };
        let without: Vec<f64> = (0..count).map(herfindahl).collect();
        let inverse: Vec<f64> = without.iter().map(|index| 1.0 / index).collect();
        let whole = herfindahl(count);
        Concentration {
            by,
            members: cash.len(),
            herfindahl: MeanEstimate::of_jackknife(whole, &without),
            effective: MeanEstimate::of_jackknife(1.0 / whole, &inverse),
        }
    }
}
