//! Every case of a sweep on one set of draws.
//!
//! Cases that differ in a flat share's own terms only (share, cap, paid before,
//! expiry) share their revenue: one pass answers all of them. These, and cases that each
//! have revenue of their own, have smooth estimates where there are any, which take a few
//! lines. The others are evaluated side by side on the same draws, so that the difference
//! of any two is sharp. What a case gives does not depend on which others are left to do, so an
//! interrupted sweep can be continued.

mod parts;
mod units;

use crate::Error;
use std::collections::BTreeSet;

use rayon::prelude::*;

use super::base::Base;
use super::cases::Cases;
use super::contract_key::ContractKey;
use super::error::StudyError;
use super::measures::{CaseQuantity, MEDIAN, Measured, Measures, check, flat_share};
use crate::scenario::Scenario;
use crate::simulate::{
    Cancelled, Estimator, FlatShare, Kind, Measure, Observer, Ordering, Results, Simulation,
    SmoothContracts, Unheard, World, evaluate_worlds, run_means, run_smooth, run_totals,
};
use crate::stats::MeanEstimate;
use crate::units::{Date, Worded as _};
pub use parts::{CasePart, CaseShard};
pub use units::{BadCase, own_values};
use units::{Prepared, PreparedKind, Unit, is_as_written, units, with_median};

/// The most worlds evaluated side by side.
const MOST_WORLDS: u64 = 64;
/// Paths of all worlds evaluated side by side.
const PATHS_AT_ONCE: u64 = 1 << 22;
/// Lines of each replicate in a case with smooth estimates: they give a probability to
/// some 1e-5. Of many points of the run a part, so that more points are more lines.
const LINES: u64 = 256;
/// Of so many points of the run, one is a line.
const POINTS_OF_A_LINE: u64 = 64;
/// Counts of days kept for all worlds evaluated side by side.
const DAYS_AT_ONCE: u64 = 1 << 24;

/// What each case of a unit measures, for each agreement, in order.
type UnitMeasures = Vec<(u64, Vec<Measures>)>;

/// A scenario and the cases it is to be evaluated in.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use capbind::simulate::Measure;
/// use capbind::study::{Axis, Base, CaseQuantity, Cases, Sweep};
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2028-12-31, step = "quarter" }
///     revenue.gbm = { initial = 10, growth = 0.25, volatility = 0.3 }
///     agreement = { share = 0.2, cap = 8 }
///     simulation.points = 256
/// "#;
/// let cases = Cases::grid(&[Axis::parse("agreement.cap=6:10:2")?])?;
/// let sweep = Sweep::new(Base::new("royalty.toml", "royalty", text, &[]), cases)?;
/// assert!(sweep.check().is_empty());
/// let mut paid = Vec::new();
/// sweep.run(&BTreeSet::new(), &(), |outcomes| {
///     for outcome in outcomes {
///         let row = &outcome.agreements[0].rows[0];
///         assert_eq!(row.quantity, CaseQuantity::Expected(Measure::PAID));
///         paid.push((outcome.case, row.estimate.unwrap(), row.difference.unwrap()));
///     }
///     Ok::<(), capbind::Error>(())
/// })?;
/// // Case 0 is the scenario as written, which case 2 is equal to.
/// let (case, more, difference) = paid[3];
/// assert_eq!((case, paid[2].2.mean), (3, 0.0));
/// assert!((difference.mean - (more.mean - paid[0].1.mean)).abs() < 1e-12);
/// assert!(difference.std_error < more.std_error + paid[0].1.std_error);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sweep {
    base: Base,
    cases: Cases,
    /// The scenario as written: case 0.
    reference: Scenario,
    /// The values of each key in it: see [`own_values`].
    written: Vec<String>,
    ordering: Ordering,
    /// For each key of the cases, the term of a flat share it is, if it is one.
    terms: Vec<Option<ContractKey>>,
    /// What every case is asked for.
    quantities: Vec<CaseQuantity>,
    /// What is shown of every case because it was asked for.
    besides: Vec<CaseQuantity>,
    units: Vec<Unit>,
    /// Whether each case has revenue of its own.
    by_lines: bool,
}

