//! The page `docs/distributed.md` as typed, with schedulers that are not there played by
//! scripts: each hands out an array as the real one does, by its variable.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::Place;

const PAGE: &str = "docs/distributed.md";
/// `sbatch --wait FILE`: the range is in the file.
const SBATCH: &str = r#"#!/bin/sh
test "$1" = --wait && shift
range=$(sed -n 's/^#SBATCH --array=//p' "$1")
for k in $(seq "${range%-*}" "${range#*-}"); do
  SLURM_ARRAY_TASK_ID=$k sh "$1" || exit 1
done
"#;
/// `aws batch …`: the container's command, from the definition that was registered.
const AWS: &str = r#"#!/bin/sh
case "$2" in
register-job-definition) cp "${4#file://}" registered.json ;;
submit-job)
  for word; do case $word in size=*) size=${word#size=} ;; esac; done
  command=$(sed -n 's/.*"command": \[\(.*\)\].*/\1/p' registered.json | tr -d ',')
  for k in $(seq 0 $((size - 1))); do
    AWS_BATCH_JOB_ARRAY_INDEX=$k sh -c "$command" || exit 1
  done ;;
esac
"#;
/// `kubectl apply -f FILE`: every index, the last first.
const KUBECTL: &str = r#"#!/bin/sh
test "$1" = apply || exit 0
count=$(sed -n 's/^ *completions: //p' "$3")
command=$(sed -n 's/^ *command: \[\(.*\)\]/\1/p' "$3" | tr -d ',')
for k in $(seq $((count - 1)) -1 0); do
  JOB_COMPLETION_INDEX=$k sh -c "$command" || exit 1
done
"#;

/// The part of the page below a heading, up to the next; without one what stands first.
fn section(heading: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let mut sections = page.split("\n## ");
    let found = sections.find(|part| heading.is_empty() || part.starts_with(heading));
    found.unwrap_or_else(|| panic!("no {heading}")).to_owned()
}

/// The files of a section, by the name in the line before, and its commands.
fn parts(section: &str) -> (Vec<(String, String)>, String) {
    let (mut files, mut commands) = (Vec::new(), String::new());
    let mut pieces = section.split("```");
    while let (Some(before), Some(block)) = (pieces.next(), pieces.next()) {
        let (_, text) = block.split_once('\n').unwrap();
        let words = before.trim_end().rsplit("\n\n").next().unwrap();
        let name = words.split('`').nth(1).filter(|_| words.ends_with(':'));
        match name.filter(|name| name.starts_with("deal") && name.contains('.')) {
            Some(name) => files.push((name.to_owned(), text.to_owned())),
            None => commands += text,
        }
    }
    (files, commands)
}

/// Does what a section says and compares the folder with that of `run`.
fn follow(heading: &str) {
    let place = Place::new();
    fs::rename(place.path("a.toml"), place.path("deal.toml")).unwrap();
    let here = |text: &str| {
        let store = place.path("store").display().to_string();
        text.replace("/shared/deal", &store)
    };
    let (files, commands) = parts(&section(heading));
    for (name, text) in files {
        place.write(&name, here(&text));
    }
    for (name, script) in [("sbatch", SBATCH), ("aws", AWS), ("kubectl", KUBECTL)] {
        let name = format!("bin/{name}");
        place.write(&name, script);
        fs::set_permissions(place.path(&name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_capbind"), place.path("bin/capbind")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let done = Command::new("sh")
        .args(["-e", "-c", &here(&commands)])
        .current_dir(place.path("."))
        .env("PATH", format!("{}:{path}", place.path("bin").display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{heading}: {said}");
    assert_eq!(place.names("store/parts").len(), 16, "{heading}");
    let alone = place.run(&["run", "deal.toml", "--out", "alone"]);
    assert_eq!(alone.code, 0, "{}", alone.stderr);
    assert!(
        place.contents("output/deal") == place.contents("alone"),
        "{heading}"
    );
}

#[test]
fn a_loop_in_a_shell() {
    follow("");
}

#[test]
fn an_array_of_slurm() {
    follow("Slurm");
}

#[test]
fn an_array_of_aws_batch() {
    follow("AWS Batch");
}

#[test]
fn an_indexed_job_of_kubernetes() {
    follow("Kubernetes");
}
