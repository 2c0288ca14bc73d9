//! Some paths side by side, each of them a line along the first coordinate: where on
//! it the cap is reached, and what that makes the payments.
//!
//! With ā in the middle of all loadings a, what has accrued at x on a line is
//! `Σ r·exp(a·x) = exp(ā·x) · P(x)`, where P is the sum of the exponential series of
//! (a − ā)·x: a polynomial of which each period adds to the coefficients.

use crate::math::{Real, Wide, growth_factor, kernel, lanes as wide};
use crate::simulate::sample::draws::TOGETHER;
use crate::units::Lanes;

/// Lines worked on together.
pub const GROUP: usize = TOGETHER;
/// One number for each line of a group.
pub type Group = [f64; GROUP];
/// Stands for a root beyond what is looked at, where the density is taken as 0.
const FAR: f64 = 40.0;
/// A root is found once it moves by less: what is left is of the third order.
const NEAR: f64 = 1e-3;
/// The most steps towards a root.
const MOST_STEPS: usize = 12;
/// The numbers of coefficients that there is code for.
pub const TERMS: [usize; 3] = [14, 24, 48];
/// Numbers summed for each step: see [`Sum`].
pub const SUMS: usize = 7;
/// The normal density at 0.
const PEAK: f64 = 0.398_942_280_401_432_7;

/// What is summed over lines for each step; θ runs from 0 to 1 over it.
#[derive(Clone, Copy, Debug)]
pub enum Sum {
    /// Payments.
    Payment,
    /// Accrued share.
    Accrued,
    /// The probability that the cap is reached by its end.
    Reached,
    /// Its derivative by θ at the start.
    Slope0,
    /// The second derivative at the start.
    Bend0,
    /// The derivative at the end.
    Slope1,
    /// The second derivative at the end.
    Bend1,
}

/// How the share of one row of revenue moves along a line: by the factor
/// `exp(loading · x)`.
#[derive(Clone, Debug)]
pub struct Load {
    /// The row of the model's revenue.
    pub row: usize,
    /// The row of factors that make it accrued share.
    pub factor: usize,
    /// The part of the period's revenue that earns share in the piece.
    pub part: f64,
    /// d ln revenue / dx, 0 or more.
    pub loading: f64,
    /// The mean factor, `exp(loading² / 2)`.
    pub mean: f64,
    /// The factor at either end of what is looked at.
    pub ends: [f64; 2],
    /// `(loading − middle)ⁿ / n!`, from n = 0 on.
    pub powers: Vec<f64>,
}

/// A stretch of a piece of a period over which roots move little, or several pieces, of
/// which only the end is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The first piece.
    pub first: usize,
    /// The last piece.
    pub piece: usize,
    /// Its period.
    pub period: usize,
    /// The part of each piece's days before it and up to its end.
    pub parts: (f64, f64),
}

impl Step {
    /// How much of each piece it is.
    fn part(&self) -> f64 {
        self.parts.1 - self.parts.0
    }
}

/// What is the same for all lines.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// For each piece, those of each row of revenue that counts.
    pub loads: Vec<Vec<Load>>,
    /// The middle of all loadings.
    pub middle: f64,
    /// Where roots are looked for.
    pub ends: [f64; 2],
    /// The number of coefficients, one of [`TERMS`].
    pub terms: usize,
}

impl Lines {
    /// Sums of 0 for [`add_lines`].
    pub fn sums(&self) -> Vec<Group> {
        vec![[0.0; GROUP]; 2 + SUMS * self.steps.len()]
    }
}

/// What has accrued on each line.
struct Curve<const N: usize> {
    /// The coefficients of P.
    terms: [Group; N],
    /// It at either end of what is looked at.
    ends: [Group; 2],
}

/// A root of cumulative accrued share = limit.
#[derive(Clone, Copy)]
struct Root {
    x: Group,
    /// The normal density there, times √2π.
    density: Group,
    /// The reciprocal of the derivative of cumulative accrued share; 0 without a root.
    run: Group,
    /// Its second derivative.
    bend: Group,
}