/// What a case comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseOutcome {
    /// Its number; 0 is the scenario as written.
    pub case: u64,
    /// The value of each key as text; empty where the scenario as written has none that a
    /// cell could hold.
    pub values: Vec<String>,
    /// Its agreements.
    pub agreements: Vec<AgreementOutcome>,
}

/// What one agreement of a case comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreementOutcome {
    /// Its name.
    pub name: String,
    /// Its quantities in the order of the result files.
    pub rows: Vec<CaseRow>,
}

/// A quantity of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// The quantity.
    pub quantity: CaseQuantity,
    /// Its mean; of a date, days from the timeline's start. `None` where it is
    /// undefined, or where the date is not reached.
    pub estimate: Option<MeanEstimate>,
    /// By how much it exceeds that of the reference case, with the standard error
    /// of the paired difference; `None` where either is undefined.
    pub difference: Option<MeanEstimate>,
    /// The date, where it is one.
    pub date: Option<Date>,
    /// How the estimate was made; `None` where there is none.
    pub estimator: Option<Estimator>,
}

impl Sweep {
    /// A sweep over `cases` of a scenario.
    ///
    /// # Errors
    /// Where the scenario as written is not valid; its cases are not looked at,
    /// see [`check`](Self::check).
    pub fn new(base: Base, cases: Cases) -> Result<Self, Error> {
        let reference = with_median(base.with(&[])?);
        let ordering = Ordering::of(&reference.simulation());
        let terms: Vec<_> = cases
            .keys()
            .iter()
            .map(|key| ContractKey::of(key))
            .collect();
        let units = units(&cases, &terms);
        let by_lines = units.iter().all(|unit| unit.cases.len() == 1);
        let written = own_values(&reference, &cases);
        Ok(Self {
            base,
            cases,
            ordering,
            quantities: CaseQuantity::all(&reference.report.percentiles, &[]),
            besides: Vec::new(),
            written,
            reference,
            terms,
            units,
            by_lines,
        })
    }

    /// The same sweep with more measures; those that the contracts of flat shares do not
    /// answer take a run for each case.
    ///
    /// # Errors
    /// Where the scenario does not have one of them.
    pub fn with_measures(mut self, measures: &[Measure]) -> Result<Self, StudyError> {
        for measure in measures {
            check(&self.reference, *measure)?;
        }
        self.quantities = CaseQuantity::all(&self.reference.report.percentiles, measures);
        for &measure in measures {
            let shown = match measure.kind() {
                Kind::Date => CaseQuantity::Percentile(measure, MEDIAN),
                _ => CaseQuantity::Expected(measure),
            };
            if !self.shown().contains(&shown) {
                self.besides.push(shown);
            }
        }
        Ok(self)
    }

    /// What is shown of every case in a line: whether and when the cap binds, what is paid,
    /// then what was asked for besides, of a date its median.
    pub fn shown(&self) -> Vec<CaseQuantity> {
        CaseQuantity::GLANCE
            .iter()
            .chain(&self.besides)
            .copied()
            .collect()
    }

    /// What every case is asked for, in the order of the result files.
    pub fn quantities(&self) -> &[CaseQuantity] {
        &self.quantities
    }

    /// The scenario as written, case 0, which all others are compared with.
    pub fn reference(&self) -> &Scenario {
        &self.reference
    }

    /// The cases.
    pub fn cases(&self) -> &Cases {
        &self.cases
    }

    /// The scenario of a case.
    ///
    /// # Errors
    /// Where it is not valid.
    pub fn scenario(&self, case: u64) -> Result<Scenario, Error> {
        let scenario = match case {
            0 => self.base.with(&[]),
            case => self.base.with(&self.cases.assignments(case)),
        };
        scenario.map(with_median)
    }

