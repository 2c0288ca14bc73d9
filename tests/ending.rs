//! What is said of the end of sharing, where more than the cap and the expiry may
//! end it: headline, JSON, charts, page and comparison name what ends it most often
//! and when it has ended in the median outcome.
#![cfg(feature = "cli")]

mod common;

use capbind::report::figure::Figure;
use capbind::report::{Report, RunOptions, answer, figures, page, summary_json, summary_text};
use capbind::scenario::Scenario;
use capbind::simulate;

const REVENUE: &str = "currency = \"USD\"\nunit = \"million\"\n\
    [timeline]\nstart = 2026-01-01\nend = 2030-12-31\nstep = \"quarter\"\n\
    [revenue.gbm]\ninitial = 100\ngrowth = 0\nvolatility = 0.1\n\
    [simulation]\npoints = 1024\nreplicates = 16\n";

const CAPPED: &str = "[agreement]\npayer = \"A\"\npayee = \"B\"\nshare = 0.05\ncap = 20\n";

/// A run of an agreement and everything that is said of it.
struct Said {
    answer: String,
    text: String,
    json: serde_json::Value,
    page: String,
    figures: Vec<(String, Figure)>,
}

impl Said {
    fn of(agreement: &str) -> Self {
        let text = format!("{REVENUE}{agreement}");
        let scenario = Scenario::parse("e.toml", "e", &text, &[]).unwrap();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let report = Report::new(&scenario, &results, &[], Vec::new());
        Self {
            answer: answer(&report.primary()),
            text: summary_text(&report),
            json: summary_json(&report),
            page: page(&report, &RunOptions::default()).unwrap(),
            figures: figures(&report, false),
        }
    }

    fn headline(&self) -> &str {
        self.text.lines().next().unwrap()
    }