/// How a root moves as θ goes on, had the step all of the period's revenue.
#[derive(Clone, Copy)]
struct Motion {
    /// The derivative of the root, and its second.
    root: [Group; 2],
    /// Those of the probability that the cap is reached.
    reached: [Group; 2],
}

/// The normal distribution at two places from exp(−x²/2) there: Hart's rational approximation,
/// absolute error below 1e-14 (G. West, "Better approximations to cumulative normal
/// functions", Wilmott, 2005).
#[inline(always)]
fn normals(at: [Wide; 2], densities: [Wide; 2]) -> [Wide; 2] {
    let [first, second] = at.map(|x| tail(x.size()));
    // One division for both.
    let inverse = Wide::from(1.0) / (first[1] * second[1]);
    let parts = [first[0] * second[1], second[0] * first[1]];
    std::array::from_fn(|i| {
        let tail = densities[i] * parts[i] * inverse;
        let is_above = at[i].above(Wide::from(0.0));
        Wide::choose(is_above, Wide::from(1.0) - tail, tail)
    })
}

/// The upper tail beyond a positive number over its density: numerator and denominator.
#[inline(always)]
fn tail(size: Wide) -> [Wide; 2] {
    let above = [
        0.700383064443688,
        6.37396220353165,
        33.912866078383,
        112.079291497871,
        221.213596169931,
        220.206867912376,
    ];
    let below = [
        1.75566716318264,
        16.064177579207,
        86.7807322029461,
        296.564248779674,
        637.333633378831,
        793.826512519948,
        440.413735824752,
    ];
    let mut numerator = Wide::from(3.52624965998911e-2);
    for c in above {
        numerator = numerator.fma(size, Wide::from(c));
    }
    let mut denominator = Wide::from(8.83883476483184e-2);
    for c in below {
        denominator = denominator.fma(size, Wide::from(c));
    }
    [numerator, denominator]
}

kernel! {
    /// Adds up what some lanes of a strip, from one up to another, contribute as lines,
    /// [`GROUP`] at a time; their revenue at the origin is given. `sums` are the lines on which nothing is left to pay, the
    /// limits, then [`SUMS`] for each step.
    pub fn add_lines(
        lines: &Lines,
        revenue: &[Lanes],
        factors: &[Lanes],
        limit: &Lanes,
        lanes: (usize, usize),
        sums: &mut [Group],
    ) {
        let (first, end) = lanes;
        let [few, some, _] = TERMS;
        for lane in (first..end).step_by(GROUP) {
            let lanes = (lane, end);
            if lines.terms == few {
                add_group::<{ TERMS[0] }>(lines, revenue, factors, limit, lanes, sums);
            } else if lines.terms == some {
                add_group::<{ TERMS[1] }>(lines, revenue, factors, limit, lanes, sums);
            } else {
                add_group::<{ TERMS[2] }>(lines, revenue, factors, limit, lanes, sums);
            }
        }
    }
}