    /// Every case that is no valid scenario, in order.
    pub fn check(&self) -> Vec<BadCase> {
        let units = 0..self.units.len();
        let bad = units.into_par_iter().flat_map_iter(|i| self.prepare(i).bad);
        let mut bad: Vec<BadCase> = bad.collect();
        bad.sort_by_key(|bad| bad.case);
        bad
    }

    /// Evaluates the reference and every valid case that is not in `done`, on the
    /// current thread pool. `take` is given some cases at a time as they are
    /// finished; an error of its own ends the sweep.
    ///
    /// # Errors
    /// Those of `take`, and where the observer says to stop.
    pub fn run<E: From<Error>>(
        &self,
        done: &BTreeSet<u64>,
        observer: &dyn Observer,
        mut take: impl FnMut(Vec<CaseOutcome>) -> Result<(), E>,
    ) -> Result<(), E> {
        let own = flat_share(&self.reference);
        let with_first = own.and_then(|own| self.with_first(own));
        let joined = with_first.is_some();
        let start = with_first.unwrap_or_else(|| self.prepare_reference(own));
        let mut measured = self.evaluate(&[start], true, observer)?.remove(0);
        let reference = measured.remove(0).1;
        let finished = |measured: Vec<(u64, Vec<Measures>)>| -> Vec<CaseOutcome> {
            let new = measured
                .into_iter()
                .filter(|(case, _)| !done.contains(case));
            new.map(|(case, own)| self.outcome(case, &own, &reference))
                .collect()
        };
        take(finished(vec![(0, reference.clone())]))?;
        take(finished(measured))?;
        let left: Vec<usize> = (usize::from(joined)..self.units.len())
            .filter(|i| self.units[*i].cases.iter().any(|case| !done.contains(case)))
            .collect();
        let mut rest = left.as_slice();
        while let Some(next) = rest.first() {
            let (batch, others) = rest.split_at(self.worlds_at_once(*next).min(rest.len()));
            rest = others;
            let prepared: Vec<Prepared> = batch.par_iter().map(|i| self.prepare(*i)).collect();
            for measured in self.evaluate(&prepared, true, observer)? {
                take(finished(measured))?;
            }
        }
        Ok(())
    }

    /// How many worlds are evaluated side by side, the first of them that of a
    /// unit; many contracts have a pass of their own.
    fn worlds_at_once(&self, unit: usize) -> usize {
        let following = self.units[unit..].iter().take(MOST_WORLDS as usize);
        let contracts = following.map(|unit| unit.cases.len() as u64).max();
        let settings = &self.reference.settings;
        let days = u64::from(self.reference.timeline.days().unsigned_abs());
        let counts = days * u64::from(settings.replicates) * contracts.unwrap_or(1);
        let most = (PATHS_AT_ONCE / settings.paths()).min(DAYS_AT_ONCE / counts);
        most.clamp(1, MOST_WORLDS) as usize
    }

    /// The first unit with the reference in it, where both are flat shares on the same
    /// revenue. The reference is evaluated together with these contracts, and always with
    /// the same: its last digits depend on it.
    fn with_first(&self, own: FlatShare) -> Option<Prepared> {
        let is_alike = !self.by_lines && self.terms.iter().all(Option::is_some);
        let mut first = is_alike.then(|| self.prepare(0))?;
        match &mut first.kind {
            PreparedKind::Flat {
                cases, contracts, ..
            } => {
                cases.insert(0, 0);
                contracts.insert(0, own);
                Some(first)
            }
            PreparedKind::Any(_) => None,
        }
    }

    fn prepare_reference(&self, own: Option<FlatShare>) -> Prepared {
        let scenario = self.reference.clone();
        let kind = match own {
            Some(own) => PreparedKind::Flat {
                scenario: Box::new(scenario),
                cases: vec![0],
                contracts: vec![own],
            },
            None => PreparedKind::Any(vec![(0, scenario)]),
        };
        Prepared {
            kind,
            bad: Vec::new(),
        }
    }

    /// The scenarios and contracts of a unit's valid cases.
    fn prepare(&self, unit: usize) -> Prepared {
        let cases = &self.units[unit].cases;
        self.prepare_cases(cases, self.flat_of(cases))
    }