    /// The title of a chart by its name.
    fn title(&self, name: &str) -> &str {
        let figure = self.figures.iter().find(|(other, _)| other == name);
        match &figure.unwrap().1 {
            Figure::Binding(binding) => binding.frame.title.as_str(),
            Figure::Strip(strip) => strip.frame.title.as_str(),
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn an_event_on_a_day_is_the_answer() {
    let event = "event = { name = \"sale of the company\", date = 2027-06-30 }\n";
    let said = Said::of(&format!("{CAPPED}{event}"));
    assert_eq!(
        said.answer,
        "Sharing ends by “sale of the company” in every simulated outcome, by the cap in none; \
         in the median outcome on 30 June 2027."
    );
    assert!(
        said.headline().starts_with(
            "Sharing ends by “sale of the company” in every simulated outcome (at least 99.982\u{a0}% \
             with 95\u{a0}% confidence), by the cap in none (at most 0.018\u{a0}% with 95\u{a0}% \
             confidence); in the median outcome on 30 June 2027; $7.5"
        ),
        "{}",
        said.headline()
    );
    assert_eq!(said.title("binding"), said.answer);
    assert_eq!(
        said.title("timeline"),
        "In the median outcome the share ends in June 2027, 3 years and 6 months before it \
         expires; most often by “sale of the company” (every simulated outcome)."
    );
    assert_eq!(said.json["answer"], said.answer);
    assert_eq!(said.json["end_date_p50"], "2027-06-30");
    assert_eq!(said.json["ends_most_likely_by"], "event");
    assert_eq!(said.json["ends"]["event"]["probability"], 1.0);
    assert!(said.page.contains("Sharing ends by “sale of the company”"));
    assert!(said.page.contains("Median date sharing ends"));
    for text in [&said.answer, &said.text, &said.page] {
        assert!(!text.contains("by date, on 31 December 2030"), "{text}");
    }
    // The strip draws when sharing ends, not when the cap would have been reached.
    let strip = said.figures.iter().find(|(name, _)| name == "timeline");
    let Some((_, Figure::Strip(strip))) = strip else {
        panic!("no strip");
    };
    let row = &strip.rows[0];
    assert!(row.by_any && row.is_capped);
    let dates = row.ends.iter().map(|(_, date)| date.unwrap().to_string());
    assert!(dates.eq(["2027-06-30"; 5]), "{row:?}");
}

/// A hazard of 0.408 a year ends 1 − e^(−0.408·5) = 87 % of outcomes within five years,
/// half of them by the median ln 2 / 0.408 = 1.70 years in.
#[test]
fn a_likely_default_is_the_answer() {
    let default = "default = { hazard = 0.408, recovery = 0.4 }\n";
    for agreement in [
        format!("{CAPPED}{default}"),
        format!("{}{default}", CAPPED.replace("cap = 20\n", "")),
    ] {
        let said = Said::of(&agreement);
        let capped = agreement.contains("cap");
        let last = match capped {
            true => "Sharing ends by default in ",
            false => {
                "Sharing ends by default in 87\u{a0}% of simulated outcomes, by date in 13\u{a0}%; in the median outcome on "
            }
        };
        assert!(said.answer.starts_with(last), "{}", said.answer);
        let date = said.json["end_date_p50"].as_str().unwrap();
        assert!(("2027-09-05".."2027-09-25").contains(&date), "{date}");
        assert!(said.answer.contains("September 2027"), "{}", said.answer);
        assert!(
            said.headline().contains("in the median outcome on "),
            "{}",
            said.headline()
        );
        assert!(said.page.contains("Sharing ends by default in "));
        assert_eq!(said.json["ends_most_likely_by"], "default");
        assert_eq!(said.answer.contains("No cap; expected total "), !capped);
        assert_eq!(said.answer.contains("by the cap in "), capped);
    }
}

#[test]
fn several_events_keep_their_names() {
    let events = "event = [{ name = \"sale\", hazard = 0.3 }, { name = \"listing\", hazard = 0.2 },\n\
        { name = \"merger\", hazard = 0.1 }, { name = \"flood\", hazard = 0.05 }]\n";
    let said = Said::of(&format!("{CAPPED}{events}"));
    let parts = [
        "by “sale” in ",
        " of simulated outcomes, by “listing” in ",
        ", by “merger” in ",
        ", by the cap in ",
        ", otherwise in ",
    ];
    let mut at = 0;
    for part in parts {
        let found = said.answer[at..].find(part);
        at += found.unwrap_or_else(|| panic!("{part} in {}", said.answer));
    }
    let ends = said.json["ends"].as_object().unwrap();
    let sum: f64 = ends
        .values()
        .map(|end| end["probability"].as_f64().unwrap())
        .sum();
    assert_eq!(ends.len(), 6, "{ends:?}");
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    assert!(ends.contains_key("event.listing"));
}

#[test]
fn without_events_the_cap_or_its_expiry_is_the_answer() {
    let said = Said::of(CAPPED);
    let words = said.answer.split("; ").collect::<Vec<_>>();
    assert!(words[0].starts_with("The cap binds in "), "{}", said.answer);
    let rare = Said::of(&CAPPED.replace("cap = 20", "cap = 26"));
    assert!(
        rare.answer
            .ends_with("; in the median outcome sharing ends by date, on 31 December 2030."),
        "{}",
        rare.answer
    );
    assert!(
        rare.headline()
            .contains("outcomes, in the median outcome sharing ends by date, on 31"),
        "{}",
        rare.headline()
    );
    assert_eq!(rare.json["end_date_p50"], "2030-12-31");
    assert_eq!(rare.json["ends_most_likely_by"], "expiry");
}

/// Each agreement has its own end; a comparison names both.
#[test]
fn every_agreement_and_comparison_says_its_own() {
    let event = "event = { name = \"sale\", date = 2027-06-30 }\n";
    let one = CAPPED.replace("[agreement]\n", "[[agreement]]\nname = \"one\"\n");
    let two = CAPPED.replace("[agreement]\n", "[[agreement]]\nname = \"two\"\n");
    let said = Said::of(&format!("{one}{two}{event}"));
    let mut lines = said.text.lines();
    assert!(lines.next().unwrap().starts_with("one: The cap binds in "));
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("two: Sharing ends by “sale” in every")
    );
    assert_eq!(said.json["agreements"][1]["end_date_p50"], "2027-06-30");
    let title = said.title("binding-two");
    let ended = "Two: sharing ends by “sale” in every";
    assert!(title.starts_with(ended), "{title}");

    let place = tempfile::tempdir().unwrap();
    for (name, more) in [("a.toml", ""), ("b.toml", event)] {
        std::fs::write(place.path().join(name), format!("{REVENUE}{CAPPED}{more}")).unwrap();
    }
    let printed = common::capbind(place.path())
        .args(["compare", "a.toml", "b.toml", "--no-charts", "--out", "r"])
        .output()
        .unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let text = String::from_utf8(printed.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(
        first.contains("sharing ends most often by “sale” (every simulated outcome; median end 30 June 2027) instead of by "),
        "{first}"
    );
    assert!(text.contains("\nSharing ends, median"), "{text}");
}