#[inline(always)]
fn add_group<const N: usize>(
    lines: &Lines,
    revenue: &[Lanes],
    factors: &[Lanes],
    limit: &Lanes,
    (lane, end): (usize, usize),
    sums: &mut [Group],
) {
    let take = |row: &Lanes| -> Group { *row[lane..].first_chunk().expect("a whole group") };
    let limit = take(limit);
    let counts: Group = std::array::from_fn(|l| f64::from(u8::from(lane + l < end)));
    let add = |sum: &mut Group, value: &Group| {
        let mut added = *sum;
        for l in 0..GROUP {
            added[l] += if counts[l] > 0.0 { value[l] } else { 0.0 };
        }
        *sum = added;
    };
    let accrues = |load: &Load| -> Group {
        let (factor, revenue) = (take(&factors[load.factor]), take(&revenue[load.row]));
        std::array::from_fn(|l| factor[l] * revenue[l])
    };
    let none = limit.map(|x| f64::from(u8::from(x <= 0.0)));
    add(&mut sums[0], &none);
    add(&mut sums[1], &limit);
    let mut curve = Curve::<N> {
        terms: [[0.0; GROUP]; N],
        ends: [[0.0; GROUP]; 2],
    };
    let mut root = Root {
        x: none.map(|none| FAR - 2.0 * FAR * none),
        density: [0.0; GROUP],
        run: [0.0; GROUP],
        bend: [0.0; GROUP],
    };
    // The mean of what is below the limit.
    let mut below = [0.0; GROUP];
    // At the end of the step before, where there was one.
    let mut end: Option<Motion> = None;
    for (step, sums) in lines.steps.iter().zip(sums[2..].chunks_exact_mut(SUMS)) {
        let pieces = &lines.loads[step.first..=step.piece];
        let mut mean = [0.0; GROUP];
        for load in pieces.iter().flatten() {
            let base = accrues(load);
            let weight = load.part * step.part();
            let whole = Wide::from(load.mean * weight);
            for l in wide(GROUP) {
                let sum = whole.fma(Wide::load(&base, l), Wide::load(&mean, l));
                sum.store(&mut mean, l);
            }
            curve.add(load, weight, &base);
        }
        add(&mut sums[Sum::Accrued as usize], &mean);
        let beyond = |l: usize| root.x[l] == FAR && curve.ends[1][l] < limit[l];
        if (0..GROUP).all(beyond) {
            add(&mut sums[Sum::Payment as usize], &mean);
            for l in 0..GROUP {
                below[l] += mean[l];
            }
            end = None;
            continue;
        }
        // Of several pieces only the end is looked at.
        let loads = match pieces {
            [own] => own.as_slice(),
            _ => &[],
        };
        let weight = loads.first().map_or(0.0, |load| load.part * step.part());
        // A closure of its own would be compiled for the least instruction set.
        let start = match end {
            Some(before) if step.parts.0 > 0.0 => before,
            _ => motion(loads, accrues, &root),
        };
        root = curve.root(lines, &limit, &root, (&start.root, weight));
        let here = motion(loads, accrues, &root);
        end = Some(here);
        let mut out = [[0.0; GROUP]; SUMS];
        curve.below(lines.middle, &limit, &root, &mut out);
        let square = weight * weight;
        for l in 0..GROUP {
            let until = out[Sum::Payment as usize][l];
            let is_short = root.x[l] == FAR;
            out[Sum::Payment as usize][l] = if is_short { mean[l] } else { until - below[l] };
            below[l] = if is_short { below[l] + mean[l] } else { until };
            out[Sum::Slope0 as usize][l] = weight * start.reached[0][l];
            out[Sum::Bend0 as usize][l] = square * start.reached[1][l];
            out[Sum::Slope1 as usize][l] = weight * here.reached[0][l];
            out[Sum::Bend1 as usize][l] = square * here.reached[1][l];
        }
        for (sum, value) in sums.iter_mut().zip(&out) {
            add(sum, value);
        }
    }
}

impl<const N: usize> Curve<N> {
    /// Adds a part of what one row of revenue makes.
    #[inline(always)]
    fn add(&mut self, load: &Load, part: f64, base: &Group) {
        let mut own = [0.0; GROUP];
        for l in wide(GROUP) {
            (Wide::from(part) * Wide::load(base, l)).store(&mut own, l);
        }
        let put = |sum: &mut Group, factor: f64| {
            let mut more = *sum;
            for l in wide(GROUP) {
                let own = Wide::load(&own, l);
                own.fma(Wide::from(factor), Wide::load(&more, l))
                    .store(&mut more, l);
            }
            *sum = more;
        };
        for (sum, power) in self.terms.iter_mut().zip(&load.powers) {
            put(sum, *power);
        }
        for (sum, factor) in self.ends.iter_mut().zip(&load.ends) {
            put(sum, *factor);
        }
    }

