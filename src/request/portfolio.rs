//! Many agreements at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::charts::portfolio_figures;
use super::{Answer, Answers, Request, Study, StudyFiles, unusable};
use crate::Error;
use crate::artifacts::StudyResults;
use crate::report::{FundReport, StudiedScenario};
use crate::simulate::{Observer, PortfolioResults, run_portfolio};
use crate::study::{Base, Deals, Entry, Fund, FundOptions};

/// What a portfolio of deals brings in. Its scenarios are those that the deals change, by
/// the names that the table gives them, none for that of all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Portfolio {
    /// The table's name, without folder and extension.
    pub table: String,
    /// Its text, by id.
    pub deals: String,
    /// The part of all simulated outcomes that is the tail, between 0 and 1.
    pub tail: f64,
    /// Multiples of what is invested to give the probabilities of, above 0.
    pub multiples: Vec<f64>,
    /// Paths of every scenario, instead of its own.
    pub paths: u64,
    /// Whether charts are drawn.
    pub charts: bool,
}

/// A portfolio with all that its results take.
#[derive(Debug)]
pub struct PosedFund {
    /// What is asked.
    pub study: Study<Portfolio>,
    /// What is simulated.
    pub fund: Fund,
}

impl PosedFund {
    /// The portfolio of a study and its table.
    ///
    /// # Errors
    /// Where a deal is not permitted.
    pub fn new(study: Study<Portfolio>, deals: &Deals) -> Result<Self, Error> {
        let fund = fund(&study, deals)?;
        Ok(Self { study, fund })
    }

    /// The portfolio of scenarios as a manifest has them.
    ///
    /// # Errors
    /// Where something in it is not permitted.
    pub fn again(studied: &[StudiedScenario], asked: Portfolio) -> Result<Self, Error> {
        let study = Study::of_studied(studied, Vec::new(), asked)?;
        let deals = study.asked.deals()?;
        Self::new(study, &deals)
    }

    /// What there is to say of it, on the current thread pool.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn answer(&self, observer: &dyn Observer) -> Result<Answer, Error> {
        simulated(&self.study, &self.fund, observer)
    }

    /// What its results come to.
    ///
    /// # Errors
    /// As [`Study::found`].
    pub fn found(&self, results: &PortfolioResults) -> Result<StudyResults, Error> {
        self.study.found(said(&self.study, &self.fund, results))
    }
}

impl Portfolio {
    /// The table of a manifest.
    fn deals(&self) -> Result<Deals, Error> {
        let deals = Deals::from_csv("the table of deals in it", self.deals.as_bytes())?;
        Ok(deals)
    }
}

impl Request for Portfolio {
    const COMMAND: &'static str = "portfolio";
    const FILES: StudyFiles = StudyFiles {
        tables: &[
            "summary.csv",
            "years.csv",
            "quarters.csv",
            "multiples.csv",
            "deals.csv",
            "deal_years.csv",
            "payers.csv",
            "vintages.csv",
            "concentration.csv",
        ],
        charts: &["cash", "multiple", "contributions", "tail"],
    };

    fn paths(&self) -> Option<u64> {
        Some(self.paths)
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn folder(study: &Study<Self>) -> String {
        format!("{}-portfolio", study.asked.table)
    }

    fn length(study: &Study<Self>) -> Option<u64> {
        Some(study.scenarios.first()?.scenario.settings.paths())
    }

    fn settled(mut study: Study<Self>) -> Result<Study<Self>, Error> {
        let asked = &mut study.asked;
        let is_part = 0.0 < asked.tail && asked.tail < 1.0;
        let is_multiple = |multiple: &f64| *multiple > 0.0 && multiple.is_finite();
        if !is_part || !asked.multiples.iter().all(is_multiple) {
            return Err(unusable(
                "the tail or a multiple that was asked for is not permitted",
            ));
        }
        let deals = asked.deals()?;
        // As this program writes it, however it was written.
        asked.deals = deals.to_csv();
        let known = |name: &str| study.scenarios.iter().any(|own| own.name == name);
        if deals.deals.iter().any(|deal| !known(&deal.scenario)) {
            return Err(unusable(
                "a deal names a scenario that is not in the manifest",
            ));
        }
        Ok(study)
    }
}

impl Answers for Portfolio {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let fund = fund(study, &study.asked.deals()?)?;
        simulated(study, &fund, observer)
    }
}

/// What is simulated.
fn fund(study: &Study<Portfolio>, deals: &Deals) -> Result<Fund, Error> {
    let bases = study.scenarios.iter();
    let bases: BTreeMap<String, Base> = bases
        .map(|Entry { name, scenario }| {
            let origin = format!("{}.toml", scenario.stem);
            (name.clone(), Base::of(&origin, scenario))
        })
        .collect();
    let options = FundOptions {
        tail: study.asked.tail,
        multiples: study.asked.multiples.clone(),
    };
    Fund::new(deals, &bases, options)
}

fn simulated(
    study: &Study<Portfolio>,
    fund: &Fund,
    observer: &dyn Observer,
) -> Result<Answer, Error> {
    let results = run_portfolio(&fund.portfolio, observer)?;
    Ok(said(study, fund, &results))
}

/// What there is to say of the results.
fn said(study: &Study<Portfolio>, fund: &Fund, results: &PortfolioResults) -> Answer {
    let report = FundReport {
        fund,
        results,
        reference: &study.scenarios[0].scenario,
    };
    Answer {
        text: report.text(),
        json: report.json(),
        tables: report.tables(),
        figures: study.drawn(|| portfolio_figures(&report)),
        warnings: report.warnings(),
        ..Answer::default()
    }
}
