//! The colours of every figure, light and dark, and the typographic constants.
//!
//! Blues carry the simulated quantity, one vermilion the contract's cap, greys
//! everything else. Blue against vermilion is told apart with every common colour
//! deficiency, and whatever stands side by side differs enough in lightness for a
//! greyscale print; the tests of this module hold both, and the contrast of every
//! text.

use plotters::style::RGBColor;

use crate::scenario::Theme;

/// Line height over type size.
pub const LEADING: f64 = 1.32;
/// Height of capitals and figures over type size, in Inter.
pub const CAP_HEIGHT: f64 = 0.727;

impl Theme {
    /// Its colours.
    pub fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

/// The colours of a theme, by what they are for.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// The ground.
    pub paper: RGBColor,
    /// Titles and emphasised labels.
    pub ink: RGBColor,
    /// Running text.
    pub text: RGBColor,
    /// Axis numbers, sources.
    pub muted: RGBColor,
    /// Grid lines.
    pub grid: RGBColor,
    /// The base line of a plot, tick marks.
    pub axis: RGBColor,
    /// Vertical lines at dates and values.
    pub mark: RGBColor,
    /// The outermost band of a fan, nearest to the ground.
    pub band_outer: RGBColor,
    /// The innermost band of a fan.
    pub band_inner: RGBColor,
    /// The thin edge of bands.
    pub band_edge: RGBColor,
    /// Medians, emphasised values and their labels.
    pub strong: RGBColor,
    /// Bars.
    pub bar: RGBColor,
    /// The area under a curve, the band of an error.
    pub area: RGBColor,
    /// The cap, its lines, areas and labels.
    pub cap: RGBColor,
    /// What did not happen.
    pub neutral: RGBColor,
    /// Reference curves, such as a plan.
    pub reference: RGBColor,
    /// Series that stand beside one another, each readable as text; label them
    /// directly and give them different dashes where they cross.
    pub series: [RGBColor; 5],
    /// Stops of [`Palette::sequential`], from little to much.
    ramp: [RGBColor; 5],
    /// Stops of [`Palette::diverging`], from below to above.
    diverging: [RGBColor; 5],
}

impl Palette {
    /// The colour of the other case at a position: none of those of the chart itself.
    pub fn ghost(&self, position: usize) -> RGBColor {
        self.series(position + 2)
    }

    /// The colour of the thing at a position among things side by side.
    pub fn series(&self, position: usize) -> RGBColor {
        self.series[position % self.series.len()]
    }

    /// The colour of a fan's band, the outermost the first of `count`.
    pub fn band(&self, index: usize, count: usize) -> RGBColor {
        let share = match count {
            0 | 1 => 0.5,
            count => index as f64 / (count - 1) as f64,
        };
        blend(self.band_outer, self.band_inner, share)
    }

    /// The colour of a share from 0 (near the ground) to 1 (farthest from it), as
    /// in a heat map. Its lightness changes evenly in one direction.
    pub fn sequential(&self, share: f64) -> RGBColor {
        along(&self.ramp, share)
    }

    /// The colour of a value from −1 (blue) over 0 (neutral) to 1 (vermilion), as
    /// in a map of differences. Both ends are equally far from the ground: write
    /// the sign where it matters in greyscale.
    pub fn diverging(&self, value: f64) -> RGBColor {
        along(&self.diverging, f64::midpoint(value, 1.0))
    }

    /// Of black and white, the one easier to read on a fill: one of them always can be.
    pub fn on(&self, fill: RGBColor) -> RGBColor {
        let [black, white] = [RGBColor(0, 0, 0), RGBColor(255, 255, 255)];
        if contrast(white, fill) > contrast(black, fill) {
            white
        } else {
            black
        }
    }
}

/// The colour `share` of the way along stops at equal distances.
fn along(stops: &[RGBColor; 5], share: f64) -> RGBColor {
    let steps = stops.len() - 1;
    let share = if share.is_nan() { 0.0 } else { share };
    let at = share.clamp(0.0, 1.0) * steps as f64;
    let below = (at as usize).min(steps - 1);
    blend(stops[below], stops[below + 1], at - below as f64)
}