    /// P at a place on each line, with its first derivative and half the second.
    #[inline(always)]
    fn at(&self, x: Wide, l: usize) -> [Wide; 3] {
        let mut value = Wide::load(&self.terms[N - 1], l);
        let mut slope = Wide::from(0.0);
        let mut bend = Wide::from(0.0);
        for term in self.terms[..N - 1].iter().rev() {
            bend = bend.fma(x, slope);
            slope = slope.fma(x, value);
            value = value.fma(x, Wide::load(term, l));
        }
        [value, slope, bend]
    }

    /// Where what has accrued is the limit, by Halley's method from where the root
    /// before goes.
    #[inline(always)]
    fn root(
        &self,
        lines: &Lines,
        limit: &Group,
        before: &Root,
        (motion, weight): (&[Group; 2], f64),
    ) -> Root {
        let [low, high] = lines.ends.map(Wide::from);
        let [zero, half, one, two] = [0.0, 0.5, 1.0, 2.0].map(Wide::from);
        let [middle, near] = [lines.middle, NEAR].map(Wide::from);
        let mut root = *before;
        for l in wide(GROUP) {
            // The fraction with these derivatives: nearly the logarithm that roots follow.
            let [first, second] = [&motion[0], &motion[1]].map(|row| Wide::load(row, l));
            let rise = Wide::from(weight) * first;
            let below = first - half * Wide::from(weight) * second;
            let ahead = Wide::choose(zero.above(rise), rise * first / below, zero);
            within(Wide::load(&before.x, l) + ahead, low, high).store(&mut root.x, l);
        }
        // A line rests once it is near, so that it does not depend on those beside it.
        let mut moves = [f64::INFINITY; GROUP];
        // The first two derivatives of what has accrued.
        let mut rises = [[0.0; GROUP]; 2];
        for _ in 0..MOST_STEPS {
            for l in wide(GROUP) {
                let (x, limit) = (Wide::load(&root.x, l), Wide::load(limit, l));
                let [value, slope, bend] = self.at(x, l);
                let growth = growth_factor(middle * x);
                let over = growth.fma(value, -limit);
                let first = growth * middle.fma(value, slope);
                let second = growth * two.fma(bend, middle * middle.fma(value, two * slope));
                // What is convex even in its logarithm, far from the root, is taken as an
                // exponential.
                let (square, turn) = (first * first, half * over * second);
                let most = half * square;
                let turn = Wide::choose(turn.above(most), most, turn);
                let nearer = within(x - over * first / (square - turn), low, high);
                let goes_on = Wide::load(&moves, l).size().above(near);
                let put = |new: Wide, row: &mut Group| {
                    let old = Wide::load(row, l);
                    Wide::choose(goes_on, new, old).store(row, l);
                };
                put(first, &mut rises[0]);
                put(second, &mut rises[1]);
                put(nearer, &mut root.x);
                put(nearer - x, &mut moves);
            }
            let ends = &self.ends;
            let rests =
                |l: usize| moves[l].abs() <= NEAR || ends[1][l] < limit[l] || ends[0][l] > limit[l];
            if (0..GROUP).all(rests) {
                break;
            }
        }
        for l in wide(GROUP) {
            let of = |row: &Group| Wide::load(row, l);
            let [x, limit, moved] = [&root.x, limit, &moves].map(of);
            let [first, last] = [&self.ends[0], &self.ends[1]].map(of);
            let is_root = last.at_least(limit) & limit.at_least(first) & limit.above(zero);
            let has = |yes: Wide, no: Wide| Wide::choose(is_root, yes, no);
            let [up, down] = [FAR, -FAR].map(Wide::from);
            let far = Wide::choose(limit.above(last), up, down);
            let density = has(growth_factor(-half * x * x), zero);
            // Where the last step has led, as an exponential goes on.
            let [first, second] = [&rises[0], &rises[1]].map(of);
            let inverse = one / first;
            let curved = moved * second * inverse;
            let run = inverse / half.fma(curved, one).fma(curved, one);
            has(x, far).store(&mut root.x, l);
            density.store(&mut root.density, l);
            has(run, zero).store(&mut root.run, l);
            has(second.fma(curved, second), zero).store(&mut root.bend, l);
        }
        root
    }

