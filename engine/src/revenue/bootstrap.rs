//! Growth drawn from what comparable companies have shown.

use serde::{Deserialize, Serialize};

use super::{Observe, Response};
use crate::math::{exp, fma, growth_factor, ln};
use crate::units::{LANES, Lanes, Parameter, Timeline};

/// The annual revenue of companies that were as large as few have been, with a
/// source for each figure.
const REFERENCE_CLASS: &str = include_str!("reference_class.csv");

/// Log growth of consecutive years of one company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The company.
    pub company: String,
    /// ln(revenue of a year / revenue of the year before), in order.
    pub growth: Vec<f64>,
}

impl History {
    /// The growth in a list of consecutive annual revenues, each above 0.
    pub fn of_revenue(company: &str, revenue: &[f64]) -> Self {
        Self {
            company: company.to_owned(),
            growth: revenue.windows(2).map(|w| ln(w[1] / w[0])).collect(),
        }
    }
}

/// The reference class shipped with the program: Google 2009–2017, Meta's
/// advertising 2015–2023, Nvidia 2019–2026 and Tesla 2018–2023 (2020 missing, so
/// two histories).
pub fn reference_class() -> Vec<History> {
    let mut runs: Vec<(&str, i32, Vec<f64>)> = Vec::new();
    for line in REFERENCE_CLASS.lines().skip(1) {
        let mut cells = line.split(',');
        let mut next = || cells.next().unwrap_or_default();
        let (company, year, _, revenue) = (next(), next(), next(), next());
        let year: i32 = year.parse().expect("the class has a year in each line");
        let revenue: f64 = revenue
            .parse()
            .expect("the class has a revenue in each line");
        match runs.last_mut() {
            Some((name, last, figures)) if *name == company && *last + 1 == year => {
                *last = year;
                figures.push(revenue);
            }
            _ => runs.push((company, year, vec![revenue])),
        }
    }
    runs.iter()
        .map(|(company, _, revenue)| History::of_revenue(company, revenue))
        .collect()
}

/// Run rate `initial · exp(Σ g)`, with the log growth *g* of each year from the
/// timeline's start drawn from histories, even over the year: blocks of
/// `consecutive` years of one company, each such block as likely as any other. The
/// revenue of a period is the run rate at its observation time times its length.
///
/// Each block takes one uniform number. Longer blocks keep how growth follows
/// growth; single years treat them as independent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    initial: Parameter,
    /// Log growth of each block, one after the other.
    blocks: Vec<f64>,
    consecutive: usize,
    times: Vec<f64>,
    lengths: Vec<f64>,
}

impl Bootstrap {
    /// `initial` run rate per year, above 0; `None` where no history has `consecutive`
    /// years of growth, 1 or more.
    pub fn new(
        initial: Parameter,
        histories: &[History],
        consecutive: usize,
        observe: Observe,
        timeline: &Timeline,
    ) -> Option<Self> {
        let years = consecutive.max(1);
        let windows = histories.iter().flat_map(|h| h.growth.windows(years));
        let blocks: Vec<f64> = windows.flatten().copied().collect();
        (consecutive > 0 && !blocks.is_empty()).then(|| Self {
            initial,
            blocks,
            consecutive,
            times: observe.times(timeline),
            lengths: timeline.periods().iter().map(|p| p.length_years).collect(),
        })
    }

    /// How many blocks there are to draw from.
    pub fn choices(&self) -> usize {
        self.blocks.len() / self.consecutive
    }

    /// One uniform number for each block of years begun.
    pub(super) fn events(&self) -> usize {
        self.events_through(self.times.len()).0
    }

    /// The events that decide so many periods, and the periods that these decide.
    pub(super) fn events_through(&self, periods: usize) -> (usize, usize) {
        let years = |blocks: usize| (blocks * self.consecutive) as f64;
        let last = self.times.iter().take(periods).copied().fold(0.0, f64::max);
        let blocks = (last / self.consecutive as f64).ceil() as usize;
        let decided = self.times.iter().filter(|time| **time <= years(blocks));
        (blocks, decided.count())
    }

    /// Log growth of a year on the path that draws these numbers.
    #[inline(always)]
    fn growth(&self, year: usize, events: &[Lanes]) -> Lanes {
        let (block, within) = (year / self.consecutive, year % self.consecutive);
        let choices = self.choices();
        let mut growth = [0.0; LANES];
        for l in 0..LANES {
            let choice = (events[block][l] * choices as f64) as usize;
            growth[l] = self.blocks[choice.min(choices - 1) * self.consecutive + within];
        }
        growth
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], events: &[Lanes], revenue: &mut [Lanes]) {
        let initial = self.initial.lanes(inputs);
        let mut before = [0.0; LANES];
        let mut growth = [0.0; LANES];
        let mut years = 0;
        for (k, row) in revenue.iter_mut().enumerate() {
            let time = self.times[k];
            // The year that ends at or after the time; at the start there is none yet.
            while (years as f64) < time {
                for l in 0..LANES {
                    before[l] += growth[l];
                }
                growth = self.growth(years, events);
                years += 1;
            }
            let part = time - years.saturating_sub(1) as f64;
            let length = self.lengths[k];
            for l in 0..LANES {
                let log = fma(growth[l], part, before[l]);
                row[l] = initial[l] * length * growth_factor(log);
            }
        }
    }

    /// E[exp(log growth up to a time)]: a product over blocks, each an average over
    /// all there are to draw from.
    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let initial = self.initial.at(inputs);
        let block_years = self.consecutive as f64;
        let average = |years: f64| {
            let of_block = |block: &[f64]| {
                let part = |(i, g): (usize, &f64)| g * (years - i as f64).clamp(0.0, 1.0);
                exp(block.iter().enumerate().map(part).sum::<f64>())
            };
            let blocks = self.blocks.chunks_exact(self.consecutive);
            blocks.map(of_block).sum::<f64>() / self.choices() as f64
        };
        let whole = average(block_years);
        let times = self.times.iter().zip(&self.lengths);
        times
            .map(|(time, length)| {
                let blocks = (time / block_years).floor();
                let before: f64 = (0..blocks as usize).map(|_| whole).product();
                initial * length * before * average(time - blocks * block_years)
            })
            .collect()
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        Response {
            revenue: self.expected(inputs),
            by_shock: vec![Vec::new(); self.times.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_class_has_only_consecutive_years() {
        let class = reference_class();
        let years: Vec<usize> = class.iter().map(|h| h.growth.len()).collect();
        assert_eq!(years, [8, 8, 7, 1, 2]);
        assert_eq!(class[3].company, "Tesla");
        assert!((class[3].growth[0] - (24.6_f64 / 21.5).ln()).abs() < 1e-15);
    }
}