    /// Where cases that share everything but the terms of a flat share are flat shares: the
    /// scenario and the contract of the first that is likely to be valid.
    fn flat_of(&self, cases: &[u64]) -> Option<(Scenario, FlatShare)> {
        let permitted = |case: &u64| {
            let values = self.cases.values(*case);
            let mut terms = self.terms.iter().zip(values);
            terms.all(|(term, value)| term.is_none_or(|term| term.permits(value)))
        };
        let likely = cases.iter().find(|case| permitted(case))?;
        let scenario = self.scenario(*likely).ok()?;
        let contract = flat_share(&scenario)?;
        Some((scenario, contract))
    }

    fn prepare_cases(&self, cases: &[u64], flat: Option<(Scenario, FlatShare)>) -> Prepared {
        let mut bad = Vec::new();
        let kind = if let Some((scenario, contract)) = flat {
            let mut good = Vec::with_capacity(cases.len());
            let mut contracts = Vec::with_capacity(cases.len());
            for case in cases {
                let mut own = contract;
                let values = self.cases.values(*case);
                let mut terms = self.terms.iter().zip(values);
                let is_good = terms.all(|(term, value)| {
                    term.is_none_or(|term| term.put(&mut own, value, &scenario))
                });
                if is_good {
                    good.push(*case);
                    contracts.push(own);
                } else {
                    bad.extend(self.problem(*case));
                }
            }
            PreparedKind::Flat {
                scenario: Box::new(scenario),
                cases: good,
                contracts,
            }
        } else {
            let mut good = Vec::new();
            for case in cases {
                match self.scenario(*case) {
                    Ok(scenario) => good.push((*case, scenario)),
                    Err(error) => bad.push(self.bad(*case, &error)),
                }
            }
            PreparedKind::Any(good)
        };
        Prepared { kind, bad }
    }

    fn problem(&self, case: u64) -> Option<BadCase> {
        let error = self.scenario(case).err()?;
        Some(self.bad(case, &error))
    }

    fn bad(&self, case: u64, error: &Error) -> BadCase {
        let problem = match error {
            Error::Invalid(problems) => {
                let first = problems.problems.first();
                first.map_or_else(String::new, |p| format!("{}: {}", p.message, p.label))
            }
            other => other.to_string(),
        };
        BadCase {
            case,
            assignments: self.cases.assignments(case),
            problem,
        }
    }

    /// Whether more is asked for than the contracts of flat shares answer.
    fn asks_more(&self) -> bool {
        self.quantities.len() > self.answered().len()
    }

    /// What each case of each unit measures, in order; of contracts of flat shares what they
    /// do not answer is left out unless it is to come `with_runs` of their own.
    fn evaluate(
        &self,
        units: &[Prepared],
        with_runs: bool,
        observer: &dyn Observer,
    ) -> Result<Vec<UnitMeasures>, Error> {
        let smooth: Vec<Option<UnitMeasures>> = units
            .par_iter()
            .map(|prepared| self.smooth(prepared, with_runs, observer))
            .collect::<Result<_, Error>>()?;
        let counted = units.iter().zip(&smooth);
        let counted = counted.filter_map(|(unit, smooth)| smooth.is_none().then_some(unit));
        let counted: Vec<&Prepared> = counted.collect();
        let mut counted = self.count(&counted, with_runs, observer)?.into_iter();
        let either = smooth.into_iter();
        let either = either.map(|smooth| smooth.or_else(|| counted.next()));
        Ok(either.flatten().collect())
    }

