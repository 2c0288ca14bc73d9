//! A sweep in shards that may be computed anywhere, each in parts that are kept by what
//! determines them: whatever sweep a part was computed for, it is the part of every other
//! that asks the same.
//!
//! A part is one pass, with all the contracts that it answers, or the run of one case. It
//! holds what was measured and nothing of the reference case: differences are taken where
//! all parts are together.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{BadCase, CaseOutcome, Prepared, PreparedKind, Sweep};
use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{Fingerprint, Observer, SealError, seal, unseal};
use crate::study::measures::{Measured, Measures, flat_share};

const WHAT: &str = "part of a sweep";
/// The most runs on one set of paths whose parts are kept together.
const MOST_RUNS: usize = 32;

/// Cases that are computed by one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseShard {
    pieces: Vec<Piece>,
}

/// Cases of one unit, by their positions in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    unit: usize,
    cases: Range<usize>,
}

/// What is computed at once and kept under a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePart {
    /// Its name: what tells it from every other part of this and of every other sweep.
    pub name: Fingerprint,
    /// Its cases, in their order; 0 is the scenario as written.
    pub cases: Vec<u64>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The contracts of a unit in one pass.
    Pass { unit: usize },
    /// Those of the first unit and the reference's.
    PassWithReference,
    /// The reference's alone.
    PassOfReference,
    /// The run of one case, of a unit unless it is the reference.
    Run { unit: Option<usize> },
    /// One case in a sweep whose cases each have revenue of their own: all that is asked of
    /// it, by smooth estimates where there are any.
    Own { unit: Option<usize> },
}

/// What one agreement of a case measures, as it is kept: the quantities are those that are
/// asked for.
#[derive(Serialize, Deserialize)]
struct Kept {
    agreement: String,
    measured: Vec<Option<Measured>>,
}