    /// The probability that the limit is reached, and the mean of what is below it:
    /// `Σ cₙ·Jₙ + limit·Φ(−ξ)` with the coefficients cₙ of P and
    /// `Jₙ = ∫ xⁿ·exp(ā·x)·φ(x) dx` up to the root ξ. By parts
    /// `Jₙ = ā·Jₙ₋₁ + (n − 1)·Jₙ₋₂ − ξⁿ⁻¹·exp(ā·ξ)·φ(ξ)`, summed as Clenshaw does.
    #[inline(always)]
    fn below(&self, middle: f64, limit: &Group, root: &Root, out: &mut [Group; SUMS]) {
        let spread = crate::math::exp(0.5 * middle * middle);
        let [middle, spread, inverse] = [middle, spread, 1.0 / spread].map(Wide::from);
        let peak = Wide::from(PEAK);
        for l in wide(GROUP) {
            let [x, density] = [&root.x, &root.density].map(|row| Wide::load(row, l));
            let [first, rest] = self.clenshaw(middle, x, l);
            let risen = density * growth_factor(middle * x);
            // exp(−(x − ā)²/2) is exp(−x²/2) · exp(ā·x) / exp(ā²/2).
            let [all, reached] = normals([x - middle, -x], [risen * inverse, density]);
            let sum = first.fma(spread * all, -(peak * risen * rest));
            reached.store(&mut out[Sum::Reached as usize], l);
            let paid = Wide::load(limit, l).fma(reached, sum);
            paid.store(&mut out[Sum::Payment as usize], l);
        }
    }

    /// What J₀ and −exp(ā·x)·φ(x) are multiplied by in `Σ cₙ·Jₙ`.
    #[inline(always)]
    fn clenshaw(&self, middle: Wide, x: Wide, l: usize) -> [Wide; 2] {
        let mut last = Wide::load(&self.terms[N - 1], l);
        let mut before = Wide::from(0.0);
        let mut rest = last;
        for n in (0..N - 1).rev() {
            let term = Wide::load(&self.terms[n], l);
            let next = Wide::from((n + 1) as f64).fma(before, middle.fma(last, term));
            (before, last) = (last, next);
            if n > 0 {
                rest = rest.fma(x, last);
            }
        }
        [last, rest]
    }
}

#[inline(always)]
fn within(x: Wide, low: Wide, high: Wide) -> Wide {
    let x = Wide::choose(x.above(high), high, x);
    Wide::choose(low.above(x), low, x)
}

/// How roots move while some rows of revenue accrue.
#[inline(always)]
fn motion(loads: &[Load], accrues: impl Fn(&Load) -> Group, root: &Root) -> Motion {
    let zero = [0.0; GROUP];
    let (mut here, mut turn) = (zero, zero);
    for load in loads {
        let base = accrues(load);
        let a = Wide::from(load.loading);
        for l in wide(GROUP) {
            let value = Wide::load(&base, l) * growth_factor(a * Wide::load(&root.x, l));
            (Wide::load(&here, l) + value).store(&mut here, l);
            a.fma(value, Wide::load(&turn, l)).store(&mut turn, l);
        }
    }
    let mut motion = Motion {
        root: [zero; 2],
        reached: [zero; 2],
    };
    let [peak, two] = [PEAK, 2.0].map(Wide::from);
    for l in wide(GROUP) {
        let of = |row: &Group| Wide::load(row, l);
        let [x, density, run, bend] = [&root.x, &root.density, &root.run, &root.bend].map(of);
        let [here, turn] = [&here, &turn].map(of);
        let density = density * peak;
        let moved = -here * run;
        let turned = -(two * turn).fma(moved, bend * moved * moved) * run;
        moved.store(&mut motion.root[0], l);
        turned.store(&mut motion.root[1], l);
        (-density * moved).store(&mut motion.reached[0], l);
        let bent = turned - x * moved * moved;
        (-density * bent).store(&mut motion.reached[1], l);
    }
    motion
}
