//! The page in a real browser: Chromium, without a window. Ignored where nobody
//! asks for it, because it needs the browser: `cargo test --test browser -- --ignored`.
#![cfg(feature = "cli")]

mod common;
#[path = "explorer/tests.rs"]
mod explorer;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rayon::prelude::*;
use serde_json::Value;

/// Names the browser goes by; `CAPBIND_BROWSER` names another.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// Without a window, a sandbox (of no use to root), or errands of its own.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // The page that looks at another may look into it.
    "--allow-file-access-from-files",
];
const LIGHT: &str = "--blink-settings=preferredColorScheme=1";
const DARK: &str = "--blink-settings=preferredColorScheme=0";
const WIDTHS: [u32; 3] = [360, 820, 1440];

/// What is asked of a page inside a frame; the answer is JSON.
const PROBE: &str = include_str!("browser_probe.js");

fn browser() -> PathBuf {
    if let Some(path) = std::env::var_os("CAPBIND_BROWSER") {
        return path.into();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    found.expect("Chromium is installed, or CAPBIND_BROWSER names a browser")
}

/// What a browser did with a page.
struct Visit {
    dom: String,
    /// What the page wrote to the console.
    console: Vec<String>,
    /// Addresses the page asked the network for; those of files are not among them.
    requests: Vec<String>,
}

fn visit(folder: &Path, page: &str, flags: &[&str]) -> Visit {
    let profile = tempfile::tempdir().unwrap();
    let log = profile.path().join("network.json");
    let done = Command::new(browser())
        .args(FLAGS)
        .args(flags)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--log-net-log={}", log.display()))
        .args([
            "--enable-logging=stderr",
            "--v=0",
            "--virtual-time-budget=10000",
        ])
        .arg("--dump-dom")
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{stderr}");
    Visit {
        dom: String::from_utf8(done.stdout).unwrap(),
        console: stderr
            .lines()
            .filter(|line| line.contains(":CONSOLE"))
            .map(str::to_owned)
            .collect(),
        requests: requests(&fs::read_to_string(log).unwrap()),
    }
}

/// The addresses in a network log that a page asked for. The browser's own
/// errands have no origin.
fn requests(log: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(log).unwrap();
    let events = log["events"].as_array().unwrap().iter();
    events
        .filter(|event| {
            let initiator = event["params"]["initiator"].as_str();
            initiator.is_some_and(|origin| origin != "not an origin")
        })
        .filter_map(|event| event["params"]["url"].as_str().map(str::to_owned))
        .collect()
}

/// Looks at a page through a frame of some width.
fn probe(folder: &Path, page: &str, width: u32, scheme: &str) -> (Value, Visit) {
    let frame = format!(
        "<!DOCTYPE html><html><body><iframe id=\"page\" style=\"width:{width}px;height:900px;border:0\" \
         src=\"{page}\"></iframe><script id=\"answer\" type=\"application/json\"></script>\
         <script>{PROBE}</script></body></html>"
    );
    fs::write(folder.join("frame.html"), frame).unwrap();
    let visit = visit(folder, "frame.html", &[scheme]);
    let answer = visit
        .dom
        .split("type=\"application/json\">")
        .nth(1)
        .unwrap();
    let answer = answer.split("</script>").next().unwrap();
    let found = serde_json::from_str(answer).unwrap_or_else(|_| panic!("no answer: {answer}"));
    (found, visit)
}

/// The folder of a run of a scenario.
fn run(scenario: &Path) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    common::capbind(place.path())
        .arg("run")
        .arg(scenario)
        .args(["--paths", "2048", "--quiet", "--out", "results"])
        .assert()
        .success();
    place
}

fn shipped() -> PathBuf {
    common::project().join("scenarios/openai-microsoft.toml")
}

#[test]
#[ignore = "needs Chromium"]
fn requests_and_console_messages_are_noticed() {
    let place = tempfile::tempdir().unwrap();
    let page = "<!DOCTYPE html><html><body><img src=\"http://example.invalid/x.png\">\
                <script>console.error(\"heard\"); window.taken = true</script></body></html>";
    fs::write(place.path().join("bad.html"), page).unwrap();
    let (found, visit) = probe(place.path(), "bad.html", 820, LIGHT);
    assert_eq!(visit.requests, ["http://example.invalid/x.png"]);
    assert!(
        visit.console.iter().any(|line| line.contains("heard")),
        "{:?}",
        visit.console
    );
    assert_eq!(found["scripts"], 1);
    assert_eq!(found["taken"], true);
    assert_ne!(found["faults"], Value::Array(Vec::new()));
}

#[test]
#[ignore = "needs Chromium"]
fn the_page_is_quiet_self_contained_and_accessible_at_every_width() {
    let place = run(&shipped());
    let folder = place.path().join("results");
    for scheme in [LIGHT, DARK] {
        for width in WIDTHS {
            let (found, visit) = probe(&folder, "report.html", width, scheme);
            let told = format!("{width} {scheme}: {found:#}");
            assert_eq!(visit.console, [""; 0], "{told}");
            assert_eq!(visit.requests, [""; 0], "{told}");
            assert_eq!(found["faults"], Value::Array(Vec::new()), "{told}");
            assert_eq!(found["dark"], scheme == DARK, "{told}");
            assert!(found["charts"].as_u64().unwrap() >= 4, "{told}");
            assert!(found["tables"].as_u64().unwrap() >= 4, "{told}");
            assert_eq!(found["fonts"], true, "{told}");
        }
    }
}