    /// What each case of a unit measures by smooth estimates; `None` where one of them
    /// takes paths.
    fn smooth(
        &self,
        unit: &Prepared,
        with_runs: bool,
        observer: &dyn Observer,
    ) -> Result<Option<UnitMeasures>, Error> {
        let cases: Vec<(u64, &Scenario)> = match &unit.kind {
            PreparedKind::Flat {
                scenario,
                cases,
                contracts,
            } if !self.by_lines => {
                return self.smooth_contracts(scenario, cases, contracts, with_runs, observer);
            }
            PreparedKind::Any(_) if !self.by_lines => return Ok(None),
            PreparedKind::Flat {
                scenario, cases, ..
            } => cases
                .iter()
                .map(|case| (*case, scenario.as_ref()))
                .collect(),
            PreparedKind::Any(cases) => cases.iter().map(|(i, own)| (*i, own)).collect(),
        };
        // The results of a mixture are made of whole runs.
        if cases.iter().any(|(_, scenario)| !scenario.cases.is_empty()) {
            return Ok(None);
        }
        let mut all = Vec::with_capacity(cases.len());
        for (case, scenario) in cases {
            let Some(found) = run_smooth(&self.lines_of(scenario), &Unheard(observer))? else {
                return Ok(None);
            };
            let agreements = found.iter().enumerate();
            let measures: Option<Vec<Measures>> = agreements
                .map(|(i, smooth)| Measures::of_smooth(scenario, i, smooth, &self.quantities))
                .collect();
            let Some(measures) = measures else {
                return Ok(None);
            };
            all.push((case, measures));
        }
        Ok(Some(all))
    }

    /// The same of contracts on one revenue.
    fn smooth_contracts(
        &self,
        scenario: &Scenario,
        cases: &[u64],
        contracts: &[FlatShare],
        with_runs: bool,
        observer: &dyn Observer,
    ) -> Result<Option<UnitMeasures>, Error> {
        let found = SmoothContracts::new(&self.lines_of(scenario), contracts, observer)?;
        let Some(found) = found else {
            return Ok(None);
        };
        let answered = self.answered();
        let name = &scenario.primary().agreement.name;
        let of_case = |(i, case): (usize, &u64)| {
            let lines = found.contract(i);
            let own = (name.as_str(), contracts[i].cap.is_finite());
            let measures = Measures::of_lines(scenario, own, &lines, &answered);
            let mut measures = measures.expect("lines tell what every contract has");
            if with_runs {
                self.join_run(&mut measures, *case, observer)?;
            }
            Ok((*case, vec![measures]))
        };
        let all = cases.par_iter().enumerate().map(of_case);
        all.collect::<Result<_, Error>>().map(Some)
    }

