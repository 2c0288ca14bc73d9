//! What an interrupted sweep keeps: a file that only grows, beside the results.
//!
//! The first line says which sweep it is. Each finished case follows as one line
//! with its number, the length of its lines of `sweep.csv` and the first sixteen
//! digits of their SHA-256, and then these lines. Whatever ends the program, the
//! part of the file that is whole is valid; what follows is cut off.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::report::sha256;

const DIGITS: usize = 16;
/// No case has longer lines.
const LONGEST: u64 = 1 << 30;

/// Finished cases on disk.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the lines of each case are: offset and length.
    index: BTreeMap<u64, (u64, u64)>,
    end: u64,
}

impl Journal {
    /// Begins the journal of a sweep, or continues it; `job` identifies all that
    /// its results depend on.
    ///
    /// # Errors
    /// Where another process is writing it, it is to be continued but belongs to
    /// another sweep, or the disk refuses.
    pub fn open(path: &Path, job: &str, resume: bool) -> Result<Self, CliError> {
        let failed = |error: io::Error| CliError::Write {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CliError::Write {
                    path: path.to_owned(),
                    reason: "another sweep is writing here; wait for it, or choose another \
                             folder with --out"
                        .to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut journal = Self {
            path: path.to_owned(),
            file,
            index: BTreeMap::new(),
            end: 0,
        };
        let header = format!("capbind sweep {job}\n");
        let other = || CliError::Argument {
            message: format!("{} was left by another sweep", path.display()),
            hint: "continue it with the scenario, keys, flags and version it was begun with, \
                   or leave --resume out to begin anew"
                .to_owned(),
        };
        if resume {
            journal.read(&header).map_err(failed)?.ok_or_else(other)?;
        }
        journal.file.set_len(journal.end).map_err(failed)?;
        if journal.end == 0 {
            journal.write(header.as_bytes()).map_err(failed)?;
        }
        Ok(journal)
    }

    /// Reads what is whole; `None` where it is another sweep's.
    fn read(&mut self, header: &str) -> io::Result<Option<()>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        read_line(&mut reader, &mut line)?;
        if line.last() != Some(&b'\n') {
            // Cut off before it said anything.
            return Ok(Some(()));
        }
        if line != header.as_bytes() {
            return Ok(None);
        }
        let mut end = line.len() as u64;
        let mut payload = Vec::new();
        loop {
            read_line(&mut reader, &mut line)?;
            let Some((case, length, digits)) = record(&line) else {
                break;
            };
            payload.clear();
            let read = reader.by_ref().take(length).read_to_end(&mut payload)?;
            if read as u64 != length || sha256(&payload)[..DIGITS] != digits {
                break;
            }
            let begin = end + line.len() as u64;
            end = begin + length;
            self.index.insert(case, (begin, length));
        }
        self.end = end;
        Ok(Some(()))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(bytes)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Numbers of the finished cases.
    pub fn done(&self) -> impl Iterator<Item = u64> {
        self.index.keys().copied()
    }

    /// Adds finished cases, each with its lines.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn append(&mut self, cases: &[(u64, Vec<u8>)]) -> Result<(), CliError> {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (case, lines) in cases {
            let digits = &sha256(lines)[..DIGITS];
            bytes.extend(format!("{case} {} {digits}\n", lines.len()).as_bytes());
            places.push((*case, (self.end + bytes.len() as u64, lines.len() as u64)));
            bytes.extend(lines);
        }
        self.write(&bytes).map_err(|error| self.failed(&error))?;
        self.index.extend(places);
        Ok(())
    }

    /// Gives the lines of every case in the order of their numbers.
    ///
    /// # Errors
    /// Where the disk refuses, or `take` does.
    pub fn each(
        &self,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut file = &self.file;
        let mut lines = Vec::new();
        for (case, (begin, length)) in &self.index {
            lines.clear();
            file.seek(SeekFrom::Start(*begin))
                .and_then(|_| file.take(*length).read_to_end(&mut lines))
                .map_err(|error| self.failed(&error))?;
            take(*case, &lines)?;
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> CliError {
        CliError::Write {
            path: self.path.clone(),
            reason: format!("{error}; what is finished is kept, continue with --resume"),
        }
    }

    /// Removes it from disk: its sweep is finished.
    pub fn remove(self) {
        // Left behind it does no harm: the next sweep begins anew or finds all done.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A line with its end, or what there is of one; a line is short.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    reader.by_ref().take(256).read_until(b'\n', line)?;
    Ok(())
}

fn record(line: &[u8]) -> Option<(u64, u64, String)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let mut words = text.split(' ');
    let case = words.next()?.parse().ok()?;
    let length = words.next()?.parse().ok().filter(|n| *n <= LONGEST)?;
    let digits = words.next().filter(|digits| digits.len() == DIGITS)?;
    Some((case, length, digits.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(journal: &Journal) -> Vec<String> {
        let mut all = Vec::new();
        let each = journal.each(|_, lines| {
            all.push(String::from_utf8(lines.to_vec()).unwrap());
            Ok(())
        });
        each.unwrap();
        all
    }

    #[test]
    fn wherever_it_is_cut_what_is_whole_remains() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let mut journal = Journal::open(&path, "job", false).unwrap();
        journal.append(&[(3, b"three\n".to_vec())]).unwrap();
        journal
            .append(&[(1, b"one\n".to_vec()), (2, b"two\n".to_vec())])
            .unwrap();
        assert_eq!(contents(&journal), ["one\n", "two\n", "three\n"]);
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut journal = Journal::open(&path, "job", true).unwrap();
            let kept = contents(&journal);
            assert!(kept.iter().all(|line| line.ends_with('\n')));
            journal.append(&[(4, b"four\n".to_vec())]).unwrap();
            drop(journal);
            let journal = Journal::open(&path, "job", true).unwrap();
            assert_eq!(contents(&journal).len(), kept.len() + 1);
        }
        // A flipped bit ends what is valid.
        let mut damaged = whole.clone();
        let at = damaged.len() - 3;
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let journal = Journal::open(&path, "job", true).unwrap();
        assert_eq!(contents(&journal), ["one\n", "three\n"]);
    }

    #[test]
    fn another_sweep_is_not_continued() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let mut journal = Journal::open(&path, "one", false).unwrap();
        journal.append(&[(1, b"x\n".to_vec())]).unwrap();
        assert!(Journal::open(&path, "one", true).is_err(), "it is locked");
        drop(journal);
        let refused = Journal::open(&path, "two", true);
        assert!(matches!(refused, Err(CliError::Argument { .. })));
        let anew = Journal::open(&path, "two", false).unwrap();
        assert_eq!(anew.done().count(), 0);
    }
}