/// The version of axe-core that looks at the pages.
const AXE: &str = "4.10.2";

/// The script of axe-core, had once from the package registry; `CAPBIND_AXE` names
/// another.
fn axe() -> String {
    if let Some(path) = std::env::var_os("CAPBIND_AXE") {
        return fs::read_to_string(path).unwrap();
    }
    // Two tests that install at once would leave half a package.
    static INSTALLS: Mutex<()> = Mutex::new(());
    let _alone = INSTALLS.lock();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("axe-{AXE}"));
    let script = place.join("node_modules/axe-core/axe.min.js");
    if !script.is_file() {
        fs::create_dir_all(&place).unwrap();
        let npm = Command::new("npm")
            .args([
                "install",
                "--no-save",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
            ])
            .arg("--prefix")
            .arg(&place)
            .arg(format!("axe-core@{AXE}"))
            .output();
        let npm = npm.expect("npm is installed, or CAPBIND_AXE names axe.min.js");
        assert!(
            npm.status.success(),
            "{}",
            String::from_utf8_lossy(&npm.stderr)
        );
    }
    fs::read_to_string(script).unwrap()
}

/// What axe-core holds against a page, less the page's own policy, which would keep it
/// out.
fn violations(folder: &Path, width: u32, scheme: &str, axe: &str) -> Value {
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let (before, rest) = page.split_once("<meta http-equiv=").unwrap();
    let (_, after) = rest.split_once('>').unwrap();
    let ask = "axe.run().then((found) => {\
        const faults = found.violations.map(({ id, nodes }) =>\
            id + \": \" + nodes.slice(0, 3).map((node) => node.html).join(\" | \"));\
        const answer = document.createElement(\"script\");\
        answer.type = \"application/json\";\
        answer.id = \"answer\";\
        answer.textContent = JSON.stringify({ faults, passed: found.passes.length })\
            .replaceAll(\"<\", \"\\\\u003c\");\
        document.body.append(answer);\
    });";
    let seen = format!("{before}{after}<script>{axe}</script><script>{ask}</script>");
    fs::write(folder.join("seen.html"), seen).unwrap();
    let size = format!("--window-size={width},900");
    let visit = visit(folder, "seen.html", &[scheme, &size]);
    let answer = visit.dom.split("id=\"answer\">").nth(1);
    let answer = answer.unwrap_or_else(|| panic!("axe-core did not run: {:?}", visit.console));
    serde_json::from_str(answer.split("</script>").next().unwrap()).unwrap()
}

#[test]
#[ignore = "needs Chromium"]
fn axe_finds_nothing_on_the_page_of_any_shipped_scenario() {
    let axe = axe();
    let mut scenarios: Vec<PathBuf> = fs::read_dir(common::project().join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    scenarios.sort();
    // Narrow and dark, or wide and light, in turn.
    scenarios.par_iter().enumerate().for_each(|(i, scenario)| {
        let (width, scheme) = if i % 2 == 0 {
            (500, DARK)
        } else {
            (1100, LIGHT)
        };
        let place = run(scenario);
        let found = violations(&place.path().join("results"), width, scheme, &axe);
        let told = format!("{} at {width}: {found:#}", scenario.display());
        assert_eq!(found["faults"], Value::Array(Vec::new()), "{told}");
        assert!(found["passed"].as_u64().unwrap() >= 20, "{told}");
    });
}

#[test]
#[ignore = "needs Chromium"]
fn hostile_text_stays_text() {
    let place = run(&common::project().join("tests/hostile/page.toml"));
    let folder = place.path().join("results");
    let (found, visit) = probe(&folder, "report.html", 820, LIGHT);
    assert_eq!(visit.console, [""; 0], "{found:#}");
    assert_eq!(visit.requests, [""; 0], "{found:#}");
    assert_eq!(found["faults"], Value::Array(Vec::new()), "{found:#}");
    assert_eq!(found["taken"], false);
    let title = found["title"].as_str().unwrap();
    assert!(title.contains("<script>"), "{title}");
}

#[test]
#[ignore = "needs Chromium"]
fn the_page_prints() {
    let place = run(&shipped());
    let pdf = place.path().join("report.pdf");
    let report = place.path().join("results/report.html");
    let flags = [
        format!("--print-to-pdf={}", pdf.display()),
        "--no-pdf-header-footer".to_owned(),
        DARK.to_owned(),
    ];
    let profile = tempfile::tempdir().unwrap();
    let done = Command::new(browser())
        .args(FLAGS)
        .args(flags)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", report.display()))
        .output()
        .unwrap();
    assert!(done.status.success());
    let bytes = fs::read(pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    let text = String::from_utf8_lossy(&bytes);
    let pages = text.matches("/Type /Page\n").count();
    assert!((3..=10).contains(&pages), "{pages} pages");
}
