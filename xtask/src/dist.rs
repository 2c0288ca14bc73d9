//! What is shipped: an archive with the program, and the wheel.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Done, cargo, root, run};

/// Texts that go with the program.
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
/// Shells with a completion script of their own.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Builds both for this machine, into `target/shipped`.
pub fn dist() -> Done {
    let folder = root().join("target/shipped");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    cargo(&["build", "--locked", "--profile", "dist"])?;
    archive(&folder)?;
    wheel(&folder)?;
    for entry in fs::read_dir(&folder).map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        let bytes = entry.metadata().map_err(|error| error.to_string())?.len();
        println!("{:8.2} MB  {}", bytes as f64 / 1e6, entry.path().display());
    }
    Ok(())
}

/// `capbind-VERSION-TARGET.tar.gz`: the program, its manual, completions and licences.
fn archive(folder: &Path) -> Done {
    let program = format!("capbind{}", std::env::consts::EXE_SUFFIX);
    let built = root().join("target/dist").join(&program);
    let shown = said(&built, &["--version"])?;
    let version = shown.trim().rsplit(' ').next().unwrap_or_default();
    let name = format!("capbind-{version}-{}", host()?);
    let place = root().join("target").join(&name);
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    if place.exists() {
        fs::remove_dir_all(&place).map_err(failed)?;
    }
    fs::create_dir_all(place.join("completions")).map_err(failed)?;
    fs::copy(&built, place.join(&program)).map_err(failed)?;
    for text in TEXTS {
        fs::copy(root().join(text), place.join(text)).map_err(failed)?;
    }
    fs::write(place.join("capbind.1"), said(&built, &["man"])?).map_err(failed)?;
    for shell in SHELLS {
        let file = place.join("completions").join(format!("capbind.{shell}"));
        fs::write(file, said(&built, &["completions", shell])?).map_err(failed)?;
    }
    let file = folder.join(format!("{name}.tar.gz"));
    let file = file.to_string_lossy();
    run("tar", &["-czf", &file, "-C", "target", &name], &[])?;
    fs::remove_dir_all(&place).map_err(failed)
}

/// The wheel, with the module and the program in it.
fn wheel(folder: &Path) -> Done {
    let python = ["python3", "python"].into_iter().find(|python| {
        let asked = Command::new(python)
            .args(["-m", "maturin", "--version"])
            .output();
        asked.is_ok_and(|said| said.status.success())
    });
    let python = python.ok_or(
        "the archive is there; the wheel needs maturin: python3 -m pip install 'maturin>=1.10,<2'",
    )?;
    let folder = folder.to_string_lossy();
    let manifest = ["--manifest-path", "python/Cargo.toml"];
    let arguments = ["-m", "maturin", "build", "--locked", "--profile", "dist"];
    run(
        python,
        &[&arguments[..], &manifest, &["--out", &folder]].concat(),
        &[],
    )
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
