//! Some paths side by side, each of them a line along the first coordinate: where on
//! it the cap is reached, and what that makes the payments.

use crate::math::{Real, Wide, exp, growth_factor, kernel, lanes as wide};
use crate::units::Lanes;

/// Lines worked on together.
pub const GROUP: usize = 16;
/// One number for each line of a group.
pub type Group = [f64; GROUP];
/// Stands for a root beyond the nodes, where the density is taken as 0.
const FAR: f64 = 12.0;
/// Numbers summed for each step: see [`Sum`].
pub const SUMS: usize = 7;

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
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The row of the model's revenue.
    pub row: usize,
    /// The row of factors that make it accrued share.
    pub factor: usize,
    /// d ln revenue / dx, 0 or more.
    pub loading: f64,
    /// The factor at the first node.
    pub first: f64,
    /// The factor from one node to the next.
    pub ratio: f64,
    /// The mean factor, `exp(loading² / 2)`.
    pub mean: f64,
}

/// A stretch of a piece of a period over which roots move little.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The piece.
    pub piece: usize,
    /// Its period.
    pub period: usize,
    /// The part of the piece's days before it and up to its end.
    pub parts: (f64, f64),
    /// The part of the period's revenue that earns share in it.
    pub weight: f64,
}

/// What is the same for all lines.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// For each piece, those of each row of revenue that counts.
    pub loads: Vec<Vec<Load>>,
    /// The first node.
    pub low: f64,
    /// From one node to the next.
    pub spacing: f64,
    /// The number of nodes, at least 2.
    pub nodes: usize,
}

impl Lines {
    /// Memory for [`add_lines`]: nodes, and sums of 0.
    pub fn memory(&self) -> (Vec<Node>, Vec<Group>) {
        let room = vec![[[0.0; GROUP]; 4]; self.nodes];
        (room, vec![[0.0; GROUP]; 2 + SUMS * self.steps.len()])
    }
}

/// Cumulative accrued share at a node, with its three derivatives along the line.
pub type Node = [Group; 4];

/// A root of cumulative accrued share = limit.
#[derive(Clone, Copy)]
struct Root {
    x: Group,
    /// The normal density there, times √2π.
    density: Group,
    /// The reciprocal of the derivative of cumulative accrued share.
    run: Group,
    /// Its second derivative.
    bend: Group,
}

/// Accrued share at a root, had the step all of the period's revenue.
#[derive(Clone, Copy)]
struct Edge {
    /// The mean below the root.
    below: Group,
    /// By θ, the first derivative of the probability that the cap is reached.
    slope: Group,
    /// The second.
    bend: Group,
    /// The first derivative of `below`.
    below_slope: Group,
    /// The second.
    below_bend: Group,
}

const NONE: Edge = Edge {
    below: [0.0; GROUP],
    slope: [0.0; GROUP],
    bend: [0.0; GROUP],
    below_slope: [0.0; GROUP],
    below_bend: [0.0; GROUP],
};

/// The normal distribution at `x` from exp(−x²/2): Hart's rational approximation,
/// absolute error below 1e-14 (G. West, "Better approximations to cumulative normal
/// functions", Wilmott, 2005).
#[inline(always)]
fn normal(x: Wide, density: Wide) -> Wide {
    let size = x.size();
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
    let tail = density * numerator / denominator;
    Wide::choose(x.above(Wide::from(0.0)), Wide::from(1.0) - tail, tail)
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
        room: &mut [Node],
        sums: &mut [Group],
    ) {
        let (first, end) = lanes;
        for lane in (first..end).step_by(GROUP) {
            add_group(lines, revenue, factors, limit, (lane, end), room, sums);
        }
    }
}

