//! What is shipped: an archive with the program, and the wheel.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Done, cargo, root, run};

/// Where both go.
const SHIPPED: &str = "target/shipped";
/// Texts that go with the program.
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
/// Shells with a completion script of their own.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// The C library that a Linux needs at least, where Zig links: that of every one since 2014.
const GLIBC: &str = "2.17";

/// Builds both for this machine, into `target/shipped`: wheels for these interpreters, for the
/// one that has maturin where none is named.
pub fn dist(interpreters: &[&str]) -> Done {
    let folder = root().join(SHIPPED);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(&folder).map_err(failed)?;
    let python = ["python3", "python"]
        .into_iter()
        .find(|python| has(python, "maturin", "--version"));
    let zig =
        python.filter(|python| cfg!(target_os = "linux") && has(python, "ziglang", "version"));
    let target = host()?;
    let built = match zig {
        Some(_) => {
            let old = format!("{target}.{GLIBC}");
            let build = ["zigbuild", "--locked", "--profile", "dist", "--target"];
            cargo(&[&build[..], &[old.as_str()]].concat())?;
            root().join("target").join(&target).join("dist")
        }
        None => {
            cargo(&["build", "--locked", "--profile", "dist"])?;
            root().join("target/dist")
        }
    };
    archive(&built)?;
    let python = python.ok_or(
        "the archive is there; the wheel needs maturin: python3 -m pip install 'maturin>=1.14.1,<2'",
    )?;
    // With Zig both are built in the target's own folder, without it in the host's.
    let linked = match zig {
        Some(_) => vec![
            "--zig",
            "--compatibility",
            "manylinux2014",
            "--target",
            &target,
        ],
        None => Vec::new(),
    };
    let wheel = |interpreter: &[&str]| {
        let build = ["-m", "maturin", "build", "--locked", "--profile", "dist"];
        let place = ["--manifest-path", "python/Cargo.toml", "--out", SHIPPED];
        run(
            python,
            &[&build[..], &place, &linked[..], interpreter].concat(),
            &[],
        )
    };
    match interpreters {
        [] => wheel(&[])?,
        some => some
            .iter()
            .try_for_each(|one| wheel(&["--interpreter", one]))?,
    }
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let bytes = entry.metadata().map_err(failed)?.len();
        println!("{:8.2} MB  {}", bytes as f64 / 1e6, entry.path().display());
    }
    if zig.is_none() && cfg!(target_os = "linux") {
        println!(
            "Both need the C library of this machine or a later one; for every Linux since 2014: \
             {python} -m pip install cargo-zigbuild ziglang"
        );
    }
    Ok(())
}

/// Whether a package of Python is there and runs.
fn has(python: &str, package: &str, argument: &str) -> bool {
    let asked = Command::new(python)
        .args(["-m", package, argument])
        .output();
    asked.is_ok_and(|said| said.status.success())
}

/// The program, its manual, completions and licences, under the names by which
/// `cargo binstall` looks for them.
fn archive(built: &Path) -> Done {
    let program = format!("capbind{}", std::env::consts::EXE_SUFFIX);
    let built = built.join(&program);
    let package = package("capbind")?;
    let binstall = &package["metadata"]["binstall"];
    let file = filled(&package, &binstall["pkg-url"])?;
    let file = file.rsplit('/').next().unwrap_or_default();
    let inside = filled(&package, &binstall["bin-dir"])?;
    let (name, _) = inside.split_once('/').ok_or("bin-dir has no folder")?;
    let place = root().join("target").join(name);
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    if place.exists() {
        fs::remove_dir_all(&place).map_err(failed)?;
    }
    fs::create_dir_all(place.join("completions")).map_err(failed)?;
    fs::copy(&built, root().join("target").join(&inside)).map_err(failed)?;
    for text in TEXTS {
        fs::copy(root().join(text), place.join(text)).map_err(failed)?;
    }
    fs::write(place.join("capbind.1"), said(&built, &["man"])?).map_err(failed)?;
    for shell in SHELLS {
        let file = place.join("completions").join(format!("capbind.{shell}"));
        fs::write(file, said(&built, &["completions", shell])?).map_err(failed)?;
    }
    // A path with a drive's letter would be another machine's to some of these programs.
    let packed = format!("{SHIPPED}/{file}");
    run("tar", &["-czf", &packed, "-C", "target", name], &[])?;
    fs::remove_dir_all(&place).map_err(failed)
}

/// What Cargo says of a package of the workspace.
fn package(name: &str) -> Result<Value, String> {
    packages()?
        .into_iter()
        .find(|package| package["name"] == name)
        .ok_or_else(|| format!("there is no package {name}"))
}

fn packages() -> Result<Vec<Value>, String> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let mut said: Value = serde_json::from_str(&said(Path::new("cargo"), &arguments)?)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    match said["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata names no packages".to_owned()),
    }
}

/// A template of `cargo binstall` for this machine.
fn filled(package: &Value, template: &Value) -> Result<String, String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = host()?;
    let known = [
        ("name", word(&package["name"])),
        ("version", word(&package["version"])),
        ("repo", word(&package["repository"])),
        ("target", target),
        ("bin", word(&package["name"])),
        ("binary-ext", std::env::consts::EXE_SUFFIX.to_owned()),
    ];
    let mut text = word(template);
    for (name, value) in known {
        text = text.replace(&format!("{{ {name} }}"), &value);
    }
    match text.contains('{') {
        true => Err(format!(
            "in the metadata for binstall something is left open: {text}"
        )),
        false => Ok(text),
    }
}

/// Refuses a version that cannot be published as the tree stands.
pub fn releasable(version: &str) -> Done {
    let mut problems = Vec::new();
    for package in packages()? {
        let (name, own) = (&package["name"], &package["version"]);
        let is_published = package["publish"].is_null();
        let is_shipped = is_published || name == "capbind-python";
        if is_shipped && own != version {
            problems.push(format!("{name} has the version {own}, not \"{version}\""));
        }
        if is_published && package["repository"].is_null() {
            problems.push(format!(
                "{name} names no repository: it is where `cargo binstall` finds the archives, and \
                 what crates.io and PyPI lead to. Set `repository` in its Cargo.toml, and \
                 [project.urls] in python/pyproject.toml, to the address of this project"
            ));
        }
    }
    if let Err(problem) = crate::notes(version) {
        problems.push(problem);
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{version} cannot be released\n{}",
            problems.join("\n")
        )),
    }
}

/// What the program prints.
pub fn said(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// The target of this machine.
pub fn host() -> Result<String, String> {
    let text = said(Path::new("rustc"), &["-vV"])?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc does not say what it builds for".to_owned())
}
