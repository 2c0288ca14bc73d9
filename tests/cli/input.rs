//! What stands in the place of a file, and what is written in the place of a name.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::{Place, Run, SCENARIO};

const HISTORY: &str = "start,end,value\n2024,2024,1\n2025,2025,1.2\n";
const FORECASTS: &str = "made,year,value\n2024-01-01,2024,1\n2024-06-01,2024,1.1\n";
/// What no terminal is to be told: colours, titles, another order of letters.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;x\u{7}\u{202e}\u{9b}";

/// Whether a text would do anything to a terminal but show letters.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c))
}

fn all_inputs(file: &str) -> Vec<Vec<String>> {
    let commands: [&[&str]; 11] = [
        &["run", file],
        &["check", file],
        &["explain", file, "--path", "0"],
        &["compare", "a.toml", file],
        &["sweep", "a.toml", "--cases", file],
        &[
            "solve",
            file,
            "--for",
            "agreement.cap",
            "--so-that",
            "expected total_paid=5",
        ],
        &["sensitivity", file],
        &["calibrate", file],
        &["calibrate", "history.csv", "--forecasts", file],
        &["verify", "output/a", "--scenario", file],
        &["run", "names.toml"],
    ];
    let own = |command: &[&str]| command.iter().map(|word| (*word).to_owned()).collect();
    commands.iter().map(|command| own(command)).collect()
}

/// A folder with what every command needs, and a scenario that names `file`.
fn place(file: &str) -> Place {
    let place = Place::new();
    place.write("history.csv", HISTORY);
    place.write(
        "names.toml",
        format!("{SCENARIO}[actuals]\nfile = {file:?}\n"),
    );
    place.run_a(&[]);
    place
}

#[test]
fn devices_folders_and_pipes_by_name_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    symlink("/dev/zero", folder.path().join("link")).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let others = [
        ("/dev/zero".to_owned(), "it is a device or a pipe"),
        (at("link"), "it is a device or a pipe"),
        (at("pipe"), "it is a device or a pipe"),
        (at(""), "it is a folder"),
    ];
    for (file, why) in &others {
        let place = place(file);
        for command in all_inputs(file) {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let run = place.run(&words);
            assert!([1, 2].contains(&run.code), "{command:?}: {}", run.stdout);
            assert!(run.stderr.contains(why), "{command:?}: {}", run.stderr);
            assert!(run.stderr.contains("name a"), "{command:?}: {}", run.stderr);
        }
    }
}

#[test]
fn results_replaced_by_something_without_end_differ() {
    let place = Place::new();
    place.run_a(&[]);
    for (name, other) in [("summary.csv", "/dev/zero"), ("manifest.json", "/dev/zero")] {
        let path = place.path(&format!("output/a/{name}"));
        fs::remove_file(&path).unwrap();
        symlink(other, &path).unwrap();
        let run = place.run(&["verify", "output/a"]);
        assert_eq!(run.code, 1);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(name) && said.contains("it is "), "{said}");
    }
}

/// A command that reads what another writes.
fn piped(place: &Place, arguments: &[&str], text: &[u8]) -> Run {
    let mut command = place.command();
    Run::from(command.args(arguments).write_stdin(text).output().unwrap())
}

