//! Every text that a user hands in, mutated: scenarios, the tables beside them, cases,
//! histories, forecasts and overrides.
//!
//! `corpus/` holds what the mutations begin with; a text that once went wrong is added
//! there. Mutations are drawn from a fixed seed; `CAPBIND_FUZZ=50` tries fifty times as
//! many.
#![cfg(feature = "cli")]

use capbind::Error;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use capbind::report::{Format, Report, RunOptions};
use capbind::scenario::{Attached, Problems, Scenario, assignment};
use capbind::study::{Cases, Forecasts, History, StudyError};

const BASE: &str = r#"unit = "million"
[timeline]
start = 2026-01-01
end = 2027-12-31
step = "quarter"
[revenue.gbm]
initial = 10
growth = 0.25
volatility = 0.30
[agreement]
payer = "Grower"
payee = "Lender"
share = 0.20
cap = 8
[simulation]
points = 64
replicates = 4
seed = 7
"#;

/// What syntax, numbers and attackers are made of.
const WORDS: [&str; 44] = [
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{c}",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "=",
    "#",
    ",",
    ";",
    ".",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "\\",
    "\\u0000",
    "-",
    "0",
    "-1",
    "1e308",
    "1e-308",
    "nan",
    "inf",
    "9223372036854775808",
    "0001-01-01",
    "9999-12-31",
    "2026-02-29",
    "true",
    "agreement.share = 0.9",
    "\n[agreement]\nshare = 0.9\n",
    "é",
    "日本",
    "=1+1",
    "$(x)",
    "%s",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A whole number below another, which is at least 1.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

/// A text like others, but for one to six changes.
fn mutated(random: &mut Random, corpus: &[String]) -> String {
    let mut text: Vec<char> = random.of(corpus).chars().collect();
    for _ in 0..1 + random.below(6) {
        let from = random.below(text.len() + 1);
        let to = (from + random.below(24)).min(text.len());
        match random.below(8) {
            0 => drop(text.drain(from..to)),
            1 => {
                let word = random.of(&WORDS).chars();
                text.splice(from..from, word);
            }
            2 => {
                let word = random.of(&WORDS).chars();
                text.splice(from..to, word);
            }
            3 => {
                let again: Vec<char> = text[from..to].to_vec();
                text.splice(to..to, again);
            }
            4 => {
                let other: Vec<char> = random.of(corpus).chars().collect();
                let begin = random.below(other.len() + 1);
                let end = (begin + random.below(80)).min(other.len());
                text.splice(from..from, other[begin..end].iter().copied());
            }
            5 => text.truncate(from),
            6 => {
                let mut lines: Vec<String> = lines(&text);
                let (a, b) = (random.below(lines.len()), random.below(lines.len()));
                match random.below(3) {
                    0 => drop(lines.remove(a)),
                    1 => lines.swap(a, b),
                    _ => lines.insert(b, lines[a].clone()),
                }
                text = lines.concat().chars().collect();
            }
            _ => {
                let code = random.below(0x3000) as u32;
                text.insert(from, char::from_u32(code).unwrap_or('x'));
            }
        }
    }
    text.into_iter().collect()
}

/// The lines of a text with their ends, at least one.
fn lines(text: &[char]) -> Vec<String> {
    let text: String = text.iter().collect();
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    match lines.is_empty() {
        true => vec![String::new()],
        false => lines,
    }
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The texts of a folder with an extension, in the order of their names.
fn texts(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == extension));
    paths.sort();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.collect()
}

fn corpus(name: &str) -> Vec<String> {
    let texts = texts(&tests().join("corpus").join(name), "csv");
    assert!(!texts.is_empty());
    texts
}

/// Tries every text of a corpus, then so many mutations of it.
fn each<T: Debug>(corpus: &[String], count: usize, seed: u64, mut one: impl FnMut(&str) -> T) {
    let more: usize = std::env::var("CAPBIND_FUZZ").map_or(1, |n| n.parse().unwrap());
    let mut random = Random(seed);
    let drawn = (0..count * more).map(|_| mutated(&mut random, corpus));
    for text in corpus.iter().cloned().chain(drawn) {
        let done = catch_unwind(AssertUnwindSafe(|| one(&text)));
        assert!(done.is_ok(), "goes wrong:\n{text:?}\n{text}");
    }
}

/// Nothing a terminal would obey, and not without end.
fn is_printable(message: &str) {
    let hidden = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!message.contains(hidden), "{message:?}");
    assert!(message.lines().all(|line| line.len() < 10_000));
}

