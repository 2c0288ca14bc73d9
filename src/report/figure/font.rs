//! The embedded typeface: glyphs, widths, kerning, tabular figures.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use read_fonts::model;
use read_fonts::tables::gpos::{PairPos, PositionSubtables};
use read_fonts::tables::gsub::{SingleSubst, SubstitutionSubtables};
use read_fonts::tables::layout::{FeatureList, SelectedLookupList};
use read_fonts::types::{GlyphId, GlyphId16, Tag};
use read_fonts::{FontRead, FontRef, ReadError, TableProvider};

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
    face: model::Font,
    kerning: Vec<PairPos<'static>>,
    tabular: Vec<SingleSubst<'static>>,
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
    /// The embedded fonts, read once.
    pub fn embedded() -> Result<&'static Self, FigureError> {
        static FONTS: LazyLock<Result<Fonts, String>> = LazyLock::new(|| {
            let font = |data| Font::parse(data).map_err(|error| error.to_string());
            Ok(Fonts {
                regular: font(REGULAR)?,
                semi_bold: font(SEMI_BOLD)?,
            })
        });
        FONTS
            .as_ref()
            .map_err(|error| FigureError::Font(error.clone()))
    }

    fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// The face of a weight, for its outlines.
    pub fn face(&self, weight: Weight) -> &model::Font {
        &self.font(weight).face
    }

    /// Glyphs of a text and its total width, in multiples of the type size. A
    /// character the font lacks becomes the font's empty box.
    pub fn shape(&self, text: &str, weight: Weight, tabular: bool) -> (Vec<Glyph>, f64) {
        let font = self.font(weight);
        let em = f64::from(font.face.units_per_em());
        let (characters, metrics) = (font.face.charmap(), font.face.glyph_metrics());
        let mut glyphs = Vec::with_capacity(text.len());
        let mut pen = 0.0;
        let mut previous = None;
        for character in text.chars() {
            let mut id = characters.map_unicode(character).unwrap_or_default();
            if tabular {
                id = font.tabular_form(id);
            }
            if let Some(previous) = previous {
                pen += f64::from(font.kerning(previous, id)) / em;
            }
            glyphs.push(Glyph { id, x: pen });
            pen += f64::from(metrics.h_advance(id)) / em;
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
    fn parse(data: &'static [u8]) -> Result<Self, ReadError> {
        let face = model::Font::new(data, 0).ok_or(ReadError::MalformedData("not a font file"))?;
        let tables = FontRef::new(data)?;
        let mut kerning = Vec::new();
        let gpos = tables.gpos()?;
        for lookup in lookups(&gpos.feature_list()?, &gpos.lookup_list()?, b"kern")? {
            if let PositionSubtables::Pair(pairs) = lookup.subtables()? {
                kerning.append(&mut pairs.iter().collect::<Result<_, _>>()?);
            }
        }
        let mut tabular = Vec::new();
        let gsub = tables.gsub()?;
        for lookup in lookups(&gsub.feature_list()?, &gsub.lookup_list()?, b"tnum")? {
            if let SubstitutionSubtables::Single(singles) = lookup.subtables()? {
                tabular.append(&mut singles.iter().collect::<Result<_, _>>()?);
            }
        }
        Ok(Self {
            face,
            kerning,
            tabular,
        })
    }

    /// The first subtable that knows the pair decides, as OpenType has it.
    fn kerning(&self, left: GlyphId, right: GlyphId) -> i16 {
        self.kerning
            .iter()
            .find_map(|table| kerning(table, left, right))
            .unwrap_or(0)
    }

    fn tabular_form(&self, glyph: GlyphId) -> GlyphId {
        self.tabular
            .iter()
            .find_map(|table| substitute(table, glyph))
            .unwrap_or(glyph)
    }
}

/// What a subtable says about a pair; the formats left out are for fonts of more
/// than 65536 glyphs.
fn kerning(table: &PairPos, left: GlyphId, right: GlyphId) -> Option<i16> {
    let first = match table {
        PairPos::Format1(table) => {
            let index = table.coverage().ok()?.get(left)?;
            let set = table.pair_sets().get(index as usize).ok()?;
            let right = GlyphId16::try_from(right).ok()?;
            *set.find_pair_value_record(right)?.value_record1()
        }
        PairPos::Format2(table) => {
            table.coverage().ok()?.get(left)?;
            let left = table.class_def1().ok()?.get(left).try_into().ok()?;
            let right = table.class_def2().ok()?.get(right).try_into().ok()?;
            table.value_record_refs(left, right)?[0]
        }
        _ => return None,
    };
    Some(first.x_advance().unwrap_or(0))
}

/// What a subtable puts in the place of a glyph, of the same formats.
fn substitute(table: &SingleSubst, glyph: GlyphId) -> Option<GlyphId> {
    let substitute = match table {
        SingleSubst::Format1(table) => {
            table.coverage().ok()?.get(glyph)?;
            let glyph = GlyphId16::try_from(glyph).ok()?.to_u16();
            GlyphId16::new(glyph.wrapping_add_signed(table.delta_glyph_id()))
        }
        SingleSubst::Format2(table) => {
            let index = table.coverage().ok()?.get(glyph)?;
            table.substitute_glyph_ids().get(index as usize)?.get()
        }
        _ => return None,
    };
    Some(substitute.into())
}

/// The lookups of a feature, in their order.
fn lookups<'a, T: FontRead<'a, Args = ()> + 'a>(
    features: &FeatureList<'a>,
    lookups: &SelectedLookupList<'a, T>,
    tag: &[u8; 4],
) -> Result<Vec<T>, ReadError> {
    let mut indices = BTreeSet::new();
    for record in features.feature_records() {
        if record.feature_tag() == Tag::new(tag) {
            let wanted = record
                .feature(features.offset_data())?
                .lookup_list_indices();
            indices.extend(wanted.iter().map(|index| index.get()));
        }
    }
    let list = lookups.lookups();
    indices
        .into_iter()
        .map(|index| list.get(usize::from(index)))
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
            let characters = fonts.face(weight).charmap();
            for character in needed.chars() {
                assert!(characters.map_unicode(character).is_some(), "{character}");
            }
        }
    }

    #[test]
    fn unknown_characters_have_a_width() {
        let fonts = Fonts::embedded().unwrap();
        assert!(fonts.shape("漢🦀", Weight::Regular, false).1 > 0.5);
    }
}
