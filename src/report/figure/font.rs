//! The embedded typeface: glyphs, widths, kerning, tabular figures.

use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::gsub::{SingleSubstitution, SubstitutionSubtable};
use ttf_parser::opentype_layout::LayoutTable;
use ttf_parser::{Face, GlyphId, Tag};

use super::FigureError;
use super::canvas::TextStyle;

const REGULAR: &[u8] = include_bytes!("../../../assets/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/Inter-SemiBold.otf");
/// WOFF2 of the regular weight, for embedding.
pub const REGULAR_WOFF2: &[u8] = include_bytes!("../../../assets/Inter-Regular.woff2");
/// WOFF2 of the semi-bold weight, for embedding.
pub const SEMI_BOLD_WOFF2: &[u8] = include_bytes!("../../../assets/Inter-SemiBold.woff2");

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For running text and labels.
    Regular,
    /// For titles and emphasis.
    SemiBold,
}

/// Both weights, ready to shape text.
pub struct Fonts {
    regular: Font,
    semi_bold: Font,
}

struct Font {
    face: Face<'static>,
    kerning: Vec<PairAdjustment<'static>>,
    tabular: Vec<SingleSubstitution<'static>>,
}

/// A glyph and where it starts, in multiples of the type size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// Which outline.
    pub id: GlyphId,
    /// Distance from the start of the text.
    pub x: f64,
}

impl Fonts {
    /// The embedded fonts.
    pub fn embedded() -> Result<Self, FigureError> {
        Ok(Self {
            regular: Font::parse(REGULAR)?,
            semi_bold: Font::parse(SEMI_BOLD)?,
        })
    }

    fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// The face of a weight, for its outlines.
    pub fn face(&self, weight: Weight) -> &Face<'static> {
        &self.font(weight).face
    }

    /// Glyphs of a text and its total width, in multiples of the type size. A
    /// character the font lacks becomes the font's empty box.
    pub fn shape(&self, text: &str, weight: Weight, tabular: bool) -> (Vec<Glyph>, f64) {
        let font = self.font(weight);
        let em = f64::from(font.face.units_per_em());
        let mut glyphs = Vec::with_capacity(text.len());
        let mut pen = 0.0;
        let mut previous = None;
        for character in text.chars() {
            let mut id = font.face.glyph_index(character).unwrap_or(GlyphId(0));
            if tabular {
                id = font.tabular_form(id);
            }
            if let Some(previous) = previous {
                pen += f64::from(font.kerning(previous, id)) / em;
            }
            glyphs.push(Glyph { id, x: pen });
            pen += f64::from(font.face.glyph_hor_advance(id).unwrap_or(0)) / em;
            previous = Some(id);
        }
        (glyphs, pen)
    }

    /// Width of a text in logical pixels.
    pub fn width(&self, text: &str, style: TextStyle) -> f64 {
        self.shape(text, style.weight, style.tabular).1 * style.size
    }
}

impl Font {
    fn parse(data: &'static [u8]) -> Result<Self, FigureError> {
        let face = Face::parse(data, 0).map_err(|error| FigureError::Font(error.to_string()))?;
        let kerning = face.tables().gpos.map_or_else(Vec::new, |table| {
            subtables(&table, b"kern", |lookup| {
                lookup
                    .subtables
                    .into_iter::<PositioningSubtable>()
                    .filter_map(|subtable| match subtable {
                        PositioningSubtable::Pair(pair) => Some(pair),
                        _ => None,
                    })
                    .collect()
            })
        });
        let tabular = face.tables().gsub.map_or_else(Vec::new, |table| {
            subtables(&table, b"tnum", |lookup| {
                lookup
                    .subtables
                    .into_iter::<SubstitutionSubtable>()
                    .filter_map(|subtable| match subtable {
                        SubstitutionSubtable::Single(single) => Some(single),
                        _ => None,
                    })
                    .collect()
            })
        });
        Ok(Self {
            face,
            kerning,
            tabular,
        })
    }

    /// The first subtable that knows the pair decides, as OpenType has it.
    fn kerning(&self, left: GlyphId, right: GlyphId) -> i16 {
        for subtable in &self.kerning {
            match subtable {
                PairAdjustment::Format1 { coverage, sets } => {
                    let pair = coverage
                        .get(left)
                        .and_then(|index| sets.get(index))
                        .and_then(|set| set.get(right));
                    if let Some((first, _)) = pair {
                        return first.x_advance;
                    }
                }
                PairAdjustment::Format2 {
                    coverage,
                    classes,
                    matrix,
                } => {
                    if coverage.contains(left) {
                        let classes = (classes.0.get(left), classes.1.get(right));
                        return matrix.get(classes).map_or(0, |(first, _)| first.x_advance);
                    }
                }
            }
        }
        0
    }

    fn tabular_form(&self, glyph: GlyphId) -> GlyphId {
        for subtable in &self.tabular {
            let Some(index) = subtable.coverage().get(glyph) else {
                continue;
            };
            match subtable {
                SingleSubstitution::Format1 { delta, .. } => {
                    return GlyphId(glyph.0.wrapping_add_signed(*delta));
                }
                SingleSubstitution::Format2 { substitutes, .. } => {
                    return substitutes.get(index).unwrap_or(glyph);
                }
            }
        }
        glyph
    }
}

/// What `pick` takes from each lookup of a feature, in the order of the lookups.
fn subtables<'a, T>(
    table: &LayoutTable<'a>,
    feature: &[u8; 4],
    pick: impl Fn(ttf_parser::opentype_layout::Lookup<'a>) -> Vec<T>,
) -> Vec<T> {
    let tag = Tag::from_bytes(feature);
    let mut indices: Vec<u16> = table
        .features
        .into_iter()
        .filter(|feature| feature.tag == tag)
        .flat_map(|feature| feature.lookup_indices)
        .collect();
    indices.sort_unstable();
    indices.dedup();
    indices
        .into_iter()
        .filter_map(|index| table.lookups.get(index))
        .flat_map(pick)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_kerned() {
        let fonts = Fonts::embedded().unwrap();
        for weight in [Weight::Regular, Weight::SemiBold] {
            let width = |text: &str| fonts.shape(text, weight, false).1;
            assert!(width("AV") < width("A") + width("V") - 0.02);
            assert!(width("To") < width("T") + width("o") - 0.02);
            assert!((width("nn") - 2.0 * width("n")).abs() < 0.01);
        }
    }

    #[test]
    fn tabular_figures_share_one_width() {
        let fonts = Fonts::embedded().unwrap();
        let width = |text: &str, tabular| fonts.shape(text, Weight::Regular, tabular).1;
        assert_eq!(width("1", true), width("8", true));
        assert!(width("1", false) < width("8", false));
        assert_eq!(width("1117", true), width("8888", true));
    }

    #[test]
    fn the_subset_holds_what_reports_need() {
        let fonts = Fonts::embedded().unwrap();
        let needed = "Aé ßŁőŽ€£¥−–—·•×≤≥±→½%‰…“”‘’\u{a0}";
        for weight in [Weight::Regular, Weight::SemiBold] {
            for character in needed.chars() {
                assert!(
                    fonts.face(weight).glyph_index(character).is_some(),
                    "{character}"
                );
            }
        }
    }

    #[test]
    fn unknown_characters_have_a_width() {
        let fonts = Fonts::embedded().unwrap();
        assert!(fonts.shape("漢🦀", Weight::Regular, false).1 > 0.5);
    }
}
