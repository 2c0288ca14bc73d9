//! Some paths side by side, each of them a line along the first coordinate: where on
//! it the cap is reached, and what that makes the payments.

use super::super::kernels::kernel;
use crate::math::{exp, fma, growth_factor, ln};
use crate::units::Lanes;

/// Lines worked on together.
pub const GROUP: usize = 8;
/// One number for each line of a group.
pub type Group = [f64; GROUP];
/// Beyond ±`FAR` the density of a standard normal is 0.
pub const FAR: f64 = 40.0;
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

/// How the revenue of one row moves along a line: by the factor `exp(loading · x)`.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The row of the model's revenue.
    pub row: usize,
    /// d ln revenue / dx, 0 or more.
    pub loading: f64,
    /// The factor at the first node.
    pub first: f64,
    /// The factor from one node to the next.
    pub ratio: f64,
    /// The mean factor, `exp(loading² / 2)`.
    pub mean: f64,
}

/// A stretch of a period over which roots move little.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The period.
    pub period: usize,
    /// The part of the period's eligible days before it and up to its end.
    pub parts: (f64, f64),
    /// The part of the period's revenue that earns share in it.
    pub weight: f64,
}

/// What is the same for all lines.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// For each period, those of each segment.
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
        let room = vec![[[0.0; GROUP]; 3]; self.nodes];
        (room, vec![[0.0; GROUP]; 2 + SUMS * self.steps.len()])
    }
}

/// Cumulative accrued share at a node, with its two derivatives along the line.
pub type Node = [Group; 3];

/// A root of cumulative accrued share = limit, with the two derivatives there.
#[derive(Clone, Copy)]
struct Root {
    x: Group,
    slope: Group,
    bend: Group,
}

/// The revenue of a step at a root.
struct Edge {
    revenue: Group,
    slope: Group,
    /// The mean revenue of the step below the root.
    below: Group,
}

/// Φ(x) and exp(−x²/2): Hart's rational approximation, absolute error below 1e-14
/// (G. West, "Better approximations to cumulative normal functions", Wilmott, 2005).
#[inline(always)]
fn normal(x: f64) -> (f64, f64) {
    let size = x.abs();
    let density = exp(-0.5 * x * x);
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
    let mut numerator = 3.52624965998911e-2;
    for c in above {
        numerator = fma(numerator, size, c);
    }
    let mut denominator = 8.83883476483184e-2;
    for c in below {
        denominator = fma(denominator, size, c);
    }
    let tail = density * numerator / denominator;
    (if x > 0.0 { 1.0 - tail } else { tail }, density)
}

kernel! {
    /// Adds up what [`GROUP`] lines at a time of a strip contribute, whose revenue at
    /// the origin is given. `sums` are the lines on which nothing is left to pay, the
    /// limits, then [`SUMS`] for each step.
    pub fn add_lines(
        lines: &Lines,
        revenue: &[Lanes],
        terms: &(Lanes, Lanes),
        used: usize,
        room: &mut [Node],
        sums: &mut [Group],
    ) {
        for lane in (0..used).step_by(GROUP) {
            add_group(lines, revenue, terms, (lane, used), room, sums);
        }
    }
}

#[inline(always)]
fn add_group(
    lines: &Lines,
    revenue: &[Lanes],
    (share, limit): &(Lanes, Lanes),
    (lane, used): (usize, usize),
    room: &mut [Node],
    sums: &mut [Group],
) {
    let take = |row: &Lanes| -> Group { std::array::from_fn(|l| row[lane + l]) };
    let (share, limit) = (take(share), take(limit));
    let counts: [bool; GROUP] = std::array::from_fn(|l| lane + l < used);
    let add = |sum: &mut Group, value: &Group| {
        for l in 0..GROUP {
            sum[l] += if counts[l] { value[l] } else { 0.0 };
        }
    };
    room.fill([[0.0; GROUP]; 3]);
    let none = limit.map(|x| f64::from(u8::from(x <= 0.0)));
    add(&mut sums[0], &none);
    add(&mut sums[1], &limit);
    let mut root = Root {
        x: none.map(|none| FAR - 2.0 * FAR * none),
        slope: [1.0; GROUP],
        bend: [0.0; GROUP],
    };
    let mut bracket = [room.len() - 2; GROUP];
    for (i, step) in lines.steps.iter().enumerate() {
        let loads = &lines.loads[step.period];
        let base = |load: &Load| -> Group {
            let row = &revenue[load.row];
            std::array::from_fn(|l| step.weight * share[l] * row[lane + l])
        };
        let mut mean = [0.0; GROUP];
        for load in loads {
            let base = base(load);
            let mut term = [0.0; GROUP];
            for l in 0..GROUP {
                mean[l] += load.mean * base[l];
                term[l] = load.first * base[l];
            }
            for [sum, first, second] in room.iter_mut() {
                for l in 0..GROUP {
                    sum[l] += term[l];
                    let slope = load.loading * term[l];
                    first[l] += slope;
                    second[l] = fma(load.loading, slope, second[l]);
                    term[l] *= load.ratio;
                }
            }
        }
        let before = root;
        root = find(lines, room, &limit, &mut bracket);
        let start = edge(loads, base, &before.x);
        let end = edge(loads, base, &root.x);
        let (slope0, bend0, of0) = along(&before, &start);
        let (slope1, bend1, of1) = along(&root, &end);
        let mut payment = [0.0; GROUP];
        let mut reached = [0.0; GROUP];
        for l in 0..GROUP {
            let ends = 0.5 * (start.below[l] + end.below[l]);
            payment[l] = ends + 0.1 * (of0[0][l] - of1[0][l]) + (of0[1][l] + of1[1][l]) / 120.0;
            reached[l] = 1.0 - normal(root.x[l]).0;
        }
        let values = [&payment, &mean, &reached, &slope0, &bend0, &slope1, &bend1];
        for (sum, value) in sums[2 + i * SUMS..].iter_mut().zip(values) {
            add(sum, value);
        }
    }
}

