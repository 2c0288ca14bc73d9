//! `explore.html`: scenarios, the engine as a WebAssembly module and the page that asks it,
//! in one file that needs nothing else and asks no server for anything.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::explorer::{Draw, Request, Session, answer};
use crate::Error;
use crate::report::figure::Drawing;
use crate::scenario::{Attached, SHIPPED, Scenario, Size, Theme};
use crate::text::base64;

/// The engine, compressed: `cargo xtask explorer` makes it.
const ENGINE: &[u8] = include_bytes!("../../assets/explorer/engine.wasm.gz");
const BODY: &str = include_str!("../../assets/explorer/page.html");
const STYLE: &str = include_str!("../../assets/explorer/style.css");

macro_rules! parts {
    ($($name:literal),*) => {
        concat!($(include_str!(concat!("../../assets/explorer/", $name)), "\n"),*)
    };
}
const SCRIPT: &str = parts!(
    "engine.js",
    "software.js",
    "compute.js",
    "state.js",
    "words.js",
    "controls.js",
    "charts.js",
    "handles.js",
    "page.js"
);
const WORKER: &str = parts!("engine.js", "worker.js");

/// What every such page begins with.
pub const EXPLORER_MARK: &str = "<!DOCTYPE html>\n<!-- capbind explore -->\n";

/// A scenario of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preset {
    /// What it is called: the name of its file, as a command would have it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Changes that are made in it from the start.
    pub overrides: Vec<String>,
    /// The files that it names.
    #[serde(serialize_with = "by_name")]
    pub files: Vec<Attached>,
}

fn by_name<S: serde::Serializer>(files: &[Attached], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(files.iter().map(|file| (&file.name, &file.text)))
}

impl Preset {
    /// A scenario that was read from a file of some name.
    pub fn of(scenario: &Scenario, name: String) -> Self {
        Self {
            name,
            text: scenario.text.clone(),
            overrides: scenario.overrides.clone(),
            files: scenario.attached.clone(),
        }
    }

    /// The scenarios that come with the program, without the one of placeholders.
    pub fn shipped() -> impl Iterator<Item = Self> {
        let real = SHIPPED.iter().filter(|shipped| !shipped.is_blank());
        real.map(|shipped| Self {
            name: shipped.path.to_owned(),
            text: shipped.text.to_owned(),
            overrides: Vec::new(),
            files: Vec::new(),
        })
    }
}

/// The page of some scenarios; the first is the one it opens with. Equal scenarios give
/// equal bytes.
pub fn explorer_page(presets: &[Preset]) -> String {
    let style = format!("{}{STYLE}", Drawing::page_css());
    let script = format!("\"use strict\";\n(() => {{\n{SCRIPT}}})();\n");
    // What the page may do: run the one script, whose hash this is, and the engine; show its
    // own styles, fonts and charts. It can reach no address, and no text becomes markup
    // but through the script's one rule for it.
    let policy = format!(
        "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; \
         font-src data:; img-src data:; worker-src blob:; connect-src 'none'; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
         trusted-types capbind",
        hash(&script),
        hash(&style)
    );
    // In JSON, the letter that could end the script stands in strings alone.
    let presets_as_data = json(&presets).replace('<', "\\u003c");
    let made_by = format!("capbind {}.", env!("CARGO_PKG_VERSION"));
    let answers = presets.first().map_or_else(|| "{}".to_owned(), opening);
    let before = [
        data("made-by", None, &made_by),
        data("presets", None, &presets_as_data),
        packed("answers", &compressed(answers.as_bytes())),
    ]
    .concat();
    // The page shows its answer before it has read its engine.
    let after = [data("worker", None, WORKER), packed("engine", ENGINE)].concat();
    format!(
        "{EXPLORER_MARK}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>capbind</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>{style}</style>\n</head>\n<body>\n{BODY}{before}\
         <script>{script}</script>\n{after}</body>\n</html>\n"
    )
}

/// What a page asks as it opens with a scenario, in the themes and sizes of its charts, and
/// what is answered: it shows that until its engine is there.
fn opening(preset: &Preset) -> String {
    let mut session = Session::default();
    let mut answered = |request: &Request| {
        let request = json(request);
        let answer = answer(&mut session, request.as_bytes());
        (request, answer)
    };
    let (_, opened) = answered(&Request::Open {
        name: preset.name.clone(),
        text: preset.text.clone(),
        files: preset
            .files
            .iter()
            .map(|file| (file.name.clone(), file.text.clone()))
            .collect(),
    });
    let read: Value = serde_json::from_str(&opened).expect("an answer is JSON");
    let lead = &read["agreements"][0]["chart"];
    let overrides = &preset.overrides;
    let mut requests = vec![Request::Switches];
    if !overrides.is_empty() {
        requests.push(Request::Controls {
            overrides: overrides.clone(),
        });
    }
    for theme in [Theme::Light, Theme::Dark] {
        for size in [Size::Page, Size::Column] {
            requests.push(Request::Show {
                overrides: overrides.clone(),
                points: 16,
                replicates: Some(4),
                pins: Vec::new(),
                draw: Draw {
                    theme: theme.word().to_owned(),
                    size: size.word().to_owned(),
                },
                charts: Some(lead.as_str().map(str::to_owned).into_iter().collect()),
                full: false,
            });
        }
    }
    let answers = requests.iter().map(answered);
    let answers: Vec<String> = answers
        .map(|(request, answer)| format!("{}:{answer}", json(&request)))
        .collect();
    format!(
        "{{\"opened\":{opened},\"answers\":{{{}}}}}",
        answers.join(",")
    )
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

/// The page of one scenario, as it stands beside the results of a run.
///
/// # Errors
/// None; a build without the program has some.
pub fn of_run(scenario: &Scenario) -> Result<String, Error> {
    let name = format!("{}.toml", scenario.stem);
    Ok(explorer_page(&[Preset::of(scenario, name)]))
}

/// A text for the page's script to read.
fn data(id: &str, bytes: Option<usize>, text: &str) -> String {
    let bytes = bytes.map_or_else(String::new, |count| format!(" data-bytes=\"{count}\""));
    format!("<script type=\"text/plain\" id=\"{id}\"{bytes}>{text}</script>\n")
}

/// Compressed bytes for the page's script to unpack.
fn packed(id: &str, bytes: &[u8]) -> String {
    data(id, Some(bytes.len()), &base85(bytes))
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes);
    written
        .and_then(|()| encoder.finish())
        .expect("memory takes all that is written")
}