/// The colour `share` of the way from one colour to another.
pub fn blend(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let channel =
        |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0)) as u8;
    RGBColor(
        channel(from.0, to.0),
        channel(from.1, to.1),
        channel(from.2, to.2),
    )
}

/// The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    const FLARE: f64 = 0.05;
    let (a, b) = (luminance(a) + FLARE, luminance(b) + FLARE);
    a.max(b) / a.min(b)
}

/// Relative luminance, 0 to 1 (IEC 61966-2-1).
fn luminance(colour: RGBColor) -> f64 {
    let [red, green, blue] = linear(colour);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The channels with the display's curve undone, 0 to 1.
fn linear(colour: RGBColor) -> [f64; 3] {
    [colour.0, colour.1, colour.2].map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    })
}

const LIGHT: Palette = Palette {
    paper: RGBColor(255, 255, 255),
    ink: RGBColor(20, 26, 33),
    text: RGBColor(58, 68, 79),
    muted: RGBColor(94, 105, 117),
    grid: RGBColor(221, 226, 231),
    axis: RGBColor(110, 120, 131),
    mark: RGBColor(128, 138, 149),
    band_outer: RGBColor(214, 229, 242),
    band_inner: RGBColor(134, 178, 216),
    band_edge: RGBColor(118, 163, 203),
    strong: RGBColor(11, 70, 130),
    bar: RGBColor(67, 130, 187),
    area: RGBColor(225, 236, 246),
    cap: RGBColor(178, 62, 8),
    neutral: RGBColor(176, 184, 192),
    reference: RGBColor(38, 44, 51),
    series: [
        RGBColor(11, 70, 130),
        RGBColor(178, 62, 8),
        RGBColor(0, 120, 88),
        RGBColor(150, 79, 128),
        RGBColor(76, 53, 18),
    ],
    ramp: [
        RGBColor(241, 246, 251),
        RGBColor(186, 211, 234),
        RGBColor(112, 163, 208),
        RGBColor(44, 106, 165),
        RGBColor(8, 48, 96),
    ],
    diverging: [
        RGBColor(16, 84, 148),
        RGBColor(136, 180, 217),
        RGBColor(245, 245, 244),
        RGBColor(233, 160, 122),
        RGBColor(176, 62, 10),
    ],
};

