//! What an interrupted sweep keeps: a file that only grows, beside the results.
//!
//! The first line says which sweep it is. Each finished case follows as one line
//! with its number, the length of its lines of `sweep.csv` and a check sum, and then
//! these lines. The check sum, sixteen digits of a SHA-256, is over number, length,
//! lines and the check sum before it, the first line's for the first: nothing in the
//! file can change, go missing or change places unnoticed. Whatever ends the program or
//! damages the file, what stands before the damage is valid; what follows is cut off.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::report::sha256;

const DIGITS: usize = 16;
/// No case has longer lines.
const LONGEST: u64 = 1 << 30;
/// How every journal begins.
const BEGINNING: &str = "capbind sweep ";

/// Finished cases on disk. Whoever has one holds the folder it belongs to.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the lines of each case are: offset and length.
    index: BTreeMap<u64, (u64, u64)>,
    end: u64,
    /// The check sum of all before the end.
    sum: String,
    cut: u64,
}

impl Journal {
    /// Begins the journal of a sweep, or continues it; `job` identifies all that
    /// its results depend on.
    ///
    /// # Errors
    /// Where its place is taken by something else, it is to be continued but belongs
    /// to another sweep, or the disk refuses.
    pub fn open(path: &Path, job: &str, resume: bool) -> Result<Self, CliError> {
        let refuse = |reason: String| CliError::Write {
            path: path.to_owned(),
            reason,
        };
        let failed = |error: io::Error| refuse(error.to_string());
        let not_ours = || refuse("it is not the journal of a sweep; move it away".to_owned());
        if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(not_ours());
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(path).map_err(failed)?;
        let mut beginning = Vec::new();
        let most = BEGINNING.len() as u64;
        (&file)
            .take(most)
            .read_to_end(&mut beginning)
            .map_err(failed)?;
        if !BEGINNING.as_bytes().starts_with(&beginning) {
            return Err(not_ours());
        }
        let header = format!("{BEGINNING}{job}\n");
        let mut journal = Self {
            path: path.to_owned(),
            file,
            index: BTreeMap::new(),
            end: 0,
            sum: sha256(header.as_bytes()),
            cut: 0,
        };
        let other = || CliError::Argument {
            message: format!(
                "{} was left by another sweep, or its first line is damaged",
                path.display()
            ),
            hint: "continue it with the scenario, keys, flags and version it was begun with, \
                   or leave --resume out to begin anew"
                .to_owned(),
        };
        if resume {
            journal.read(&header).map_err(failed)?.ok_or_else(other)?;
            let length = journal.file.metadata().map_err(failed)?.len();
            journal.cut = length.saturating_sub(journal.end);
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
        if line != header.as_bytes() {
            // Cut off before it said everything, or another one.
            return Ok(header.as_bytes().starts_with(&line).then_some(()));
        }
        let mut end = line.len() as u64;
        let mut payload = Vec::new();
        loop {
            read_line(&mut reader, &mut line)?;
            let Some((case, length)) = record(&line) else {
                break;
            };
            payload.clear();
            let read = reader.by_ref().take(length).read_to_end(&mut payload)?;
            let sum = check_sum(&self.sum, case, &payload);
            if read as u64 != length || line != record_line(case, length, &sum).as_bytes() {
                break;
            }
            let begin = end + line.len() as u64;
            end = begin + length;
            self.index.insert(case, (begin, length));
            self.sum = sum;
        }
        self.end = end;
        Ok(Some(()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes at its end were damaged or incomplete, and are cut off.
    pub fn cut(&self) -> u64 {
        self.cut
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
        let mut sum = self.sum.clone();
        for (case, lines) in cases {
            sum = check_sum(&sum, *case, lines);
            let length = lines.len() as u64;
            bytes.extend(record_line(*case, length, &sum).as_bytes());
            places.push((*case, (self.end + bytes.len() as u64, length)));
            bytes.extend(lines);
        }
        self.write(&bytes).map_err(|error| self.failed(&error))?;
        self.index.extend(places);
        self.sum = sum;
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
                .and_then(|read| match read as u64 == *length {
                    true => Ok(()),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                })
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
        let _ = fs::remove_file(&self.path);
    }
}

/// A line with its end, or what there is of one; a line is short.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    reader.by_ref().take(256).read_until(b'\n', line)?;
    Ok(())
}

/// The check sum of a record and all before it.
fn check_sum(before: &str, case: u64, lines: &[u8]) -> String {
    let length = lines.len();
    let mut text = format!("{before} {case} {length}\n").into_bytes();
    text.extend(lines);
    let mut digits = sha256(&text);
    digits.truncate(DIGITS);
    digits
}

/// The line before a case's lines.
fn record_line(case: u64, length: u64, sum: &str) -> String {
    format!("{case} {length} {sum}\n")
}

/// Case and length, as such a line claims them.
fn record(line: &[u8]) -> Option<(u64, u64)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let case = words.next()?.parse().ok()?;
    let length = words.next()?.parse().ok().filter(|n| *n <= LONGEST)?;
    Some((case, length))
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

    /// Cases and their lines, in the order of the file.
    fn records(journal: &Journal) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        let each = journal.each(|case, lines| {
            let begin = journal.index[&case].0;
            all.push((begin, case, String::from_utf8(lines.to_vec()).unwrap()));
            Ok(())
        });
        each.unwrap();
        all.sort();
        all.into_iter()
            .map(|(_, case, text)| (case, text))
            .collect()
    }

    /// Whatever happens to the bytes, what is believed is what was written, from the
    /// first case on.
    #[test]
    fn no_damage_is_believed() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/journal");
        let whole = fs::read(corpus.join("whole")).unwrap();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let opened = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            Journal::open(&path, "job", true)
        };
        let wanted = records(&opened(&whole).unwrap());
        assert_eq!(wanted.len(), 5);
        let mut seeds: Vec<Vec<u8>> = Vec::new();
        for entry in fs::read_dir(corpus).unwrap() {
            seeds.push(fs::read(entry.unwrap().path()).unwrap());
        }
        assert!(seeds.len() >= 10);
        seeds.sort();
        let mut state = 0_u64;
        let mut below = |end: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from((state >> 33) % end as u64).unwrap()
        };
        let (mut refused, mut cut) = (0, 0);
        for i in 0..4_000 {
            let mut bytes = seeds[i % seeds.len()].clone();
            // The corpus as it is first, then damaged further.
            if i >= seeds.len() {
                let (at, to) = (below(bytes.len()), below(bytes.len()));
                match below(6) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => bytes[at] = b"0123456789 \n"[below(12)],
                    2 => bytes.truncate(at),
                    3 => drop(bytes.drain(at.min(to)..at.max(to))),
                    4 => bytes.insert(at, b"0123456789 \n"[below(12)]),
                    _ => {
                        let twice = bytes[at.min(to)..at.max(to)].to_vec();
                        bytes.splice(at..at, twice);
                    }
                }
            }
            match opened(&bytes) {
                Ok(journal) => {
                    cut += usize::from(journal.cut() > 0);
                    let found = records(&journal);
                    assert!(wanted.starts_with(&found), "{i}: {found:?}");
                    let kept = fs::read(&path).unwrap();
                    assert!(whole.starts_with(&kept), "{i}");
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 100 && cut > 1_000, "{refused} {cut}");
    }

    #[test]
    fn another_sweep_is_not_continued() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let mut journal = Journal::open(&path, "one", false).unwrap();
        journal.append(&[(1, b"x\n".to_vec())]).unwrap();
        drop(journal);
        let refused = Journal::open(&path, "two", true);
        assert!(matches!(refused, Err(CliError::Argument { .. })));
        let anew = Journal::open(&path, "two", false).unwrap();
        assert_eq!(anew.done().count(), 0);
    }
}