/// Bytes as text, shorter than Base64: five digits for four bytes, the greatest first, each a
/// letter from `(` to `}` but for `<`. Zeros fill the last four bytes.
fn base85(bytes: &[u8]) -> String {
    let digits = bytes.chunks(4).flat_map(|part| {
        let mut four = [0; 4];
        four[..part.len()].copy_from_slice(part);
        let word = u32::from_be_bytes(four);
        [4, 3, 2, 1, 0].map(|power| (word / 85_u32.pow(power) % 85) as u8)
    });
    digits
        .map(|digit| char::from(b'(' + digit + u8::from(digit >= b'<' - b'(')))
        .collect()
}

/// The hash of an inline script or style as a policy names it.
fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_scenario_ends_its_place_in_the_page() {
        let hostile = "# </script><script>alert(1)</script><!--\ntitle = \"<b>\"";
        let preset = Preset {
            name: "</script>.toml".to_owned(),
            text: hostile.to_owned(),
            overrides: vec!["title=\"</script>\"".to_owned()],
            files: vec![Attached {
                name: "a.csv".to_owned(),
                text: "</script>".to_owned(),
            }],
        };
        let page = explorer_page(std::slice::from_ref(&preset));
        assert!(!page.contains("alert(1)</script>"));
        assert_eq!(page.matches("<script").count(), 6);
        assert_eq!(page.matches("</script").count(), 6);
        assert_eq!(page.matches("<!--").count(), 1);
        let begin = page.find("id=\"presets\">").unwrap() + 13;
        let end = begin + page[begin..].find("</script>").unwrap();
        let read: serde_json::Value = serde_json::from_str(&page[begin..end]).unwrap();
        assert_eq!(read[0]["text"], hostile);
        assert_eq!(read[0]["files"]["a.csv"], "</script>");
        assert!(page.starts_with(EXPLORER_MARK));
    }

    #[test]
    fn a_page_has_what_it_asks_as_it_opens() {
        let presets: Vec<Preset> = Preset::shipped().collect();
        for preset in &presets {
            let overrides = vec!["title=\"<i>\"".to_owned()];
            let preset = Preset {
                overrides,
                ..preset.clone()
            };
            let known: Value = serde_json::from_str(&opening(&preset)).unwrap();
            assert_eq!(known["opened"]["error"], Value::Null, "{}", preset.name);
            let answers = known["answers"].as_object().unwrap();
            // Clauses, controls, and the first frame in two themes and two sizes.
            assert_eq!(answers.len(), 6);
            for (request, answer) in answers {
                assert_eq!(answer["error"], Value::Null, "{}: {request}", preset.name);
                let Ok(Request::Show { draw, .. }) = serde_json::from_str(request) else {
                    continue;
                };
                let [chart] = &answer["charts"].as_array().unwrap()[..] else {
                    panic!("{}: {request}", preset.name);
                };
                let width = if draw.size == "page" { 720 } else { 340 };
                assert_eq!(chart["width"], f64::from(width), "{request}");
            }
        }
    }

    #[test]
    fn bytes_are_five_digits_for_each_four() {
        assert_eq!(base85(&[]), "");
        assert_eq!(base85(&[0; 4]), "(((((");
        // 2³² − 1 = 82·85⁴ + 23·85³ + 54·85² + 12·85 + 0
        assert_eq!(base85(&[255; 4]), "{@_4(");
        // The twentieth digit would be what begins a tag.
        assert_eq!(base85(&[0, 0, 0, 19, 0, 0, 0, 20]), "((((;((((=");
        assert_eq!(base85(&[1]), base85(&[1, 0, 0, 0]));
    }

    #[test]
    fn the_page_is_small_enough_to_be_mailed() {
        let presets: Vec<Preset> = Preset::shipped().collect();
        assert!(presets.len() > 5);
        let size = explorer_page(&presets).len();
        assert!(size < 2_500_000, "{size} bytes");
    }
}
