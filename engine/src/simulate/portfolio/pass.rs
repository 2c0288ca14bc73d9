//! One thread's part of a portfolio: strips of all deals, one after the other.
//!
//! Why it is no reading of a run's [`Worker`](crate::simulate::record::worker): readings share
//! the paths of one model's draws, deals share nothing but their factors. Each draws its own
//! numbers and is settled into the fund's sums of the strip before the next, any strip can be
//! drawn again by the numbers of its paths alone, and of most of what is kept of a deal the
//! mean is enough. Rows, moments and counts are those of the one
//! [`Recorder`].

use super::super::settings::Settings;
use super::deal::{Brought, Ready, Room, Shared, simulate};
use super::factors::Factors;
use super::tail::Worst;
use super::{Group, Portfolio};
use crate::simulate::record::block::BlockId;
use crate::simulate::record::recorder::{Counts, Recorder};
use crate::simulate::record::rows::Row;
use crate::simulate::sample::aligned::AlignedRows;
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::philox;
use crate::stats::Moments;
use crate::units::{Date, LANES, Lanes};

/// The quarters of a portfolio, in whole calendar years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    first_year: i16,
    years: usize,
}

impl Axis {
    /// From the year of one day to that of another.
    pub fn new(first: Date, last: Date) -> Self {
        Self {
            first_year: first.year(),
            years: usize::from((last.year() - first.year()).max(0).unsigned_abs()) + 1,
        }
    }

    /// The first year.
    pub fn first_year(self) -> i16 {
        self.first_year
    }

    /// How many years there are.
    pub fn years(self) -> usize {
        self.years
    }

    /// How many quarters there are.
    pub fn quarters(self) -> usize {
        4 * self.years
    }

    /// The position of the quarter of a day, the nearest one of a day outside.
    pub fn quarter(self, day: Date) -> usize {
        let quarter = i32::from(day.year() - self.first_year) * 4 + i32::from(day.month() - 1) / 3;
        usize::try_from(quarter)
            .unwrap_or(0)
            .min(self.quarters() - 1)
    }

    /// The position of a quarter's year.
    pub fn year(quarter: usize) -> usize {
        quarter / 4
    }
}

/// Which rows are kept, distributions first, then those of which the mean alone is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The quarters.
    pub axis: Axis,
    /// Whether all deals have a present value on one date.
    pub valued: bool,
    groups: usize,
    deals: usize,
}

impl Places {
    /// The row of all cash.
    pub const TOTAL: usize = 0;
    /// The row of its present value, where there is one.
    pub const VALUE: usize = 1;

    /// The first of the rows of quarters.
    pub fn quarters(&self) -> usize {
        1 + usize::from(self.valued)
    }

    /// The first of the rows of years.
    pub fn years(&self) -> usize {
        self.quarters() + self.axis.quarters()
    }

    /// The first of the rows of what has come in by the end of a year.
    pub fn cumulative(&self) -> usize {
        self.years() + self.axis.years()
    }

    /// The first of the rows of groups.
    pub fn groups(&self) -> usize {
        self.cumulative() + self.axis.years()
    }

    /// The first of the rows of deals.
    pub fn deals(&self) -> usize {
        self.groups() + self.groups
    }

    /// Rows of which the distribution is kept.
    pub fn rows(&self) -> usize {
        self.deals() + self.deals
    }

    /// Means of each deal: its value, whether its cap is reached, whether it brings in what
    /// was paid for it, and its cash in each year.
    pub fn means_of_deal(&self) -> usize {
        3 + self.axis.years()
    }

    /// Rows of which the mean alone is kept.
    pub fn means(&self) -> usize {
        self.deals * self.means_of_deal()
    }

    /// The rows whose quantiles have errors.
    pub fn outlined(&self) -> Vec<usize> {
        (0..self.quarters()).collect()
    }
}

