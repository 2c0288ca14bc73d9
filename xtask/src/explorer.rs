//! The engine of the explorer's page: built as a WebAssembly module, its fused
//! multiply-adds marked for browsers without them, compressed, and put where the program
//! takes it from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasmparser::{Parser, Payload};

use crate::dist::{host, said};
use crate::{Done, root};

const TARGET: &str = "wasm32-unknown-unknown";
const ENGINE: &str = "assets/explorer/engine.wasm.gz";
/// What the module gives out. Nothing else of it is reached, and what is not is left out.
const EXPORTS: [&str; 5] = ["request", "answer_request", "answer_at", "fused", SOFTWARE];
/// The function that takes the place of each multiply-add.
const SOFTWARE: &str = "fused_in_software";
/// The section that says where they stand.
const SECTION: &str = "software";

/// Builds it into the place from which it is committed. The same sources and compiler give
/// the same bytes.
pub fn explorer() -> Done {
    let module = built()?;
    let marked = marked(&fs::read(&module).map_err(|error| error.to_string())?)?;
    let packed = compressed(&marked)?;
    fs::write(root().join(ENGINE), &packed).map_err(|error| format!("{ENGINE}: {error}"))?;
    let (whole, small) = (marked.len() as f64 / 1e6, packed.len() as f64 / 1e6);
    println!("{ENGINE}: {whole:.2} MB, {small:.2} MB compressed");
    Ok(())
}

/// The module as it is linked. Some crates give out functions of their own for a browser,
/// which a usual build would keep: so it is linked by what is to be given out.
fn built() -> Result<PathBuf, String> {
    let sysroot = said(Path::new("rustc"), &["--print", "sysroot"])?;
    let sysroot = Path::new(sysroot.trim());
    let home = root();
    let cargo_home = std::env::var("CARGO_HOME").unwrap_or_else(|_| {
        let home = std::env::var("HOME").unwrap_or_default();
        format!("{home}/.cargo")
    });
    // No folder of this machine gets into the module.
    let flags = [
        "-Ctarget-feature=+simd128,+relaxed-simd".to_owned(),
        format!("--remap-path-prefix={}=/capbind", home.display()),
        format!("--remap-path-prefix={cargo_home}=/cargo"),
        format!("--remap-path-prefix={}=/rust", sysroot.display()),
    ];
    let done = Command::new("cargo")
        .args(["rustc", "--locked", "--profile", "page", "--lib"])
        .args(["-p", "capbind-explorer", "--target", TARGET])
        .args(["--crate-type", "staticlib"])
        .current_dir(&home)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        // In parts, as an incremental build has it, other code would come of it.
        .env("CARGO_INCREMENTAL", "0")
        .status();
    match done {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("cargo: {status}")),
        Err(error) => return Err(format!("cargo: {error}")),
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(home.join("target"), PathBuf::from);
    let folder = target.join(TARGET).join("page");
    let module = folder.join("capbind_explorer.wasm");
    let linker = sysroot
        .join("lib/rustlib")
        .join(host()?)
        .join("bin/rust-lld");
    let linked = Command::new(&linker)
        .args([
            "-flavor",
            "wasm",
            "--no-entry",
            "--gc-sections",
            "--strip-all",
        ])
        .args(["-z", "stack-size=1048576", "--stack-first"])
        .args(EXPORTS.map(|name| format!("--export={name}")))
        .arg(folder.join("libcapbind_explorer.a"))
        .arg("-o")
        .arg(&module)
        .status();
    match linked {
        Ok(status) if status.success() => Ok(module),
        Ok(status) => Err(format!("{}: {status}", linker.display())),
        Err(error) => Err(format!("{}: {error}", linker.display())),
    }
}

/// The opcode of the multiply-add behind the prefix of vectors.
const MULTIPLY_ADD: usize = 0x107;

/// The opcode of a relaxed instruction at a place; none of any other.
fn relaxed(module: &[u8], at: usize) -> Option<usize> {
    const PREFIX: u8 = 0xfd;
    let opcode = (module[at] == PREFIX).then(|| number(module, at + 1).0)?;
    (0x100..0x120).contains(&opcode).then_some(opcode)
}