#[test]
fn pipes_of_the_process_are_read_up_to_the_limit() {
    let place = Place::new();
    place.write("history.csv", HISTORY);
    let run = piped(&place, &["check", "/dev/stdin"], SCENARIO.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let cases = "agreement.cap\n7\n8\n";
    let sweep = ["sweep", "a.toml", "--no-charts", "--cases", "/dev/stdin"];
    let run = piped(&place, &sweep, cases.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let calibrate = ["calibrate", "history.csv", "--forecasts", "/dev/stdin"];
    for (arguments, limit) in [
        (&["check", "/dev/stdin"][..], 4),
        (&["calibrate", "/dev/stdin"], 4),
        (&calibrate, 4),
        (&sweep, 32),
    ] {
        let text = vec![b'\n'; (limit << 20) + 1];
        let run = piped(&place, arguments, &text);
        let why = format!("it is larger than {limit} MB");
        assert!(run.stderr.contains(&why), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("/dev/stdin"), "{}", run.stderr);
    }
    let run = piped(&place, &calibrate, FORECASTS.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn substituted_processes_are_files() {
    let place = Place::new();
    let program = assert_cmd::cargo::cargo_bin("capbind");
    let line = format!("{} check <(cat a.toml)", program.display());
    let run = Command::new("bash")
        .args(["-c", &line])
        .current_dir(place.path("."))
        .stdin(Stdio::null())
        .output();
    let run = Run::from(run.unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn nothing_hidden_reaches_the_terminal() {
    let place = Place::new();
    place.write("history.csv", HISTORY);
    place.run_a(&[]);
    let manifest = place.read("output/a/manifest.json");
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    place.write(
        "edited/manifest.json",
        manifest.replacen(
            "\"capbind\": \"",
            &format!("\"capbind\": {}", &hostile[..hostile.len() - 1]),
            1,
        ),
    );
    let named = serde_json::to_string(&format!("{HOSTILE}.csv")).unwrap();
    place.write(
        "renamed/manifest.json",
        manifest.replacen("\"summary.csv\"", &named, 1),
    );
    let toml = hostile.replace("\u{7f}", "");
    place.write(
        "title.toml",
        SCENARIO.replace("\"A fifth of revenue\"", &toml),
    );
    place.write("payer.toml", SCENARIO.replace("\"Grower\"", &toml));
    place.write(
        "vary.toml",
        format!(
            "{SCENARIO}[sweep]\nvary = [\"agreement.cap={}=1\"]\n",
            toml.trim_matches('"')
        ),
    );
    place.write("source.toml", format!("source = {toml}\n{SCENARIO}"));
    place.write("key.toml", format!("{toml} = 1\n{SCENARIO}"));
    place.write(
        &format!("{HOSTILE}.toml"),
        SCENARIO.replace("title = \"A fifth of revenue\"\n", ""),
    );
    place.write("cases.csv", format!("agreement.cap\n{HOSTILE}\n"));
    place.write("quoted.csv", format!("\"agreement.{HOSTILE}\"\n1\n"));
    place.write(
        "escaped.csv",
        format!("agreement.cap\n\"\"\"{}\"\"\"\n", toml.trim_matches('"')),
    );
    place.write("bad.csv", format!("start,end,value\n2024,{HOSTILE},1\n"));
    place.write(
        "long.csv",
        format!("start,end,value\n2024,2024,{}\n", "9x".repeat(1 << 20)),
    );
    place.write(
        "long_cases.csv",
        format!("agreement.cap\n{}\n", "9x".repeat(1 << 20)),
    );
    place.write(
        "long.toml",
        SCENARIO.replace("\"Grower\"", &format!("\"{}\"", "x".repeat(3 << 20))),
    );
    let file = format!("{HOSTILE}.toml");
    let absent = format!("{HOSTILE}.absent");
    let set = format!("agreement.cap={HOSTILE}");
    let wild = format!("agreement.{HOSTILE}=1");
    let commands: &[&[&str]] = &[
        &["verify", "edited"],
        &["verify", "renamed"],
        &["check", "title.toml"],
        &["check", "payer.toml"],
        &["check", "source.toml"],
        &["check", "key.toml"],
        &["sweep", "vary.toml"],
        &["check", &file],
        &["run", &file, "--no-charts"],
        &["run", &file, "--no-charts", "--json"],
        &["compare", "a.toml", &file, "--no-charts"],
        &["check", &absent],
        &["check", "a.toml", "--set", &set],
        &["check", "a.toml", "--set", &wild],
        &["check", "a.toml", "--set", HOSTILE],
        &["sweep", "a.toml", "--cases", &absent],
        &["sweep", "a.toml", "--cases", "cases.csv"],
        &["sweep", "a.toml", "--cases", "quoted.csv"],
        &["sweep", "a.toml", "--cases", "escaped.csv"],
        &["sweep", "a.toml", "--cases", "long_cases.csv"],
        &["sweep", "a.toml", "--vary", &set],
        &["sweep", "a.toml", "--vary", &wild],
        &["compare", "a.toml", "--variant", &set],
        &[
            "solve",
            "a.toml",
            "--for",
            HOSTILE,
            "--so-that",
            "expected total_paid=5",
        ],
        &[
            "solve",
            "a.toml",
            "--for",
            "agreement.cap",
            "--so-that",
            HOSTILE,
        ],
        &["sensitivity", "a.toml", "--vary", &set],
        &["calibrate", "bad.csv"],
        &["calibrate", "long.csv"],
        &["calibrate", &absent],
        &["calibrate", "history.csv", "--forecasts", &absent],
        &["calibrate", "history.csv", "--prior", HOSTILE],
        &["calibrate", "history.csv", "--unit", HOSTILE],
        &["check", "long.toml"],
        &["new", &absent],
        &["verify", &absent],
        &["explain", &file, "--path", "0"],
        &[HOSTILE],
        &["run", HOSTILE, HOSTILE],
    ];
    let mut wrong = Vec::new();
    for command in commands {
        let run = place.run(command);
        let length = run.stdout.len() + run.stderr.len();
        let fits = is_plain(&run.stdout) && is_plain(&run.stderr) && (1..20_000).contains(&length);
        if !fits {
            wrong.push(format!("{command:?} says {length} bytes: {run:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_beside_a_scenario_sets_no_key() {
    let place = Place::new();
    let text = SCENARIO.replace(
        "[revenue.gbm]\ninitial = 10\ngrowth = 0.25\nvolatility = 0.30\n",
        "[revenue.bootstrap]\ninitial = 10\ncompanies = \"c.csv\"\n",
    );
    place.write("b.toml", text);
    let rows = "year,revenue,company\n2020,1,X\n2021,2,X\n2020,1,Y\n";
    place.write("c.csv", format!("{rows}2021,3,Y\n"));
    let plain = place.run(&["check", "b.toml"]);
    assert!(plain.stdout.contains("20 % of revenue"), "{}", plain.stdout);
    place.write(
        "c.csv",
        format!("{rows}2021,3,Y''''''\nagreement.share = 0.9\nsource=''''''\n"),
    );
    let run = place.run(&["check", "b.toml"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let wanted = "error: `revenue.bootstrap.companies` cannot be used: it is no CSV table\n \
                  --> c.csv:6:1\n";
    assert!(run.stderr.starts_with(wanted), "{}", run.stderr);
    // The same rows in the quotes of CSV are one cell, which says nothing of keys.
    place.write(
        "c.csv",
        format!("{rows}2021,3,\"Y'''\nagreement.share = 0.9\nsource='''\"\n"),
    );
    let run = place.run(&["check", "b.toml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("20 % of revenue"), "{}", run.stdout);
}

#[test]
fn an_override_is_one_key_and_one_value() {
    let place = Place::new();
    for value in [
        "agreement.cap=9\nagreement.share=0.9",
        "agreement.cap=9 # x\nagreement.share=0.9",
        "agreement.cap=9\n[agreement]\nshare=0.9",
        "[agreement]\ncap=9",
    ] {
        let run = place.run(&["check", "a.toml", "--set", value]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{value}");
        assert!(run.stderr.contains("--> --set:1:"), "{}", run.stderr);
        place.write(
            "cases.csv",
            format!("agreement.cap\n{:?}\n", &value[14..]).replace("\\n", "\n"),
        );
        let run = place.run(&["sweep", "a.toml", "--no-charts", "--cases", "cases.csv"]);
        assert_eq!(run.code, 2, "{value}: {}", run.stdout);
    }
}

#[test]
fn new_files_have_names_that_comments_and_shells_can_hold() {
    let place = Place::new();
    let before = place.names(".");
    for name in [
        ".",
        "..",
        "./",
        "a/",
        "/",
        "",
        ".toml",
        "a\nb",
        "a\n[agreement]\nshare = 0.9\n#",
        "\u{202e}x",
    ] {
        let run = place.run(&["new", name]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{name:?}: {}",
            run.stderr
        );
    }
    assert_eq!(place.names("."), before);
    let run = place.run(&["new", "$(touch x); it's"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let word = r"'$(touch x); it'\''s.toml'";
    assert!(
        run.stdout.contains(&format!("  capbind check {word}\n")),
        "{}",
        run.stdout
    );
    let written = place.read("$(touch x); it's.toml");
    assert!(written.contains(word));
    assert!(!written.contains("run $("));
    assert_eq!(place.run(&["check", "$(touch x); it's.toml"]).code, 0);
}