/// Every problem has a place in one of these texts, and a remedy.
fn names_places(problems: &Problems, origins: &[&str]) {
    let text = problems.render(false);
    is_printable(&text);
    let mut all: Vec<&str> = text.split("\n\n").collect();
    let count = all.pop().unwrap();
    assert!(count.contains("nothing was simulated"), "{count}");
    for problem in all.iter().filter(|part| part.starts_with("error: ")) {
        let place = problem
            .lines()
            .find_map(|line| line.trim().strip_prefix("--> "));
        let place = place.unwrap_or_else(|| panic!("no place: {problem}"));
        let is_of = |origin: &&str| {
            let rest = place
                .strip_prefix(*origin)
                .and_then(|rest| rest.strip_prefix(':'));
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() && c != '0'))
        };
        assert!(origins.iter().any(is_of), "{place}");
        assert!(problem.contains("= try: "), "{problem}");
    }
}

/// A mistake in a table names the table and, but for what is about it as a whole, the
/// line.
fn names_the_table(error: &StudyError) {
    let whole = [
        "the table is empty",
        "there is no case",
        "figures, at most",
        "forecasts, at most",
    ];
    is_printable(&error.message);
    assert!(error.message.len() < 2_000, "{}", error.message);
    assert!(!error.hint.is_empty());
    let keys = ["is not a key", "is varied twice"];
    if keys.iter().any(|part| error.message.contains(part)) {
        return;
    }
    let rest = error.message.strip_prefix("fuzz.csv:");
    let rest = rest.unwrap_or_else(|| panic!("{}", error.message));
    let line = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    assert!(
        line(rest)
            || rest.starts_with(" line ")
            || rest.contains("in the first line")
            || whole.iter().any(|part| rest.contains(part)),
        "{}",
        error.message
    );
}

/// What a scenario says of its contracts and all else, but for the tables beside it.
fn keys(scenario: &Scenario) -> BTreeSet<(String, String, String)> {
    let own = scenario
        .written
        .iter()
        .filter(|key| !key.remark.contains("Read from"));
    own.map(|key| (key.table.clone(), key.key.clone(), key.value.clone()))
        .collect()
}