/// The instruction that every browser knows in the place of a relaxed one, which may give
/// just that: a select by bits, a minimum, a maximum, a truncation.
fn in_place_of(opcode: usize) -> Result<[u8; 3], String> {
    const NOTHING: u8 = 0x01;
    Ok(match opcode {
        0x100 => [0xfd, 0x0e, NOTHING],
        0x101 => [0xfd, 0xf8, 0x01],
        0x102 => [0xfd, 0xf9, 0x01],
        0x103 => [0xfd, 0xfc, 0x01],
        0x104 => [0xfd, 0xfd, 0x01],
        0x109..=0x10c => [0xfd, 0x52, NOTHING],
        0x10d => [0xfd, 0xe8, 0x01],
        0x10e => [0xfd, 0xe9, 0x01],
        0x10f => [0xfd, 0xf4, 0x01],
        0x110 => [0xfd, 0xf5, 0x01],
        _ => {
            return Err(format!(
                "nothing is known in the place of instruction {opcode:#x}"
            ));
        }
    })
}

/// The module without notes for tools, and with a section in front that says which
/// function does a multiply-add in software and where each instruction of that kind
/// stands: a page writes a call in its place, which is as long.
fn marked(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut software = None;
    let mut body: Vec<u8> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    let mut strict: Vec<(usize, [u8; 3])> = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ImportSection(imports) if imports.count() > 0 => {
                return Err("the module imports something".to_owned());
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(|error| error.to_string())?;
                    if export.name == SOFTWARE {
                        software = Some(export.index);
                    }
                }
            }
            Payload::CodeSectionEntry(code) => {
                let operators = code.get_operators_reader();
                let operators = operators.map_err(|error| error.to_string())?;
                for found in operators.into_iter_with_offsets() {
                    let (_, offset) = found.map_err(|error| error.to_string())?;
                    let offset = offset as usize;
                    match relaxed(module, offset) {
                        Some(MULTIPLY_ADD) => places.push(offset),
                        Some(other) => strict.push((offset, in_place_of(other)?)),
                        None => {}
                    }
                }
            }
            _ => {}
        }
    }
    // The sections as they are, less those of no effect.
    let mut at = 8;
    let mut moved: Vec<(usize, usize)> = Vec::new();
    while at < module.len() {
        let (size, begin) = number(module, at + 1);
        let end = begin + size;
        if module[at] != 0 {
            moved.push((at, body.len()));
            body.extend_from_slice(&module[at..end]);
        }
        at = end;
    }
    let software = software.ok_or("the module has no multiply-add in software")?;
    if software >= 1 << 14 {
        return Err("too many functions: a call would be longer than the instruction".to_owned());
    }
    let mut section = Vec::new();
    push(&mut section, SECTION.len());
    section.extend_from_slice(SECTION.as_bytes());
    push(&mut section, software as usize);
    push(&mut section, places.len());
    let here = |place: usize| {
        let mut sections = moved.iter().rev();
        let section = sections.find(|(old, _)| *old <= place);
        section.map_or(place, |(old, new)| place - old + new)
    };
    for (place, bytes) in strict {
        let place = here(place);
        body[place..place + 3].copy_from_slice(&bytes);
    }
    let mut before = 0;
    for place in places {
        let place = here(place);
        push(&mut section, place - before);
        before = place;
    }
    let mut whole = module[..8].to_vec();
    whole.push(0);
    push(&mut whole, section.len());
    whole.extend(section);
    whole.extend(body);
    Ok(whole)
}

/// A number in LEB128 at a place, and where it ends.
fn number(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[at];
        value |= usize::from(byte & 0x7f) << shift;
        at += 1;
        if byte < 0x80 {
            return (value, at);
        }
        shift += 7;
    }
}

/// Appends a number in LEB128.
fn push(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// As small as the format of gzip permits: whoever opens a page has one reader for it.
fn compressed(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut packed = Vec::new();
    zopfli::compress(
        zopfli::Options::default(),
        zopfli::Format::Gzip,
        bytes,
        &mut packed,
    )
    .map_err(|error| format!("gzip: {error}"))?;
    Ok(packed)
}