#[inline(always)]
fn add_group(
    lines: &Lines,
    revenue: &[Lanes],
    factors: &[Lanes],
    limit: &Lanes,
    (lane, end): (usize, usize),
    room: &mut [Node],
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
    room.fill([[0.0; GROUP]; 4]);
    let none = limit.map(|x| f64::from(u8::from(x <= 0.0)));
    add(&mut sums[0], &none);
    add(&mut sums[1], &limit);
    let mut root = Root {
        x: none.map(|none| FAR - 2.0 * FAR * none),
        density: [0.0; GROUP],
        run: [1.0; GROUP],
        bend: [0.0; GROUP],
    };
    let mut bracket = [room.len() - 2; GROUP];
    // At the end of the step before, where there was one.
    let mut end: Option<Edge> = None;
    for (step, sums) in lines.steps.iter().zip(sums[2..].chunks_exact_mut(SUMS)) {
        let loads = &lines.loads[step.piece];
        let weight = step.weight;
        // Roots only move down: nodes above the highest are needed no more.
        let needed = bracket.iter().fold(0, |a, b| a.max(*b)) + 2;
        let mut mean = [0.0; GROUP];
        for load in loads {
            let base = accrues(load);
            let mut term = [0.0; GROUP];
            let [whole, first] = [load.mean * weight, load.first * weight].map(Wide::from);
            for l in wide(GROUP) {
                let base = Wide::load(&base, l);
                whole.fma(base, Wide::load(&mean, l)).store(&mut mean, l);
                (first * base).store(&mut term, l);
            }
            let [loading, ratio] = [load.loading, load.ratio].map(Wide::from);
            for node in &mut room[..needed] {
                let [mut sum, mut first, mut second, mut third] = *node;
                for l in wide(GROUP) {
                    let own = Wide::load(&term, l);
                    let slope = loading * own;
                    let bend = loading * slope;
                    (Wide::load(&sum, l) + own).store(&mut sum, l);
                    (Wide::load(&first, l) + slope).store(&mut first, l);
                    (Wide::load(&second, l) + bend).store(&mut second, l);
                    let turn = loading.fma(bend, Wide::load(&third, l));
                    turn.store(&mut third, l);
                    (own * ratio).store(&mut term, l);
                }
                *node = [sum, first, second, third];
            }
        }
        add(&mut sums[Sum::Accrued as usize], &mean);
        let last = &room[room.len() - 1][0];
        let beyond = |l: usize| root.x[l] == FAR && last[l] < limit[l];
        if (0..GROUP).all(beyond) {
            add(&mut sums[Sum::Payment as usize], &mean);
            end = None;
            continue;
        }
        // A closure of its own would be compiled for the least instruction set.
        let start = match end {
            Some(before) if step.parts.0 > 0.0 => before,
            _ => edge(loads, accrues, &root),
        };
        root = find(lines, room, &limit, &mut bracket);
        let here = edge(loads, accrues, &root);
        end = Some(here);
        let mut out = [[0.0; GROUP]; SUMS];
        let square = weight * weight;
        for l in 0..GROUP {
            let ends = 0.5 * (start.below[l] + here.below[l]);
            let slopes = 0.1 * weight * (start.below_slope[l] - here.below_slope[l]);
            let bends = square * (start.below_bend[l] + here.below_bend[l]) / 120.0;
            out[Sum::Payment as usize][l] = weight * (ends + slopes + bends);
            out[Sum::Slope0 as usize][l] = weight * start.slope[l];
            out[Sum::Bend0 as usize][l] = square * start.bend[l];
            out[Sum::Slope1 as usize][l] = weight * here.slope[l];
            out[Sum::Bend1 as usize][l] = square * here.bend[l];
        }
        for l in wide(GROUP) {
            let reached = normal(-Wide::load(&root.x, l), Wide::load(&root.density, l));
            reached.store(&mut out[Sum::Reached as usize], l);
        }
        for (sum, value) in sums.iter_mut().zip(&out) {
            add(sum, value);
        }
    }
}

/// What accrues at some roots, of all of a period's revenue.
#[inline(always)]
fn edge(loads: &[Load], accrues: impl Fn(&Load) -> Group, root: &Root) -> Edge {
    let zero = [0.0; GROUP];
    let (mut here, mut turn, mut below) = (zero, zero, zero);
    for load in loads {
        let base = accrues(load);
        let [a, inverse, mean] = [load.loading, 1.0 / load.mean, load.mean].map(Wide::from);
        for l in wide(GROUP) {
            let [x, density] = [&root.x, &root.density].map(|row| Wide::load(row, l));
            let base = Wide::load(&base, l);
            let factor = growth_factor(a * x);
            let value = base * factor;
            (Wide::load(&here, l) + value).store(&mut here, l);
            a.fma(value, Wide::load(&turn, l)).store(&mut turn, l);
            // exp(−(x − a)²/2) is exp(−x²/2) · exp(a·x) / exp(a²/2).
            let part = normal(x - a, density * factor * inverse);
            let sum = (mean * base).fma(part, Wide::load(&below, l));
            sum.store(&mut below, l);
        }
    }
    let mut edge = Edge { below, ..NONE };
    let [peak, two] = [0.398_942_280_401_432_7, 2.0].map(Wide::from);
    for l in wide(GROUP) {
        let Root {
            x,
            density,
            run,
            bend,
        } = root;
        let [x, density, run, bend] = [x, density, run, bend].map(|row| Wide::load(row, l));
        let [here, turn] = [&here, &turn].map(|row| Wide::load(row, l));
        let density = density * peak;
        let moved = -here * run;
        let turned = -(two * turn).fma(moved, bend * moved * moved) * run;
        let bent = turned - x * moved * moved;
        (-density * moved).store(&mut edge.slope, l);
        (-density * bent).store(&mut edge.bend, l);
        (density * here * moved).store(&mut edge.below_slope, l);
        let bent = density * here.fma(bent, turn * moved * moved);
        bent.store(&mut edge.below_bend, l);
    }
    edge
}

