//! The shards of a plan as people, spreadsheets and scripts read them.

use std::fmt::Write as _;

use serde_json::json;

use super::kept::{Kept, Posed, SHOWN};
use super::{CliError, Parts, Work, all_names};
use crate::report::{Table, Value};
use crate::simulate::Fingerprint;

/// The shards and what there is of them.
pub struct Listed<'a> {
    kept: &'a Kept,
    shards: Vec<ListedShard>,
    has_store: bool,
}

struct ListedShard {
    what: String,
    /// Its parts, and whether each is done.
    parts: Vec<(Fingerprint, bool)>,
}

impl ListedShard {
    fn done(&self) -> usize {
        self.parts.iter().filter(|(_, done)| *done).count()
    }

    fn is_done(&self) -> bool {
        self.done() == self.parts.len()
    }
}

impl<'a> Listed<'a> {
    /// Those of a question, with the parts that a store has of them.
    ///
    /// # Errors
    /// Where cases are no valid scenarios.
    pub fn of(
        kept: &'a Kept,
        work: &dyn Work,
        there: Option<&Parts<'_>>,
    ) -> Result<Self, CliError> {
        let is_done = |name: &Fingerprint| there.is_some_and(|there| there.has(name));
        let listed = |(shard, names): (usize, Vec<Fingerprint>)| ListedShard {
            what: work.what(shard),
            parts: names
                .into_iter()
                .map(|name| (name, is_done(&name)))
                .collect(),
        };
        let shards = all_names(work)?.into_iter().enumerate().map(listed);
        let shards = shards.collect();
        Ok(Self {
            kept,
            shards,
            has_store: there.is_some(),
        })
    }

    fn state(&self, done: bool) -> Option<&'static str> {
        let state = if done { "done" } else { "missing" };
        self.has_store.then_some(state)
    }

    /// One object.
    pub fn json(&self) -> serde_json::Value {
        let part = |(name, done): &(Fingerprint, bool)| json!({ "name": name.to_string(), "state": self.state(*done) });
        let shard = |(index, shard): (usize, &ListedShard)| {
            json!({
                "shard": index,
                "what": shard.what,
                "state": self.state(shard.is_done()),
                "parts": shard.parts.iter().map(part).collect::<Vec<_>>(),
            })
        };
        let shards: Vec<_> = self.shards.iter().enumerate().map(shard).collect();
        let question = |one: &Posed| json!({ "command": one.command, "name": one.name });
        json!({
            "plan": self.kept.name(),
            "questions": self.kept.questions.iter().map(question).collect::<Vec<_>>(),
            "shards": shards,
        })
    }

    /// A line for each part.
    ///
    /// # Errors
    /// Where they cannot be written as a table.
    pub fn csv(&self) -> Result<Vec<u8>, CliError> {
        let mut table = Table::new("plan", &["shard", "what", "part", "state"], &[]);
        for (index, shard) in self.shards.iter().enumerate() {
            for (name, done) in &shard.parts {
                let state = self.state(*done).unwrap_or_default();
                let row = vec![
                    Value::Count(index as u64),
                    Value::Text(shard.what.clone()),
                    Value::Text(name.to_string()),
                    Value::Text(state.to_owned()),
                ];
                table.push(row, &[]);
            }
        }
        Ok(table.to_csv()?)
    }

    /// A line for each shard.
    pub fn text(&self, store: Option<&str>) -> String {
        let count = self.shards.len();
        let what = |shard: &ListedShard| shard.what.chars().count();
        let width = self.shards.iter().map(what).max().unwrap_or(0);
        let shards = if count == 1 { "shard" } else { "shards" };
        let mut text = format!("{} in {count} {shards}\n", self.kept.what());
        for (index, shard) in self.shards.iter().enumerate() {
            let parts = match shard.parts.as_slice() {
                [(name, _)] => name.to_string()[..SHOWN].to_owned(),
                parts => format!("{} parts", parts.len()),
            };
            let state = match (self.has_store, shard.done()) {
                (false, _) => String::new(),
                (true, _) if shard.is_done() => "done".to_owned(),
                (true, 0) => "missing".to_owned(),
                (true, done) => format!("missing, {done} parts done"),
            };
            let line = format!(
                "{index:>6}  {:<width$}  {parts:<SHOWN$}  {state}",
                shard.what
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let Some(store) = store else {
            text += "Nothing is kept: with --store URL workers find the question there.\n";
            return text;
        };
        let left = self.shards.iter().filter(|shard| !shard.is_done()).count();
        let _ = match left {
            0 => writeln!(
                text,
                "All is done: capbind merge --store {store} puts it together."
            ),
            _ => writeln!(
                text,
                "{} of {count} done. Each worker: capbind shard --store {store} --index K, with K \
                 from 0 to {}.",
                count - left,
                count - 1
            ),
        };
        text
    }
}