/// What all workers of a portfolio share.
#[derive(Debug)]
pub struct Fund<'a> {
    /// The deals, ascending by id.
    pub deals: Vec<Ready<'a>>,
    /// What ties them.
    pub factors: Factors,
    /// Deals that belong together.
    pub groups: &'a [Group],
    /// What is kept.
    pub places: Places,
    /// What is paid for each, in all.
    pub invested: Vec<Option<f64>>,
    /// Multiples of what is paid for all, and the cash that is.
    pub multiples: Vec<(f64, f64)>,
    /// The part of all paths that is the tail.
    pub tail: f64,
    /// Paths and seed.
    pub settings: Settings,
}

impl<'a> Fund<'a> {
    /// What a portfolio asks.
    pub fn new(
        portfolio: &'a Portfolio,
        settings: Settings,
        mut deals: Vec<Ready<'a>>,
        factors: Factors,
    ) -> Self {
        let days = deals.iter().map(Ready::cash_days);
        let span = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (mut first, mut last) = span.expect("a portfolio has a deal");
        let paid = portfolio.invested();
        for (date, _) in paid.iter().flatten() {
            (first, last) = (first.min(*date), last.max(*date));
        }
        let axis = Axis::new(first, last);
        deals
            .iter_mut()
            .for_each(|deal| deal.place(&factors, &axis));
        let sum = |paid: &Vec<(Date, f64)>| paid.iter().map(|(_, amount)| amount).sum::<f64>();
        let all = paid.as_ref().map(sum);
        let multiples = portfolio.multiples.iter();
        Self {
            factors,
            groups: &portfolio.groups,
            places: Places {
                axis,
                valued: is_valued(&deals),
                groups: portfolio.groups.len(),
                deals: deals.len(),
            },
            invested: deals
                .iter()
                .map(|deal| deal.invested.as_ref().map(sum))
                .collect(),
            multiples: match all {
                Some(all) => multiples
                    .map(|multiple| (*multiple, multiple * all))
                    .collect(),
                None => Vec::new(),
            },
            tail: portfolio.tail,
            settings,
            deals,
        }
    }
}

