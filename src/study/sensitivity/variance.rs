//! Variance-based indices of a scenario's quantities, and of any function.

use crate::simulate::{
    Cancelled, Design, Group, Measure, Observer, Settings, Simulation, Source, sample_pairs,
};
use crate::stats::{Decomposition, IndexSums, MixtureSums};
use crate::units::{LANES, Lanes};

/// The indices of a measure, by group, and whether every path has the measure; `None` for
/// one that does not vary or that some paths do not have.
pub(super) type Decomposed = (Option<Decomposition>, bool);

/// The indices of each measure of a simulation.
pub(super) fn decompose(
    simulation: &Simulation<'_>,
    groups: &[Group],
    measures: &[Measure],
    observer: &dyn Observer,
) -> Result<Vec<Decomposed>, Cancelled> {
    let variants = variants(groups.len());
    let replicates = Design::new(simulation, groups, &variants, measures).evaluate(
        || vec![(IndexSums::new(groups.len()), true); measures.len()],
        |sums, out, lanes| {
            for (quantity, (sums, is_whole)) in sums.iter_mut().enumerate() {
                let output = |variant: usize| &out[variant * measures.len() + quantity][..lanes];
                let is_defined = |variant| output(variant).iter().all(|value| value.is_finite());
                *is_whole = *is_whole && (0..variants.len()).all(is_defined);
                sums.add(output(0), output(1), (2..variants.len()).map(output));
            }
        },
        observer,
    )?;
    Ok(decomposed(replicates, Decomposition::new))
}

/// The same of a mixture of simulations by their weights, each with the same groups: the
/// indices of which of them comes, then those of the groups.
pub(super) fn decompose_mixture(
    weights: &[f64],
    simulations: &[Simulation<'_>],
    groups: &[Vec<Group>],
    measures: &[Measure],
    observer: &dyn Observer,
) -> Result<Vec<Decomposed>, Cancelled> {
    let count = groups[0].len();
    let variants = variants(count);
    let designs = simulations.iter().zip(groups);
    let designs: Vec<Design<'_>> = designs
        .map(|(simulation, groups)| Design::new(simulation, groups, &variants, measures))
        .collect();
    let replicates = Design::evaluate_together(
        &designs,
        || vec![(MixtureSums::new(weights.len(), count), true); measures.len()],
        |sums, out, lanes| {
            for (quantity, (sums, is_whole)) in sums.iter_mut().enumerate() {
                let outputs: Vec<Vec<&[f64]>> = out
                    .iter()
                    .map(|out| {
                        let row = |variant: usize| &out[variant * measures.len() + quantity];
                        (0..variants.len()).map(|v| &row(v)[..lanes]).collect()
                    })
                    .collect();
                let mut values = outputs.iter().flatten().flat_map(|row| row.iter());
                *is_whole = *is_whole && values.all(|value| value.is_finite());
                sums.add(weights, &outputs);
            }
        },
        observer,
    )?;
    Ok(decomposed(replicates, |sums| {
        Decomposition::of_mixture(weights, sums)
    }))
}

/// What the sums of each measure come to, and whether every path has it, from those of each
/// replicate.
fn decomposed<S>(
    replicates: Vec<Vec<(S, bool)>>,
    of: impl Fn(&[S]) -> Option<Decomposition>,
) -> Vec<Decomposed> {
    let mut by_measure: Vec<(Vec<S>, bool)> = Vec::new();
    for replicate in replicates {
        by_measure.resize_with(replicate.len(), || (Vec::new(), true));
        for ((all, are_whole), (sums, is_whole)) in by_measure.iter_mut().zip(replicate) {
            all.push(sums);
            *are_whole &= is_whole;
        }
    }
    let found = by_measure.into_iter();
    let found = found.map(|(sums, is_whole)| (of(&sums).filter(|_| is_whole), is_whole));
    found.collect()
}

/// Everything as drawn, everything from the second sample, and each group from it.
fn variants(groups: usize) -> Vec<Vec<Source>> {
    let all = |source| vec![source; groups];
    let mut variants = vec![all(Source::First), all(Source::Second)];
    variants.extend((0..groups).map(|group| {
        let mut sources = all(Source::First);
        sources[group] = Source::Second;
        sources
    }));
    variants
}

/// First-order and total indices of a function of `dimensions` independent uniform
/// numbers, by the estimators and on the points that [`sensitivity`](super::sensitivity)
/// uses; `None` where the function is constant. The observer is told the points.
///
/// # Errors
/// Where the observer says to stop.
///
/// ```
/// use capbind::simulate::{Sampler, Settings};
/// use capbind::study::variance_indices;
///
/// let settings = Settings { points: 1024, replicates: 16, sampler: Sampler::Sobol, seed: 1 };
/// let found = variance_indices(settings, 2, |x| 3.0 * x[0] + x[1], &())?.unwrap();
/// assert!((found.groups[0].first_order.mean - 0.9).abs() < 1e-3);
/// assert!((found.groups[1].total.mean - 0.1).abs() < 1e-3);
/// # Ok::<(), capbind::Error>(())
/// ```
pub fn variance_indices(
    settings: Settings,
    dimensions: usize,
    function: impl Fn(&[f64]) -> f64 + Sync,
    observer: &dyn Observer,
) -> Result<Option<Decomposition>, Cancelled> {
    let evaluate = |a: &[Lanes], b: &[Lanes], swapped: Option<usize>, out: &mut Lanes| {
        let mut point = vec![0.0; dimensions];
        for (lane, value) in out.iter_mut().enumerate() {
            for (i, x) in point.iter_mut().enumerate() {
                *x = if swapped == Some(i) { b } else { a }[i][lane];
            }
            *value = function(&point);
        }
    };
    let start = || {
        let rows = vec![[0.0; LANES]; dimensions + 2];
        (IndexSums::new(dimensions), rows)
    };
    let add =
        |(sums, rows): &mut (IndexSums, Vec<Lanes>), a: &[Lanes], b: &[Lanes], lanes: usize| {
            evaluate(a, b, None, &mut rows[0]);
            evaluate(b, a, None, &mut rows[1]);
            for i in 0..dimensions {
                evaluate(a, b, Some(i), &mut rows[i + 2]);
            }
            let swapped = rows[2..].iter().map(|row| &row[..lanes]);
            sums.add(&rows[0][..lanes], &rows[1][..lanes], swapped);
        };
    let replicates = sample_pairs(settings, dimensions, start, add, observer)?;
    let sums: Vec<IndexSums> = replicates.into_iter().map(|(sums, _)| sums).collect();
    Ok(Decomposition::new(&sums))
}
