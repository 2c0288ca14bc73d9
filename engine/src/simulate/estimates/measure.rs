//! Every number of a run has an address: whose it is, which measure, and where in the
//! timeline. Tables, charts, studies and JSON ask by it; the engines fill it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::ends::by_reason;
use super::quantity::{Definition, Kind, NetQuantity, Quantity, Return, Total};
use crate::agreement::{Agreement, EndReason};
use crate::simulate::record::tally::Slot;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Of a period or year of an agreement.
    Quantity(Quantity),
    /// Of each path of an agreement.
    Total(Total),
    /// Whether the cap is reached.
    Binding,
    /// When it is.
    BindingDate,
    /// Whether sharing ends for a reason.
    Ended(EndReason),
    /// When it does, among the paths on which it ends so.
    EndDate(EndReason),
    /// What the payee's investment brings in.
    Return(Return),
    /// What a party receives less what it pays.
    Net(NetQuantity),
}

/// Where a number of a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whose it is.
    pub of: Subject,
    /// What it is.
    pub measure: Measure,
    /// Of which period or year; `None` for the whole timeline.
    pub slot: Option<Slot>,
}

/// Whose a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An agreement's, by position.
    Agreement(usize),
    /// A party's over all agreements, by position among the results' net positions.
    Party(usize),
}

impl Measure {
    /// Expected total paid.
    pub const PAID: Self = Self::Total(Total::Paid);
    /// Its present value.
    pub const PRESENT_VALUE: Self = Self::Total(Total::PresentValue);

    /// What the registry says of it; of an event, of any.
    pub const fn definition(self) -> Definition {
        match self {
            Self::Quantity(quantity) => quantity.definition(),
            Self::Total(total) => total.definition(),
            Self::Return(own) => own.definition(),
            Self::Net(quantity) => quantity.definition(),
            Self::Binding => probability("binding_probability", "Probability that the cap binds"),
            Self::BindingDate => date("binding_date", "Date the cap binds"),
            Self::Ended(EndReason::Cap) => probability("ended_by_cap", "Ends by the cap"),
            Self::Ended(EndReason::Expiry) => probability("ended_by_expiry", "Ends by date"),
            Self::Ended(EndReason::Event(_)) => probability("ended_by_event", "Ends by an event"),
            Self::Ended(EndReason::Default) => probability("ended_by_default", "Ends by default"),
            Self::EndDate(EndReason::Cap) => {
                date("end_date_by_cap", "Date of the end, if by the cap")
            }
            Self::EndDate(EndReason::Expiry) => {
                date("end_date_by_expiry", "Date of the end, if by date")
            }
            Self::EndDate(EndReason::Event(_)) => {
                date("end_date_by_event", "Date of the end, if by an event")
            }
            Self::EndDate(EndReason::Default) => {
                date("end_date_by_default", "Date of the end, if by default")
            }
        }
    }

    /// Of a date, the probability that it comes.
    pub const fn chance(self) -> Option<Self> {
        match self {
            Self::BindingDate => Some(Self::Binding),
            Self::EndDate(reason) => Some(Self::Ended(reason)),
            Self::Return(Return::PaybackDate) => Some(Self::Return(Return::PaidBack)),
            _ => None,
        }
    }

    /// What its numbers are.
    pub const fn kind(self) -> Kind {
        self.definition().kind
    }

    /// Its name in the result files; of several events, that of any.
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// Its name in the result files of an agreement: of several events, each with its
    /// own.
    pub fn name_in(self, agreement: &Agreement) -> Cow<'static, str> {
        match (self.event(), agreement.clauses.events.as_slice()) {
            (Some(i), [_, _, ..]) => {
                format!("{}.{}", self.name(), agreement.clauses.events[i].name).into()
            }
            _ => self.name().into(),
        }
    }

    /// Its label in a table of an agreement.
    pub fn label_in(self, agreement: &Agreement) -> Cow<'static, str> {
        let label = self.definition().label;
        match (self.event(), agreement.clauses.events.as_slice()) {
            (Some(i), [_, _, ..]) => {
                let name = &agreement.clauses.events[i].name;
                format!("{} {name}", label.trim_end_matches(" an event")).into()
            }
            _ => label.into(),
        }
    }

    /// What its expected value, or it itself, is called at the head of a chart.
    pub fn expected(self) -> String {
        let label = self.definition().label;
        match (self, self.kind()) {
            (Self::PRESENT_VALUE, _) => "Expected present value".to_owned(),
            (_, Kind::Probability | Kind::Date) => label.to_owned(),
            _ => format!("Expected {}{}", label[..1].to_lowercase(), &label[1..]),
        }
    }

    /// The same of an agreement: of several events, each with its own name.
    pub fn expected_in(self, agreement: &Agreement) -> String {
        match self.event() {
            Some(_) => self.label_in(agreement).into_owned(),
            None => self.expected(),
        }
    }

    /// The event it is of, by position.
    fn event(self) -> Option<usize> {
        match self {
            Self::Ended(EndReason::Event(i)) | Self::EndDate(EndReason::Event(i)) => Some(i),
            _ => None,
        }
    }

    /// Its name in the result files of an agreement where one is known, else of any.
    pub fn name_of(self, agreement: Option<&Agreement>) -> Cow<'static, str> {
        agreement.map_or_else(|| self.name().into(), |own| self.name_in(own))
    }

    /// Every measure of an agreement as a whole that a run may find, in the order of the
    /// result files; of any agreement, with one event, where none is known.
    pub fn all(agreement: Option<&Agreement>) -> Vec<Self> {
        let any = || {
            vec![
                EndReason::Cap,
                EndReason::Expiry,
                EndReason::Event(0),
                EndReason::Default,
            ]
        };
        let reasons = agreement.map_or_else(any, by_reason).into_iter();
        let totals = Total::ALL.into_iter().map(Self::Total);
        totals
            .chain([Self::Binding, Self::BindingDate])
            .chain(reasons.flat_map(Self::of_end))
            .chain(Return::ALL.into_iter().map(Self::Return))
            .collect()
    }

    /// How likely sharing ends for a reason, and when.
    pub(in crate::simulate) fn of_end(reason: EndReason) -> [Self; 2] {
        [Self::Ended(reason), Self::EndDate(reason)]
    }

    /// The measure of a name in the result files.
    pub fn named(name: &str, agreement: Option<&Agreement>) -> Option<Self> {
        let mut all = Self::all(agreement).into_iter();
        all.find(|measure| measure.name_of(agreement) == name)
    }
}

const fn probability(name: &'static str, label: &'static str) -> Definition {
    Definition {
        name,
        kind: Kind::Probability,
        label,
        short: None,
    }
}

const fn date(name: &'static str, label: &'static str) -> Definition {
    Definition {
        kind: Kind::Date,
        ..probability(name, label)
    }
}
