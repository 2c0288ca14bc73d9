//! Where parts are kept between machines: objects under names, written whole and once.

mod local;
#[cfg(feature = "s3")]
mod s3;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::CliError;
use local::Local;

/// A store. Whatever is in it under a name never changes: who comes second finds it there.
pub trait Store: Send + Sync {
    /// The names below a folder, without it.
    fn list(&self, folder: &str) -> Result<BTreeSet<String>, CliError>;

    /// Whether there is something under a name.
    fn has(&self, name: &str) -> Result<bool, CliError>;

    /// What there is under a name.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CliError>;

    /// Puts bytes under a name where there is nothing yet, whole or not at all; `false`
    /// where there is something already, which stays.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, CliError>;
}

/// The store at a URL: a folder, as a path or `file://`, or `s3://BUCKET/PREFIX`.
///
/// # Errors
/// Where there is none of that kind, or it cannot be reached.
pub fn open(url: &str) -> Result<Box<dyn Store>, CliError> {
    let folder = |path: &str| Box::new(Patient(Local::new(PathBuf::from(path))));
    match url.split_once("://") {
        None => Ok(folder(url)),
        Some(("file", path)) => Ok(folder(path)),
        #[cfg(feature = "s3")]
        Some(("s3", place)) => Ok(Box::new(Patient(s3::S3::new(place)?))),
        #[cfg(not(feature = "s3"))]
        Some(("s3", _)) => Err(CliError::Argument {
            message: format!("--store {url}: this build has no S3 store"),
            hint: "a folder that all workers see, or a program that is built with the feature \
                   s3: cargo install capbind --features s3"
                .to_owned(),
        }),
        Some((kind, _)) => Err(CliError::Argument {
            message: format!("--store {url}: there is no store of the kind {kind}"),
            hint: "a folder that all workers see, or s3://BUCKET/PREFIX".to_owned(),
        }),
    }
}

/// How long it is waited before a store is asked again.
const PAUSES: [u64; 3] = [5, 25, 125];

/// A store that is asked again where it fails: between machines much fails for a moment.
/// Asked twice it does no harm.
pub struct Patient<S>(pub S);

impl<S: Store> Patient<S> {
    fn ask<T>(&self, ask: impl Fn(&S) -> Result<T, CliError>) -> Result<T, CliError> {
        for pause in PAUSES {
            if let Ok(answer) = ask(&self.0) {
                return Ok(answer);
            }
            std::thread::sleep(Duration::from_millis(pause));
        }
        ask(&self.0)
    }
}

impl<S: Store> Store for Patient<S> {
    fn list(&self, folder: &str) -> Result<BTreeSet<String>, CliError> {
        self.ask(|store| store.list(folder))
    }

    fn has(&self, name: &str) -> Result<bool, CliError> {
        self.ask(|store| store.has(name))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        self.ask(|store| store.get(name))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, CliError> {
        self.ask(|store| store.put(name, bytes))
    }
}

/// A store that does not do what it is asked.
fn refused(place: &str, reason: impl std::fmt::Display) -> CliError {
    CliError::Store {
        place: place.to_owned(),
        reason: reason.to_string(),
    }
}