/// The revenue of a step at some roots.
#[inline(always)]
fn edge(loads: &[Load], base: impl Fn(&Load) -> Group, x: &Group) -> Edge {
    let zero = [0.0; GROUP];
    let (mut revenue, mut slope, mut below) = (zero, zero, zero);
    for load in loads {
        let base = base(load);
        for l in 0..GROUP {
            let here = base[l] * growth_factor(load.loading * x[l]);
            revenue[l] += here;
            slope[l] = fma(load.loading, here, slope[l]);
            below[l] = fma(load.mean * base[l], normal(x[l] - load.loading).0, below[l]);
        }
    }
    Edge {
        revenue,
        slope,
        below,
    }
}

/// First and second derivatives by θ at one end of a step: of the probability that the
/// cap is reached, and of the mean revenue of the step below the root.
#[inline(always)]
fn along(root: &Root, edge: &Edge) -> (Group, Group, [Group; 2]) {
    let zero = [0.0; GROUP];
    let (mut slopes, mut bends, mut of) = (zero, zero, [zero; 2]);
    for l in 0..GROUP {
        let x = root.x[l];
        let density = normal(x).1 * 0.398_942_280_401_432_7;
        let moved = -edge.revenue[l] / root.slope[l];
        let turned = -fma(2.0 * edge.slope[l], moved, root.bend[l] * moved * moved) / root.slope[l];
        // Far out the density is 0, and the others may be infinite.
        let near = x.abs() < 12.0;
        let bent = turned - x * moved * moved;
        let pick = |value: f64| if near { density * value } else { 0.0 };
        slopes[l] = pick(-moved);
        bends[l] = pick(-bent);
        of[0][l] = pick(edge.revenue[l] * moved);
        of[1][l] = pick(fma(edge.revenue[l], bent, edge.slope[l] * moved * moved));
    }
    (slopes, bends, of)
}

/// Where cumulative accrued share is the limit: by Hermite interpolation of degree 5 of
/// the coordinate as a function of the logarithm, beyond the nodes along the tangent.
#[inline(always)]
fn find(lines: &Lines, room: &[Node], limit: &Group, bracket: &mut [usize; GROUP]) -> Root {
    let mut at = [[[0.0; GROUP]; 3]; 2];
    let mut low = [0.0; GROUP];
    for l in 0..GROUP {
        // Roots only move down.
        while bracket[l] > 0 && room[bracket[l]][0][l] > limit[l] {
            bracket[l] -= 1;
        }
        let j = bracket[l];
        low[l] = fma(j as f64, lines.spacing, lines.low);
        for (at, node) in at.iter_mut().zip(&room[j..]) {
            for (at, value) in at.iter_mut().zip(node) {
                at[l] = value[l];
            }
        }
    }
    let mut root = Root {
        x: [0.0; GROUP],
        slope: [0.0; GROUP],
        bend: [0.0; GROUP],
    };
    for l in 0..GROUP {
        let [value, other] = [at[0][0][l], at[1][0][l]];
        let over = ln(other / value);
        let beyond = ln(limit[l] / value);
        let t = beyond / over;
        // Derivatives of the logarithm along the line, then of its inverse.
        let log = |n: usize| {
            let slope = at[n][1][l] / at[n][0][l];
            (slope, at[n][2][l] / at[n][0][l] - slope * slope)
        };
        let inverse = |(slope, bend): (f64, f64)| {
            let first = over / slope;
            (first, -bend / slope * first * first)
        };
        let ((m0, c0), (m1, c1)) = (inverse(log(0)), inverse(log(1)));
        let d = lines.spacing;
        let a3 = 10.0 * d - 6.0 * m0 - 4.0 * m1 - 1.5 * c0 + 0.5 * c1;
        let a4 = -15.0 * d + 8.0 * m0 + 7.0 * m1 + 1.5 * c0 - c1;
        let a5 = 6.0 * d - 3.0 * m0 - 3.0 * m1 - 0.5 * c0 + 0.5 * c1;
        let x = t * fma(t, fma(t, fma(t, fma(t, a5, a4), a3), 0.5 * c0), m0);
        let first = fma(
            t,
            fma(t, fma(t, fma(t, 5.0 * a5, 4.0 * a4), 3.0 * a3), c0),
            m0,
        );
        let second = fma(t, fma(t, fma(t, 20.0 * a5, 12.0 * a4), 6.0 * a3), c0);
        let slope = over / first;
        let bend = -second * slope * slope * slope / (over * over);
        let inside = limit[l] >= value && limit[l] <= other && over > 0.0;
        let edge = if limit[l] < value { 0 } else { 1 };
        let least = 1e-300;
        let steep = log(edge).0.max(least);
        let past = ln(limit[l] / at[edge][0][l]) / steep;
        let at_edge = low[l] + if edge == 0 { 0.0 } else { d };
        let (x, slope, bend) = match inside {
            true => (low[l] + x, slope, bend),
            false => ((at_edge + past).clamp(-FAR, FAR), steep, 0.0),
        };
        root.x[l] = x;
        root.slope[l] = limit[l] * slope;
        root.bend[l] = limit[l] * fma(slope, slope, bend);
    }
    root
}