/// Where cumulative accrued share is the limit: between two nodes a polynomial of degree
/// 7 along the line, inverted by Halley's method.
#[inline(always)]
fn find(lines: &Lines, room: &[Node], limit: &Group, bracket: &mut [usize; GROUP]) -> Root {
    for l in 0..GROUP {
        // Roots only move down.
        while bracket[l] > 0 && room[bracket[l]][0][l] > limit[l] {
            bracket[l] -= 1;
        }
    }
    let j = bracket[0];
    let mut at = [room[j], room[j + 1]];
    if bracket.iter().any(|other| *other != j) {
        for l in 0..GROUP {
            for (at, node) in at.iter_mut().zip(&room[bracket[l]..]) {
                for (at, value) in at.iter_mut().zip(node) {
                    at[l] = value[l];
                }
            }
        }
    }
    let mut root = Root {
        x: [0.0; GROUP],
        density: [0.0; GROUP],
        run: [0.0; GROUP],
        bend: [0.0; GROUP],
    };
    let h = lines.spacing;
    let [one, two, three] = [h, h * h, h * h * h].map(Wide::from);
    let place: Group = bracket.map(|node| node as f64);
    let far = [FAR, -FAR].map(Wide::from);
    let [zero, half, unit] = [0.0, 0.5, 1.0].map(Wide::from);
    for l in wide(GROUP) {
        let of = |node: usize, derivative: usize| Wide::load(&at[node][derivative], l);
        let times = |factor: f64, x: Wide| Wide::from(factor) * x;
        let (limit, place) = (Wide::load(limit, l), Wide::load(&place, l));
        let [value, other] = [of(0, 0), of(1, 0)];
        let [c1, end1] = [one * of(0, 1), one * of(1, 1)];
        let [bend0, end2] = [two * of(0, 2), two * of(1, 2)];
        let [turn0, end3] = [three * of(0, 3), three * of(1, 3)];
        let (c2, c3) = (half * bend0, turn0 / Wide::from(6.0));
        // What the powers from the fourth on add at the other node.
        let d0 = other - value - c1 - c2 - c3;
        let d1 = end1 - c1 - bend0 - half * turn0;
        let d2 = end2 - bend0 - turn0;
        let d3 = (end3 - turn0) / Wide::from(6.0);
        let c4 = times(35.0, d0) - times(15.0, d1) + times(2.5, d2) - d3;
        let c5 = times(-84.0, d0) + times(39.0, d1) - times(7.0, d2) + times(3.0, d3);
        let c6 = times(70.0, d0) - times(34.0, d1) + times(6.5, d2) - times(3.0, d3);
        let c7 = times(-20.0, d0) + times(10.0, d1) - times(2.0, d2) + d3;
        let missing = limit - value;
        let is_inside = missing.at_least(zero) & other.at_least(limit) & other.above(value);
        let inside = |yes: Wide, no: Wide| Wide::choose(is_inside, yes, no);
        let start = inside(missing / (other - value), half);
        let steeper = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let rises = [c2, c3, c4, c5, c6, c7];
        let slopes = std::array::from_fn::<_, 6, _>(|i| times(steeper[i], rises[i]));
        let [_, c3, c4, c5, c6, c7] = rises;
        let bends = [
            times(6.0, c3),
            times(12.0, c4),
            times(20.0, c5),
            times(30.0, c6),
            times(42.0, c7),
        ];
        let rise = |t: Wide| powers(t, [c1, c2, c3, c4, c5, c6, c7]);
        let steep = |t: Wide| powers(t, slopes) + c1;
        let bent = |t: Wide| powers(t, bends) + times(2.0, c2);
        let nearer = |t: Wide| {
            let (over, first, second) = (rise(t) - missing, steep(t), bent(t));
            t - over * first / first.fma(first, -half * over * second)
        };
        let t = nearer(nearer(start));
        let x = (place + t).fma(one, Wide::from(lines.low));
        let outside = Wide::choose(limit.above(value), far[0], far[1]);
        let x = inside(x, outside);
        x.store(&mut root.x, l);
        inside(exp(-half * x * x), zero).store(&mut root.density, l);
        inside(one / steep(t), unit).store(&mut root.run, l);
        inside(bent(t) / two, zero).store(&mut root.bend, l);
    }
    root
}

/// The polynomial with coefficients from the first power up.
#[inline(always)]
fn powers<const N: usize>(t: Wide, coefficients: [Wide; N]) -> Wide {
    let mut sum = coefficients[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.fma(t, coefficients[i]);
    }
    sum * t
}