    /// A simulation with the points of a case's lines.
    fn lines_of<'a>(&'a self, scenario: &'a Scenario) -> Simulation<'a> {
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&self.ordering);
        simulation.settings.points = lines_of_a_case(simulation.settings.points);
        simulation
    }

    /// What contracts of flat shares answer, in the order of the result files.
    fn answered(&self) -> Vec<CaseQuantity> {
        CaseQuantity::all(&self.reference.report.percentiles, &[])
    }

    /// Adds what a contract does not answer and a run of the case does.
    fn join_run(
        &self,
        own: &mut Measures,
        case: u64,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        if self.asks_more() {
            let scenario = self.scenario(case)?;
            let run = self.measure(&[&scenario], &Unheard(observer))?;
            let first = run.into_iter().flatten().next();
            own.join(first.expect("a valid case has one agreement"));
        }
        Ok(())
    }

    /// What each case of each unit measures on its paths, in order.
    fn count(
        &self,
        units: &[&Prepared],
        with_runs: bool,
        observer: &dyn Observer,
    ) -> Result<Vec<UnitMeasures>, Error> {
        let percentiles = &self.reference.report.percentiles;
        let quantiles: Vec<f64> = percentiles.iter().map(|p| p / 100.0).collect();
        let mut worlds = Vec::new();
        for prepared in units {
            if let PreparedKind::Flat {
                scenario,
                contracts,
                ..
            } = &prepared.kind
            {
                let mut simulation = scenario.simulation();
                simulation.ordering = Some(&self.ordering);
                worlds.push(World {
                    simulation,
                    contracts,
                });
            }
        }
        let mut evaluated = evaluate_worlds(&worlds, &quantiles, observer)?.into_iter();
        let any = units.iter().flat_map(|prepared| match &prepared.kind {
            PreparedKind::Any(cases) => cases.as_slice(),
            PreparedKind::Flat { .. } => &[],
        });
        let any: Vec<&Scenario> = any.map(|(_, scenario)| scenario).collect();
        let mut measured_any = self.measure(&any, observer)?.into_iter();
        let measured = |prepared: &Prepared| match &prepared.kind {
            PreparedKind::Flat {
                scenario,
                cases,
                contracts,
            } => {
                let Some(all) = evaluated.next() else {
                    return Ok(Vec::new());
                };
                let of_case = |(i, case): (usize, &u64)| {
                    let capped = contracts[i].cap.is_finite();
                    let mut own = Measures::of_contract(scenario, &all, i, capped);
                    if with_runs {
                        self.join_run(&mut own, *case, observer)?;
                    }
                    Ok((*case, vec![own]))
                };
                cases.iter().enumerate().map(of_case).collect()
            }
            PreparedKind::Any(cases) => {
                let cases = cases.iter().map(|(case, _)| *case);
                Ok(cases.zip(measured_any.by_ref()).collect())
            }
        };
        units.iter().copied().map(measured).collect()
    }

    /// What each scenario measures under its own contracts, on the reference's draws.
    fn measure(
        &self,
        scenarios: &[&Scenario],
        observer: &dyn Observer,
    ) -> Result<Vec<Vec<Measures>>, Cancelled> {
        let simulations: Vec<Simulation<'_>> = scenarios
            .iter()
            .flat_map(|scenario| scenario.simulations())
            .map(|simulation| Simulation {
                ordering: Some(&self.ordering),
                ..simulation
            })
            .collect();
        let asks_returns = self
            .quantities
            .iter()
            .any(CaseQuantity::is_of_an_investment);
        let results: Vec<Results> = match asks_returns {
            true => simulations
                .iter()
                .map(|simulation| run_totals(simulation, observer))
                .collect::<Result<_, _>>()?,
            false => run_means(&simulations, observer)?,
        };
        let mut each = results.into_iter();
        let mixed = |scenario: &&Scenario| {
            let runs = scenario.cases.len().max(1);
            scenario.mixed(each.by_ref().take(runs).collect())
        };
        let results: Vec<Results> = scenarios.iter().map(mixed).collect();
        let measures = |(scenario, results): (&&Scenario, &Results)| {
            let agreements = scenario.contracts.iter().zip(&results.agreements);
            agreements
                .map(|(contract, outcomes)| {
                    Measures::of_run(&contract.agreement, outcomes, &self.quantities)
                })
                .collect()
        };
        Ok(scenarios.iter().zip(&results).map(measures).collect())
    }

    fn outcome(&self, case: u64, own: &[Measures], reference: &[Measures]) -> CaseOutcome {
        // Evaluated among others, a case has other last digits than the reference alone.
        let own = match is_as_written(&self.written, &self.cases, case) {
            true => reference,
            false => own,
        };
        let row = |(i, quantity): (usize, CaseQuantity)| {
            let measure = own[i].get(quantity);
            let other = reference.get(i).and_then(|all| all.get(quantity));
            CaseRow {
                quantity,
                estimate: measure.map(Measured::estimate),
                difference: measure.zip(other).map(|(own, other)| own.less(other)),
                date: measure.and_then(|measure| measure.date),
                estimator: measure.map(|measure| measure.estimator),
            }
        };
        let agreement = |i: usize| AgreementOutcome {
            name: own[i].agreement.clone(),
            rows: self
                .quantities
                .iter()
                .map(|quantity| row((i, *quantity)))
                .collect(),
        };
        let values = match case {
            0 => self.written.clone(),
            case => self
                .cases
                .values(case)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        };
        CaseOutcome {
            case,
            values,
            agreements: (0..own.len()).map(agreement).collect(),
        }
    }
}

/// How many lines of each replicate a case with smooth estimates takes, of so many points.
pub fn lines_of_a_case(points: u64) -> u64 {
    points.min(LINES.max(points / POINTS_OF_A_LINE))
}