fn refused(result: Result<Scenario, Error>, origins: &[&str]) -> Option<Scenario> {
    match result {
        Ok(scenario) => Some(scenario),
        Err(Error::Invalid(problems)) => {
            names_places(&problems, origins);
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// What is found valid is also simulated and reported.
fn runs(mut scenario: Scenario) {
    let Some(work) = scenario
        .timeline
        .periods()
        .len()
        .checked_mul(scenario.contracts.len())
    else {
        return;
    };
    if work > 500 || scenario.settings.replicates > 16 {
        return;
    }
    scenario.settings.points = 64;
    scenario.precision = None;
    let results = capbind::simulate::run(&scenario.simulation(), &()).unwrap();
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let tables = report.tables(false);
    // A quotient beyond all numbers is refused where it is written.
    let Ok(files) = report.csv_files(&tables, &[]) else {
        return;
    };
    assert!(!files.is_empty());
    Format::Xlsx
        .writer()
        .files(&report.tabled(&tables))
        .unwrap();
    let page = capbind::report::page(&report, &RunOptions::default()).unwrap();
    assert!(!page.contains(|c: char| c.is_control() && !"\n\r\t".contains(c)));
}

#[test]
fn scenarios() {
    let mut corpus = texts(&tests().join("corpus/scenario"), "toml");
    corpus.extend(texts(&tests().join("bad"), "toml"));
    corpus.extend(texts(&tests().join("../scenarios"), "toml"));
    let mut valid = 0;
    each(&corpus, 3_000, 1, |text| {
        let read = Scenario::parse("fuzz.toml", "fuzz", text, &[]);
        if let Some(scenario) = refused(read, &["fuzz.toml"]) {
            valid += 1;
            if valid % 16 == 0 {
                runs(scenario);
            }
        }
    });
    assert!(valid > 20, "only {valid} are valid");
}

#[test]
fn tables_of_companies_set_no_key() {
    let gbm = "[revenue.gbm]\ninitial = 10\ngrowth = 0.25\nvolatility = 0.30\n";
    let bootstrap = "[revenue.bootstrap]\ninitial = 10\ncompanies = \"fuzz.csv\"\n";
    beside("companies", &BASE.replace(gbm, bootstrap), 2);
}

#[test]
fn tables_of_what_has_happened_set_no_key() {
    beside(
        "actuals",
        &format!("{BASE}[actuals]\nfile = \"fuzz.csv\"\n"),
        3,
    );
}

/// Tables beside a scenario change no key of it, whatever they hold.
fn beside(name: &str, scenario: &str, seed: u64) {
    let corpus = corpus(name);
    let read = |text: &str| {
        let attached = [Attached {
            name: "fuzz.csv".to_owned(),
            text: text.to_owned(),
        }];
        Scenario::read("fuzz.toml", "fuzz", scenario, &[], &attached.to_vec())
    };
    let plain = fs::read_to_string(tests().join("corpus").join(name).join("plain.csv"));
    let wanted = keys(&read(&plain.unwrap()).unwrap());
    let mut valid = 0;
    each(&corpus, 4_000, seed, |text| {
        if let Some(found) = refused(read(text), &["fuzz.csv", "fuzz.toml"]) {
            assert_eq!(keys(&found), wanted);
            valid += 1;
            if valid % 16 == 0 {
                runs(found);
            }
        }
    });
    assert!(valid > 20, "only {valid} are valid");
}

/// The first name of a dotted key, without quotes.
fn first(key: &str) -> String {
    let end = key.find('.').unwrap_or(key.len());
    key[..end].trim().trim_matches(['"', '\'']).to_owned()
}

/// A scenario with one override says what it said without, but for that key.
fn changes_only_its_key(text: &str) -> bool {
    let overrides = [text.to_owned()];
    let read = Scenario::parse("fuzz.toml", "fuzz", BASE, &overrides);
    let Some(found) = refused(read, &["fuzz.toml", "--set"]) else {
        return false;
    };
    let (key, _) = assignment(text).expect("an assignment");
    let key = first(key);
    let plain = Scenario::parse("fuzz.toml", "fuzz", BASE, &[]).unwrap();
    let of_other_keys = |scenario: &Scenario| {
        let mut keys = keys(scenario);
        keys.retain(|(table, own, _)| first(&format!("{table}.{own}")) != key && *own != key);
        keys
    };
    // An escape in the name of a key is read, not compared.
    assert!(key.contains('\\') || of_other_keys(&found) == of_other_keys(&plain));
    true
}

#[test]
fn overrides_change_one_key() {
    let text = fs::read_to_string(tests().join("corpus/set/overrides.txt")).unwrap();
    let corpus: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut valid = 0;
    each(&corpus, 6_000, 4, |text| {
        valid += u32::from(changes_only_its_key(text));
    });
    assert!(valid > 20, "only {valid} are valid");
}

#[test]
fn cases_change_the_keys_of_their_header() {
    let mut valid = 0;
    each(&corpus("cases"), 4_000, 5, |text| {
        match Cases::from_csv("fuzz.csv", text.as_bytes()) {
            Ok(cases) => {
                for case in 1..=cases.len().min(4) {
                    for (assigned, key) in cases.assignments(case).iter().zip(
                        cases
                            .keys()
                            .iter()
                            .zip(cases.values(case))
                            .filter(|(_, v)| !v.is_empty()),
                    ) {
                        assert_eq!(assignment(assigned).unwrap().0, key.0.trim());
                        valid += u32::from(changes_only_its_key(assigned));
                    }
                }
            }
            Err(error) => names_the_table(&error),
        }
    });
    assert!(valid > 20, "only {valid} are valid");
}

#[test]
fn histories() {
    let mut valid = 0;
    each(&corpus("history"), 4_000, 6, |text| {
        match History::parse("fuzz.csv", text) {
            Ok(_) => valid += 1,
            Err(error) => names_the_table(&error),
        }
    });
    assert!(valid > 20, "only {valid} are valid");
}

#[test]
fn forecasts() {
    let mut valid = 0;
    each(
        &corpus("forecasts"),
        4_000,
        7,
        |text| match Forecasts::parse("fuzz.csv", text) {
            Ok(_) => valid += 1,
            Err(error) => names_the_table(&error),
        },
    );
    assert!(valid > 20, "only {valid} are valid");
}

/// The program itself: `check` and `run` say the same of a scenario, and neither ends
/// by a signal.
#[test]
fn check_and_run_agree() {
    let folder = tempfile::tempdir().unwrap();
    let mut corpus = texts(&tests().join("corpus/scenario"), "toml");
    corpus.push(BASE.to_owned());
    let command = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("capbind").unwrap();
        let output = command
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        is_printable(&stderr);
        (output.status.code(), stderr)
    };
    let mut codes = BTreeSet::new();
    each(&corpus, 24, 8, |text| {
        fs::write(folder.path().join("a.toml"), text).unwrap();
        let (checked, said) = command(&["check", "a.toml"]);
        let run = [
            "run",
            "a.toml",
            "--paths",
            "256",
            "--no-charts",
            "--format",
            "xlsx",
        ];
        let (ran, also) = command(&run);
        assert_eq!(checked, ran, "check: {said}\nrun: {also}");
        if checked != Some(0) {
            assert_eq!(said, also);
        }
        codes.insert(checked);
    });
    assert!(
        codes.contains(&Some(0)) && codes.contains(&Some(2)),
        "{codes:?}"
    );
}
