//! The sweep a file asks for.

use super::SweepAsked;
use super::checked::Checked;
use super::file;
use crate::simulate::Spread;

/// The most cases of a design.
const MOST_CASES: i64 = 1_000_000;

/// What `[sweep]` says.
pub fn asked(checked: &mut Checked<'_>, file: &file::Sweep) -> SweepAsked {
    let vary: Vec<String> = file
        .vary
        .get_ref()
        .iter()
        .map(|axis| {
            let text = axis.get_ref().trim();
            if !text.contains('=') {
                let message = "an item of `sweep.vary` names no values".to_owned();
                let label = "there is no equals sign in it".to_owned();
                checked.refuse(axis.span(), "sweep.vary", message, label);
            }
            text.to_owned()
        })
        .collect();
    if vary.is_empty() {
        let message = "`sweep.vary` is empty".to_owned();
        let label = "there is nothing to vary".to_owned();
        checked.refuse(file.vary.span(), "sweep.vary", message, label);
    }
    let design = file.design.as_ref();
    let design = design.map(|word| checked.choice::<Spread>("sweep.design", word));
    let cases = file.cases.as_ref();
    let cases = cases.map(|cases| checked.whole("sweep.cases", cases, 1, MOST_CASES) as u64);
    if let (Some(written), None) = (&file.design, cases) {
        let message = "`sweep.design` does not say how many cases".to_owned();
        let label = "a design needs a number".to_owned();
        let hint = "add cases = 200 below it".to_owned();
        checked.refuse_with(written.span(), "sweep.design", message, label, hint);
    }
    if let (Some(written), None) = (&file.cases, design) {
        let message = "`sweep.cases` stands without a design".to_owned();
        let label = "a grid has as many cases as its values make".to_owned();
        let hint = "add design = \"sobol\", or leave it out".to_owned();
        checked.refuse_with(written.span(), "sweep.cases", message, label, hint);
    }
    SweepAsked {
        vary,
        design,
        cases,
    }
}
