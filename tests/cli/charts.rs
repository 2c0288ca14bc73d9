//! Which charts are drawn, with what words, and the numbers behind them.

use super::Place;

const RUN: [&str; 4] = ["run", "a.toml", "--no-report", "--out"];

#[test]
fn one_chart_is_drawn_with_the_words_and_numbers_asked_for() {
    let place = Place::new();
    let words = ["--title", "Done “soon”", "--subtitle", "Says who?"];
    let more = ["out", "--chart", "binding", "--chart-data", "--quiet"];
    let run = place.run(&[&RUN[..], &more, &words].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let names = place.names("out/charts");
    assert_eq!(names, ["binding.csv", "binding.png", "binding.svg"]);
    let svg = place.read("out/charts/binding.svg");
    assert!(svg.contains("Done “soon”") && svg.contains("Says who?"));
    assert!(!svg.contains("The cap binds in"), "its own title is gone");
    // The bars and what is not reached add up to one.
    let numbers = place.read("out/charts/binding.csv");
    let mut lines = numbers.lines();
    assert_eq!(lines.next(), Some("from,to,probability,cumulative"));
    let probability = |line: &str| line.split(',').nth(2).unwrap().parse::<f64>().unwrap();
    let sum: f64 = lines.map(probability).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let again = place.run(&["verify", "out"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
}

#[test]
fn every_chart_has_its_numbers_beside_it() {
    let place = Place::new();
    let run = place.run(&[&RUN[..], &["out", "--chart-data", "--convergence"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = place.names("out/charts");
    let pictures = names.iter().filter(|name| name.ends_with(".png"));
    let numbers = names.iter().filter(|name| name.ends_with(".csv"));
    assert_eq!(pictures.count(), numbers.clone().count());
    for name in numbers {
        let text = place.read(&format!("out/charts/{name}"));
        assert!(text.lines().count() > 1, "{name}");
    }
    let sweep = ["sweep", "a.toml", "--vary", "agreement.cap=6:10:2"];
    let more = ["--chart", "total", "--chart-data", "--out", "sweep"];
    let run = place.run(&[&sweep[..], &more].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = place.names("sweep/charts");
    assert_eq!(names, ["total.csv", "total.png", "total.svg"]);
    assert_eq!(place.read("sweep/charts/total.csv").lines().count(), 4);
}

#[test]
fn a_chart_that_does_not_exist_is_refused_before_the_run() {
    let place = Place::new();
    let run = place.run(&[&RUN[..], &["out", "--chart", "bindings"]].concat());
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("there is no chart `bindings`"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("one of revenue, cumulative, binding"),
        "{}",
        run.stderr
    );
    assert!(!place.path("out").exists());
    // Words without a chart to put them on.
    let run = place.run(&[&RUN[..], &["out", "--title", "Done"]].concat());
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--chart"), "{}", run.stderr);
}

#[test]
fn a_chart_of_changed_terms_says_so() {
    let place = Place::new();
    let run = place.run(&[&RUN[..], &["out", "--set", "agreement.cap=9"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let svg = place
        .read("out/charts/binding.svg")
        .replace("&#160;", "\u{a0}");
    assert!(svg.contains("Changed here: cap $9\u{a0}m (file: $8\u{a0}m)."));
    assert!(svg.contains("Grower pays Lender 20\u{a0}% of revenue, cap $9\u{a0}m."));
    assert!(!svg.contains("A fifth of revenue"));
}