/// Whether all deals have a value on one date, so that their values add up.
fn is_valued(deals: &[Ready<'_>]) -> bool {
    let first = deals[0].valued_on();
    first.is_some() && deals.iter().all(|deal| deal.valued_on() == first)
}

/// The memory of one worker.
pub struct FundPass {
    strip: Strip,
    recorder: Recorder,
    /// Sums over the paths of the block.
    means: Vec<f64>,
    worst: Worst,
}

/// Room for a strip of all deals.
pub struct Strip {
    factors: AlignedRows,
    quarters: AlignedRows,
    room: Room,
    brought: Brought,
}

impl Strip {
    /// Room for those of a fund.
    pub fn new(fund: &Fund<'_>) -> Self {
        Self {
            factors: fund.factors.room(),
            quarters: AlignedRows::new(fund.places.axis.quarters()),
            room: Room::new(&fund.deals),
            brought: Brought::new(fund.places.axis.years()),
        }
    }

    /// Simulates all deals on some paths, the first `lanes` of which are in use; tells of
    /// each in order. Gives the total of all.
    pub fn run(
        &mut self,
        fund: &Fund<'_>,
        paths: &[u64; LANES],
        lanes: usize,
        mut each: impl FnMut(usize, &Brought),
    ) -> Lanes {
        fund.factors.draw(paths, &mut self.factors);
        let shared = Shared {
            paths,
            lanes,
            factors: self.factors.get(),
            axis: fund.places.axis,
        };
        let quarters = self.quarters.get_mut();
        quarters.fill([0.0; LANES]);
        let mut total = [0.0; LANES];
        for (i, deal) in fund.deals.iter().enumerate() {
            let (room, brought) = (&mut self.room, &mut self.brought);
            simulate(deal, &shared, room, quarters, brought);
            for l in 0..LANES {
                total[l] += brought.total[l];
            }
            each(i, brought);
        }
        total
    }
}

impl FundPass {
    /// A worker for a fund.
    pub fn new(fund: &Fund<'_>) -> Self {
        let rows = vec![Row::Amount; fund.places.rows()];
        Self {
            strip: Strip::new(fund),
            recorder: Recorder::of_rows(&rows, &fund.places.outlined(), &[fund.multiples.len()]),
            means: vec![0.0; fund.places.means()],
            worst: Worst::new(fund.tail, fund.settings),
        }
    }

    /// All that is counted, and the worst paths.
    pub fn into_counts(self) -> (Counts, Worst) {
        (self.recorder.into_counts(), self.worst)
    }

    /// Simulates one block and counts it; `go_on` is told the paths of every strip.
    pub fn run(
        &mut self,
        fund: &Fund<'_>,
        id: BlockId,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Vec<Moments> {
        let places = &fund.places;
        self.recorder.begin(id);
        self.means.fill(0.0);
        for offset in (0..id.count).step_by(LANES) {
            let lanes = (id.count - offset).min(LANES);
            self.strip(fund, id, offset as u64, lanes);
            if !go_on(lanes as u64) {
                break;
            }
        }
        let mut moments = Vec::with_capacity(places.rows() + places.means());
        moments.extend(self.recorder.end());
        let count = id.count as u64;
        let means = self.means.iter();
        moments.extend(means.map(|sum| Moments::constant(sum / count as f64, count)));
        moments
    }

    /// Simulates a strip and records it.
    fn strip(&mut self, fund: &Fund<'_>, id: BlockId, offset: u64, lanes: usize) {
        let places = &fund.places;
        let first = id.first + offset;
        let paths = philox::consecutive(Draws::path(id.replicate, first));
        let rows = self.recorder.values();
        let (means, of_deal) = (&mut self.means, places.means_of_deal());
        let mut value = [0.0; LANES];
        let total = self.strip.run(fund, &paths, lanes, |i, brought| {
            rows[places.deals() + i] = brought.total;
            for l in 0..LANES {
                value[l] += brought.value[l];
            }
            let means = &mut means[i * of_deal..][..of_deal];
            means[0] += brought.value[..lanes].iter().sum::<f64>();
            let in_use = u64::MAX >> (LANES - lanes);
            means[1] += f64::from((brought.reached & in_use).count_ones());
            if let Some(invested) = fund.invested[i] {
                let back = brought.total[..lanes]
                    .iter()
                    .filter(|total| **total >= invested);
                means[2] += back.count() as f64;
            }
            for (mean, year) in means[3..].iter_mut().zip(&brought.years) {
                *mean += year;
            }
        });
        rows[Places::TOTAL] = total;
        if places.valued {
            rows[Places::VALUE] = value;
        }
        let quarters = self.strip.quarters.get();
        let mut by_now = [0.0; LANES];
        for (year, quarters) in quarters.chunks_exact(4).enumerate() {
            let mut sum = [0.0; LANES];
            for (q, quarter) in quarters.iter().enumerate() {
                rows[places.quarters() + 4 * year + q] = *quarter;
                for l in 0..LANES {
                    sum[l] += quarter[l];
                }
            }
            for l in 0..LANES {
                by_now[l] += sum[l];
            }
            rows[places.years() + year] = sum;
            rows[places.cumulative() + year] = by_now;
        }
        for (g, group) in fund.groups.iter().enumerate() {
            let mut sum = [0.0; LANES];
            for i in &group.deals {
                let deal = &rows[places.deals() + i];
                for l in 0..LANES {
                    sum[l] += deal[l];
                }
            }
            rows[places.groups() + g] = sum;
        }
        let reached = &mut self.recorder.days()[0];
        for (count, (_, cash)) in reached.iter_mut().zip(&fund.multiples) {
            *count += total[..lanes].iter().filter(|total| *total >= cash).count() as u64;
        }
        for (point, total) in (first..).zip(&total[..lanes]) {
            self.worst.see(id.replicate, point, *total);
        }
        self.recorder.take(lanes);
    }
}
