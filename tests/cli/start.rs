//! What a new user types first: a scenario to start from, completions, the manual.

use super::Place;

#[test]
fn a_new_scenario_is_valid_and_never_overwrites() {
    let place = Place::new();
    for template in ["blank", "openai-microsoft", "royalty", "rbf", "earn-out"] {
        let run = place.run(&["new", template, "--template", template]);
        let file = format!("{template}.toml");
        assert_eq!(
            (run.code, run.stderr.as_str(), run.stdout.as_str()),
            (
                0,
                "",
                format!(
                    "{file} written, with capbind.schema.json for checks in an editor; next:\n  \
                     capbind check {file}\n  capbind run {file}\n"
                )
                .as_str()
            )
        );
        let text = place.read(&file);
        assert!(!text.contains("scenarios/"), "{template}");
        assert!(
            text.starts_with("#:schema capbind.schema.json\n"),
            "{template}"
        );
        assert_eq!(place.run(&["check", &file]).code, 0);
        place.run(&["new", &file, "--template", template]).fails(
            1,
            &format!(
                "error: cannot write {file}: the file is already there; choose another name\n"
            ),
        );
    }
    place.run(&["new", "none/such"]).fails(
        1,
        "error: cannot write none/such.toml: there is no such folder; make it first\n",
    );
}

#[test]
fn every_shell_has_completions_for_every_command() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = place.run(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        for word in ["verify", "keep-paths"] {
            assert!(run.stdout.contains(word), "{shell} lacks {word}");
        }
    }
}

#[test]
fn the_manual_holds_every_command_and_option() {
    let run = Place::new().run(&["man"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for part in [".TH capbind 1", ".SH RUN", ".SH VERIFY", "keep\\-paths"] {
        assert!(run.stdout.contains(part), "{part}");
    }
}