const DARK: Palette = Palette {
    paper: RGBColor(18, 24, 32),
    ink: RGBColor(243, 246, 249),
    text: RGBColor(208, 215, 223),
    muted: RGBColor(157, 168, 180),
    grid: RGBColor(45, 54, 65),
    axis: RGBColor(122, 134, 147),
    mark: RGBColor(122, 134, 147),
    band_outer: RGBColor(29, 54, 80),
    band_inner: RGBColor(50, 98, 146),
    band_edge: RGBColor(80, 134, 185),
    strong: RGBColor(152, 204, 250),
    bar: RGBColor(80, 146, 208),
    area: RGBColor(28, 47, 68),
    cap: RGBColor(255, 146, 86),
    neutral: RGBColor(92, 103, 115),
    reference: RGBColor(222, 228, 234),
    series: [
        RGBColor(152, 204, 250),
        RGBColor(255, 146, 86),
        RGBColor(0, 169, 154),
        RGBColor(219, 110, 246),
        RGBColor(242, 228, 181),
    ],
    ramp: [
        RGBColor(27, 37, 49),
        RGBColor(33, 70, 108),
        RGBColor(53, 112, 168),
        RGBColor(110, 168, 220),
        RGBColor(206, 231, 252),
    ],
    diverging: [
        RGBColor(136, 192, 242),
        RGBColor(56, 106, 152),
        RGBColor(40, 46, 54),
        RGBColor(160, 82, 42),
        RGBColor(255, 150, 92),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What eyes without one kind of cone see (Machado, Oliveira and Fernandes 2009,
    /// severity 1): protanopia, deuteranopia, tritanopia; on linear channels.
    const DEFICIENCIES: [[[f64; 3]; 3]; 3] = [
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    fn seen(colour: RGBColor, matrix: &[[f64; 3]; 3]) -> [f64; 3] {
        let channels = linear(colour);
        matrix.map(|row| row.iter().zip(channels).map(|(m, c)| m * c).sum::<f64>())
    }

    /// CIE 1976 L*, a*, b* of linear sRGB.
    fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
        let [x, y, z] = [
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        ]
        .map(|t| {
            if t > 0.008_856 {
                t.cbrt()
            } else {
                7.787 * t + 16.0 / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    fn lightness(colour: RGBColor) -> f64 {
        lab(linear(colour))[0]
    }

    fn palettes() -> [&'static Palette; 2] {
        [Theme::Light, Theme::Dark].map(Theme::palette)
    }

    #[test]
    fn every_text_can_be_read() {
        // WCAG 2.2, success criterion 1.4.3.
        const LEAST: f64 = 4.5;
        for palette in palettes() {
            let grounds = [palette.paper, palette.area];
            let texts = [
                palette.ink,
                palette.text,
                palette.muted,
                palette.strong,
                palette.cap,
                palette.reference,
            ];
            for text in texts.into_iter().chain(palette.series) {
                for ground in grounds {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= LEAST, "{text:?} on {ground:?}: {ratio:.2}");
                }
            }
            for i in 0..=20 {
                let share = f64::from(i) / 20.0;
                for fill in [
                    palette.sequential(share),
                    palette.diverging(2.0 * share - 1.0),
                ] {
                    assert!(contrast(palette.on(fill), fill) >= LEAST, "{fill:?}");
                }
            }
        }
    }

    #[test]
    fn neighbours_differ_in_greyscale() {
        const LEAST: f64 = 7.0;
        for palette in palettes() {
            let stacks = [
                vec![
                    palette.paper,
                    palette.band_outer,
                    palette.band_inner,
                    palette.strong,
                ],
                vec![palette.bar, palette.neutral],
                vec![palette.bar, palette.strong],
                vec![palette.paper, palette.bar],
                vec![palette.paper, palette.neutral],
                vec![palette.band_inner, palette.cap],
            ];
            for stack in stacks {
                for pair in stack.windows(2) {
                    let apart = (lightness(pair[0]) - lightness(pair[1])).abs();
                    assert!(apart >= LEAST, "{pair:?}: {apart:.1}");
                }
            }
        }
    }

    #[test]
    fn ramps_run_one_way() {
        for palette in palettes() {
            let away = (lightness(palette.ramp[4]) - lightness(palette.ramp[0])).signum();
            for i in 0..20 {
                let at = |i: i32| lightness(palette.sequential(f64::from(i) / 20.0));
                assert!((at(i + 1) - at(i)) * away > 1.0, "{i}");
            }
            let ends = [-1.0, 1.0].map(|value| palette.diverging(value));
            let middle = lightness(palette.diverging(0.0));
            for end in ends {
                assert!((lightness(end) - middle).abs() > 25.0);
            }
            assert!((lightness(ends[0]) - lightness(ends[1])).abs() < 8.0);
            assert_eq!(palette.sequential(f64::NAN), palette.ramp[0]);
            assert_eq!(palette.sequential(7.0), palette.ramp[4]);
        }
    }

    #[test]
    fn colours_are_told_apart_with_any_deficiency() {
        const LEAST: f64 = 12.0;
        for palette in palettes() {
            let pairs = [
                (palette.bar, palette.cap),
                (palette.strong, palette.cap),
                (palette.diverging(-0.6), palette.diverging(0.6)),
            ];
            let series = palette.series;
            let among = (0..series.len())
                .flat_map(|i| (i + 1..series.len()).map(move |j| (series[i], series[j])));
            for (a, b) in pairs.into_iter().chain(among) {
                for matrix in &DEFICIENCIES {
                    let apart = distance(lab(seen(a, matrix)), lab(seen(b, matrix)));
                    assert!(apart >= LEAST, "{a:?} {b:?}: {apart:.1}");
                }
            }
        }
    }
}
