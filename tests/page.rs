//! `report.html`: what it says, what it never does, and that it stays the same.
#![cfg(feature = "cli")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use capbind::report::sha256;

const HOSTILE: &str = "tests/hostile/page.toml";

/// The page of a scenario file, run with more arguments.
fn page(scenario: &Path, arguments: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    common::capbind(place.path())
        .arg("run")
        .arg(scenario)
        .args(["--paths", "2048", "--quiet", "--out", "results"])
        .args(arguments)
        .assert()
        .success();
    fs::read_to_string(place.path().join("results/report.html")).unwrap()
}

fn shipped(name: &str) -> std::path::PathBuf {
    common::project().join("scenarios").join(name)
}

/// The names of elements and attributes in a page. In one that escapes its texts
/// every `<` begins a tag.
fn vocabulary(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for tag in page.split('<').skip(1) {
        let mut quoted = false;
        let end = tag.find(|c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let tag = &tag[..end.expect("a tag ends")];
        // Values stand in double quotes: every second piece is one.
        let outside: Vec<&str> = tag.split('"').step_by(2).collect();
        names.extend(outside.join(" ").split_whitespace().map(str::to_owned));
    }
    names
}

#[test]
fn the_page_answers_names_its_sources_and_says_how_to_repeat_it() {
    let scenario = shipped("openai-microsoft.toml");
    let page = page(
        &scenario,
        &["--set", "agreement.cap={ uniform = [35, 41] }"],
    );
    let text = fs::read_to_string(&scenario).unwrap();
    for wanted in [
        "The cap binds in ",
        "<h2 id=\"figures-heading\">Key figures</h2>",
        "± ",
        "95\u{a0}% interval",
        "present values leave out",
        "first-quarter revenue: The Information (22 May 2026)",
        // A remark of the file, its address as a link.
        "Reported: &quot;the same percentage&quot; (both companies)",
        "<a href=\"https://news.warptechlab.com/news/167639032\"",
        "Changed on the command line.",
        "Expected by fiscal year",
        "the day it is made on to 2026-11-23",
        "capbind run openai-microsoft.toml --set 'agreement.cap={ uniform = [35, 41] }' --paths 2048",
    ] {
        assert!(
            page.contains(wanted) || page.contains(&wanted.replace('"', "&quot;")),
            "{wanted}"
        );
    }
    assert!(page.contains(&sha256(text.as_bytes())));
    for chart in ["revenue", "cumulative", "binding", "total"] {
        for form in ["wide", "narrow"] {
            assert!(
                page.contains(&format!("id=\"{chart}-{form}-title\"")),
                "{chart} {form}"
            );
        }
    }
}

#[test]
fn the_page_loads_nothing() {
    let page = page(&shipped("openai-microsoft.toml"), &[]);
    for word in [
        "src=",
        "srcset=",
        "@import",
        "<script",
        "<img",
        "<iframe",
        "xlink:href",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    for (i, _) in page.match_indices("url(") {
        assert!(page[i..].starts_with("url(data:"), "{}", &page[i..i + 40]);
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    for link in page.split("<link ").skip(1) {
        assert!(
            link.starts_with("rel=\"icon\" href=\"data:,\">"),
            "{}",
            &link[..60]
        );
    }
}

#[test]
fn hostile_text_adds_no_element_and_no_attribute() {
    let harmless = vocabulary(&page(&shipped("openai-microsoft.toml"), &[]));
    let hostile = page(&common::project().join(HOSTILE), &[]);
    let added: Vec<_> = vocabulary(&hostile)
        .difference(&harmless)
        .cloned()
        .collect();
    assert_eq!(added, [""; 0]);
    assert!(hostile.contains("&lt;script&gt;window.taken = true&lt;/script&gt;"));
    // An address is the only text that becomes a link, and only its own.
    for link in hostile.split("href=\"").skip(1) {
        let address = link.split('"').next().unwrap();
        let permitted = ["#", "https://", "http://", "data:,"];
        assert!(
            permitted.iter().any(|start| address.starts_with(start)),
            "{address}"
        );
    }
    for word in ["href=\"javascript", "]]>", "<script", "<!--"] {
        assert!(!hostile.contains(word), "{word}");
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_the_file_is_text_too() {
    let place = tempfile::tempdir().unwrap();
    let name = "a'b\"><img src=x onerror=alert(1)>$(touch x).toml";
    let file = place.path().join(name);
    fs::copy(common::project().join(HOSTILE), &file).unwrap();
    let page = page(&file, &[]);
    assert!(!page.contains("<img"));
    assert!(
        page.contains("capbind run &#39;a") || page.contains("capbind run 'a"),
        "the name stands in quotes"
    );
    assert!(page.contains(r"'\''b&quot;&gt;&lt;img") || page.contains(r"&#39;\&#39;&#39;b&quot;"));
}

#[test]
fn the_page_is_the_same_at_any_number_of_threads() {
    let scenario = common::project().join(HOSTILE);
    assert!(page(&scenario, &["--threads", "1"]) == page(&scenario, &["--threads", "3"]));
}

#[test]
fn no_page_is_written_without_charts_or_where_none_is_wanted() {
    let place = tempfile::tempdir().unwrap();
    for argument in ["--no-charts", "--no-report"] {
        common::capbind(place.path())
            .arg("run")
            .arg(common::project().join(HOSTILE))
            .args(["--quiet", "--out", "results", argument])
            .assert()
            .success();
        assert!(
            !place.path().join("results/report.html").exists(),
            "{argument}"
        );
        let charts = place.path().join("results/charts").exists();
        assert_eq!(charts, argument == "--no-report");
    }
}

#[test]
fn every_agreement_has_its_figures_tables_and_words() {
    let page = page(&shipped("openai-microsoft-2025.toml"), &[]);
    for agreement in ["OpenAI", "Microsoft"] {
        // Key figures, tables; the words of the contract.
        let heading = format!("<h3>{agreement}</h3>");
        assert_eq!(page.matches(&heading).count(), 2, "{agreement}");
        assert!(page.contains(&format!("<p><strong>{agreement}</strong></p>")));
        assert!(
            page.contains(&format!("What {agreement} nets")),
            "{agreement}"
        );
        let id = format!("id=\"total-{}-wide-title\"", agreement.to_lowercase());
        assert!(page.contains(&id), "{agreement}");
    }
    // Without a cap there is nothing to bind.
    assert!(!page.contains("When the cap binds"));
    assert!(!page.contains("id=\"binding-"));
}