impl CaseShard {
    /// How many cases it has beside the reference.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.cases.len()).sum()
    }

    /// Whether it has none, which is never so of one that was cut.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Sweep {
    /// The sweep cut into `count` shards of about the same work, fewer where there is not so
    /// much to share out. The contracts of a flat share that one pass answers are one piece
    /// of work; the reference goes with the first shard.
    pub fn shards(&self, count: u64) -> Vec<CaseShard> {
        let works: Vec<u64> = self
            .units
            .iter()
            .map(|u| self.work(u.cases.len()))
            .collect();
        let all: u64 = works.iter().sum();
        let count = count.clamp(1, all);
        let cut = |i: u64| (u128::from(all) * u128::from(i) / u128::from(count)) as u64;
        let mut shards = vec![CaseShard { pieces: Vec::new() }];
        let mut done = 0;
        for (unit, work) in works.iter().enumerate() {
            let cases = self.units[unit].cases.len();
            let end = done + work;
            while done < end {
                let mut next = cut(shards.len() as u64);
                if done == next {
                    shards.push(CaseShard { pieces: Vec::new() });
                    next = cut(shards.len() as u64);
                }
                let until = next.min(end);
                let at = |done: u64| match *work == cases as u64 {
                    true => cases - (end - done) as usize,
                    false => {
                        if done == end {
                            cases
                        } else {
                            0
                        }
                    }
                };
                let piece = Piece {
                    unit,
                    cases: at(done)..at(until),
                };
                shards.last_mut().expect("there is one").pieces.push(piece);
                done = until;
            }
        }
        shards
    }

    /// What a unit of so many cases takes, as far as the reference tells: 1 for what one
    /// pass answers, or 1 for each case.
    fn work(&self, cases: usize) -> u64 {
        match flat_share(&self.reference).is_some() && !self.asks_more() {
            true => 1,
            false => cases as u64,
        }
    }

    /// The numbers of a shard's cases, in order.
    pub fn cases_of(&self, shard: &CaseShard) -> Vec<u64> {
        let of = |piece: &Piece| self.units[piece.unit].cases[piece.cases.clone()].to_vec();
        let mut cases: Vec<u64> = shard.pieces.iter().flat_map(of).collect();
        cases.sort_unstable();
        cases
    }

    /// The parts of a shard, and its cases that are no valid scenarios. The reference's
    /// come first.
    pub fn parts(&self, shard: &CaseShard) -> (Vec<CasePart>, Vec<BadCase>) {
        let (mut parts, mut bad) = (Vec::new(), Vec::new());
        for Piece { unit, cases } in &shard.pieces {
            let own = &self.units[*unit].cases;
            if self.by_lines {
                if *unit == 0 {
                    let kind = Kind::Own { unit: None };
                    parts.push(self.part_of(0, kind, &self.reference));
                }
                let kind = Kind::Own { unit: Some(*unit) };
                match self.scenario(own[0]) {
                    Ok(scenario) => parts.push(self.part_of(own[0], kind, &scenario)),
                    Err(error) => bad.push(self.bad(own[0], &error)),
                }
                continue;
            }
            let flat = self.flat_of(own);
            let mut is_answered = false;
            if *unit == 0 && cases.start == 0 {
                let reference = flat_share(&self.reference);
                let joined = reference.and_then(|reference| self.with_first(reference));
                is_answered = joined.is_some();
                match (joined, reference) {
                    (Some(joined), _) => {
                        bad.extend(self.pass(Kind::PassWithReference, joined, &mut parts));
                    }
                    (None, Some(_)) => {
                        let alone = self.prepare_reference(reference);
                        self.pass(Kind::PassOfReference, alone, &mut parts);
                    }
                    (None, None) => {}
                }
                if reference.is_none() || self.asks_more() {
                    let kind = Kind::Run { unit: None };
                    parts.push(self.part_of(0, kind, &self.reference));
                }
            }
            let has_pass = flat.is_some();
            if cases.start == 0 && has_pass && !is_answered {
                let prepared = self.prepare_cases(own, flat);
                bad.extend(self.pass(Kind::Pass { unit: *unit }, prepared, &mut parts));
            }
            if has_pass && !self.asks_more() {
                continue;
            }
            let kind = Kind::Run { unit: Some(*unit) };
            for case in &own[cases.clone()] {
                match self.scenario(*case) {
                    Ok(scenario) => parts.push(self.part_of(*case, kind, &scenario)),
                    // Of a pass they are known already.
                    Err(_) if has_pass => {}
                    Err(error) => bad.push(self.bad(*case, &error)),
                }
            }
        }
        (parts, bad)
    }

    /// Adds the part of a pass; gives its cases that are no valid scenarios.
    fn pass(&self, kind: Kind, prepared: Prepared, parts: &mut Vec<CasePart>) -> Vec<BadCase> {
        if let PreparedKind::Flat {
            scenario,
            cases,
            contracts,
        } = prepared.kind
        {
            let percentiles = &self.reference.report.percentiles;
            let question = self.question(&scenario);
            parts.push(CasePart {
                name: Fingerprint::of(WHAT, &("pass", question, contracts, percentiles)),
                cases,
                kind,
            });
        }
        prepared.bad
    }

    fn part_of(&self, case: u64, kind: Kind, scenario: &Scenario) -> CasePart {
        let asked = format!("{:?}", self.quantities);
        let word = if self.by_lines { "own" } else { "run" };
        CasePart {
            name: Fingerprint::of(WHAT, &(word, self.question(scenario), asked)),
            cases: vec![case],
            kind,
        }
    }

    fn question(&self, scenario: &Scenario) -> crate::simulate::Question {
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&self.ordering);
        simulation.question()
    }

    /// Computes parts on the current thread pool and gives the bytes of each to `keep` as
    /// it is finished. The observer is told the number of paths.
    ///
    /// # Errors
    /// Those of `keep`, and where the observer says to stop.
    pub fn compute<E: From<Error>>(
        &self,
        parts: &[CasePart],
        observer: &dyn Observer,
        mut keep: impl FnMut(&CasePart, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        for like in parts.chunk_by(|a, b| a.kind.goes_with(b.kind)) {
            for some in like.chunks(self.at_once(like[0].kind)) {
                let measured = match some[0].kind {
                    Kind::Run { .. } => self.runs(some, observer)?,
                    _ => self.passes(some, observer)?,
                };
                for (part, measured) in some.iter().zip(measured) {
                    keep(part, seal(WHAT, &(part.name, measured)))?;
                }
            }
        }
        Ok(())
    }

    fn at_once(&self, kind: Kind) -> usize {
        match kind {
            Kind::Pass { unit } | Kind::Own { unit: Some(unit) } => self.worlds_at_once(unit),
            _ => MOST_RUNS,
        }
    }

    fn passes(
        &self,
        parts: &[CasePart],
        observer: &dyn Observer,
    ) -> Result<Vec<Vec<Vec<Kept>>>, Error> {
        let own = flat_share(&self.reference);
        let prepared = |part: &CasePart| match part.kind {
            Kind::Pass { unit } => self.prepare(unit),
            Kind::PassWithReference => own
                .and_then(|own| self.with_first(own))
                .expect("it was joined when the part was named"),
            Kind::Own { unit: Some(unit) } => self.prepare(unit),
            Kind::PassOfReference | Kind::Run { .. } | Kind::Own { unit: None } => {
                self.prepare_reference(own)
            }
        };
        let prepared: Vec<Prepared> = parts.iter().map(prepared).collect();
        let measured = self.evaluate(&prepared, self.by_lines, observer)?;
        let kept = |(_, measures): (u64, Vec<Measures>)| kept(measures);
        let units = measured.into_iter();
        Ok(units
            .map(|unit| unit.into_iter().map(kept).collect())
            .collect())
    }

    fn runs(
        &self,
        parts: &[CasePart],
        observer: &dyn Observer,
    ) -> Result<Vec<Vec<Vec<Kept>>>, Error> {
        let scenarios = parts.iter().map(|part| self.scenario(part.cases[0]));
        let scenarios: Vec<Scenario> = scenarios.collect::<Result<_, _>>()?;
        let measured = self.measure(&scenarios.iter().collect::<Vec<_>>(), observer)?;
        Ok(measured.into_iter().map(|one| vec![kept(one)]).collect())
    }

    /// Gives every case from all parts of all shards in their order, some at a time; `read`
    /// gives the bytes of a part.
    ///
    /// # Errors
    /// Those of `read` and `take`, and [`Error::Sealed`] where bytes are not those of their
    /// part.
    pub fn finish<E: From<Error>>(
        &self,
        parts: &[CasePart],
        mut read: impl FnMut(&CasePart) -> Result<Vec<u8>, E>,
        mut take: impl FnMut(Vec<CaseOutcome>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reference: Option<Vec<Measures>> = None;
        // Passes of cases whose runs are still to come.
        let mut waiting = std::collections::BTreeMap::new();
        for part in parts {
            let measured = self.opened(part, &read(part)?).map_err(Error::from)?;
            let mut finished = Vec::new();
            for (case, measures) in part.cases.iter().zip(measured) {
                if part.kind.is_pass() && self.asks_more() {
                    waiting.insert(*case, measures);
                    continue;
                }
                let mut own: Vec<Measures> = waiting.remove(case).unwrap_or_default();
                match own.first_mut().zip(measures.first()) {
                    Some((own, run)) => own.join(run.clone()),
                    None => own = measures,
                }
                let reference = reference.get_or_insert_with(|| own.clone());
                finished.push(self.outcome(*case, &own, reference));
            }
            take(finished)?;
        }
        Ok(())
    }

    /// What the bytes of a part say of each of its cases.
    fn opened(&self, part: &CasePart, bytes: &[u8]) -> Result<Vec<Vec<Measures>>, SealError> {
        let (name, kept): (Fingerprint, Vec<Vec<Kept>>) = unseal(WHAT, bytes)?;
        let quantities = match part.kind.is_pass() {
            true => self.answered(),
            false => self.quantities.clone(),
        };
        let is_whole = |kept: &Kept| kept.measured.len() == quantities.len();
        if name != part.name || kept.len() != part.cases.len() {
            return Err(SealError::Foreign { what: WHAT });
        }
        if !kept.iter().flatten().all(is_whole) {
            return Err(SealError::Damaged { what: WHAT });
        }
        let opened = |kept: Kept| Measures {
            agreement: kept.agreement,
            quantities: quantities.iter().copied().zip(kept.measured).collect(),
        };
        let cases = kept.into_iter();
        Ok(cases
            .map(|case| case.into_iter().map(opened).collect())
            .collect())
    }
}

impl Kind {
    /// Whether it answers the terms of flat shares, and nothing else that is asked.
    fn is_pass(self) -> bool {
        !matches!(self, Self::Run { .. } | Self::Own { .. })
    }

    /// Whether both are computed side by side.
    fn goes_with(self, next: Self) -> bool {
        match (self, next) {
            (Self::Pass { .. }, Self::Pass { .. }) | (Self::Own { .. }, Self::Own { .. }) => true,
            (Self::Run { unit }, Self::Run { unit: other }) => unit == other,
            _ => false,
        }
    }
}

fn kept(measures: Vec<Measures>) -> Vec<Kept> {
    let kept = |measures: Measures| Kept {
        agreement: measures.agreement,
        measured: measures.quantities.into_iter().map(|(_, m)| m).collect(),
    };
    measures.into_iter().map(kept).collect()
}
