//! `capbind explore`, and the page that `run --interactive` writes.

use super::{Place, SCENARIO};

#[test]
fn one_page_has_all_scenarios_and_replaces_only_its_like() {
    let place = Place::new();
    place.write("b.toml", SCENARIO.replace("A fifth", "A quarter"));
    let explore = |words: &[&str]| place.run(&[&["explore", "a.toml", "b.toml"], words].concat());
    let done = explore(&[]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "explore.html written: open it in a browser\n")
    );
    let page = place.read("explore.html");
    for text in [
        "A fifth of revenue",
        "A quarter of revenue",
        "\"name\":\"b.toml\"",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // Again, and printed: the same bytes.
    explore(&["--quiet"]);
    assert!(place.read("explore.html") == page);
    assert!(explore(&["--out", "-"]).stdout == page);
    place.write("mine.html", "mine");
    let refused = explore(&["--out", "mine.html"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(place.read("mine.html"), "mine");
    assert_eq!(explore(&["--out", "mine.html", "--force"]).code, 0);
    assert!(place.read("mine.html") == page);
    assert!(!place.path("mine.html.partial").exists());
}

#[test]
fn mistakes_are_those_of_every_command_and_write_nothing() {
    let place = Place::new();
    let refused = place.run(&["explore", "a.toml", "--set", "agreement.share=2"]);
    let checked = place.run(&["check", "a.toml", "--set", "agreement.share=2"]);
    refused.fails(2, &checked.stderr);
    assert!(!place.path("explore.html").exists());
}

#[test]
fn the_report_of_an_interactive_run_leads_to_its_page_and_is_made_again() {
    let place = Place::new();
    let run = ["run", "a.toml", "--interactive", "--quiet", "--out", "out"];
    assert_eq!(place.run(&run).code, 0);
    assert!(
        place
            .read("out/report.html")
            .contains("href=\"explore.html\"")
    );
    assert!(
        place
            .read("out/explore.html")
            .contains("A fifth of revenue")
    );
    let again = place.run(&["verify", "out"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
}
