//! What a run reports, by name: the rows of the registry of [`Measure`](crate::simulate::Measure)s.
//! A quantity that is not in one of these lists is nowhere; one that is, is in all.

use serde::{Deserialize, Serialize};

/// What a number is, which says its unit and how it adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An amount of a span of time: it adds up over spans.
    Flow,
    /// An amount that stands at the end of a span.
    Level,
    /// An amount over the whole timeline.
    Amount,
    /// A rate per year, effective.
    Rate,
    /// A number of times.
    Ratio,
    /// A number of years.
    Years,
    /// A probability, 0 to 1.
    Probability,
    /// A date.
    Date,
}

impl Kind {
    /// Whether it is an amount of money.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Flow | Self::Level | Self::Amount)
    }

    /// Its unit in the result files, where amounts are in `money`.
    pub fn unit(self, money: String) -> String {
        match self {
            Self::Flow | Self::Level | Self::Amount => return money,
            Self::Rate => "per year",
            Self::Ratio => "times",
            Self::Years => "years",
            Self::Probability => "probability",
            Self::Date => "date",
        }
        .to_owned()
    }
}

/// What the registry says of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name in the result files.
    pub name: &'static str,
    /// What its numbers are.
    pub kind: Kind,
    /// Its name in a table with room for one.
    pub label: &'static str,
    /// Its name in the narrow table of a terminal; `None` for one that stands in a
    /// sentence there.
    pub short: Option<&'static str>,
}

/// A list of quantities: each with its name in the result files, its kind, its label and
/// its short name.
macro_rules! registry {
    (
        $(#[$of:meta])*
        $list:ident {
            $($(#[$doc:meta])* $own:ident: $name:literal, $kind:ident, $label:literal, $short:expr;)*
        }
    ) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $list {
            $($(#[$doc])* $own,)*
        }

        impl $list {
            /// All of them, in the order of the result files.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$own),*];

            /// What the registry says of it.
            pub const fn definition(self) -> Definition {
                match self {
                    $(Self::$own => Definition {
                        name: $name,
                        kind: Kind::$kind,
                        label: $label,
                        short: $short,
                    },)*
                }
            }

            /// The name in the result files.
            pub const fn name(self) -> &'static str {
                self.definition().name
            }
        }
    };
}

registry! {
    /// A quantity with a value for each period and reporting year.
    Quantity {
        /// Revenue, eligible or not.
        Revenue: "revenue", Flow, "Revenue", None;
        /// Share before the cap.
        AccruedShare: "accrued_share", Flow, "Accrued share", None;
        /// min(accrued share, headroom).
        Payment: "payment", Flow, "Paid", None;
        /// Paid up to the end, from the timeline's start.
        CumulativePaid: "cumulative_paid", Level, "Paid so far", None;
        /// Cap less paid before less cumulative paid.
        CapHeadroom: "cap_headroom", Level, "Headroom", None;
    }
}

registry! {
    /// A quantity with one value for each path; those from [`Added`](Self::Added) on are
    /// kept for agreements with such clauses.
    Total {
        /// All payments, what was paid before left out.
        Paid: "total_paid", Amount, "Total paid", Some("Total paid");
        /// Their present value.
        PresentValue: "total_paid_pv", Amount, "Present value of what is paid", Some("  present value");
        /// All accrued share.
        Uncapped: "uncapped_share", Amount, "Share without cap", Some("Share without cap");
        /// Accrued share less payments: what the cap saves the payer.
        Excess: "excess_over_cap", Amount, "Saved by the cap", Some("Saved by the cap");
        /// Headroom at the end.
        Headroom: "cap_headroom_at_end", Amount, "Headroom at the end", Some("Headroom at the end");
        /// What is added to accrued share: top-ups to a minimum, and what a default
        /// makes due.
        Added: "added_to_share", Amount, "Added to the share", Some("Added to the share");
        /// What a default costs the payee.
        Loss: "default_loss", Amount, "Lost in default", Some("Lost in default");
        /// Interest on deferred parts, outside every cap.
        Interest: "deferral_interest", Amount, "Interest on deferrals", Some("Interest on deferrals");
    }
}

impl Total {
    /// Whether it is of no meaning but under some clauses.
    pub fn is_of_clauses(self) -> bool {
        self as usize >= Self::Added as usize
    }
}

registry! {
    /// What an investment of the payee brings in: for the payee as it stands, for the
    /// payer what the money costs.
    Return {
        /// Net present value at the valuation date.
        NetPresentValue: "net_present_value", Amount, "Net present value", Some("Net present value");
        /// Internal rate of return, over the paths on which there is one.
        InternalRate: "irr", Rate, "Internal rate of return a year", None;
        /// The probability that there is one.
        RateExists: "irr_exists", Probability, "Probability that there is one", None;
        /// All cash over what is invested.
        Multiple: "money_multiple", Ratio, "Money multiple", None;
        /// Weighted average life of the cash, over the paths on which there is any.
        Life: "weighted_average_life", Years, "Weighted average life", None;
        /// The probability that the cash reaches what is invested.
        PaidBack: "paid_back_probability", Probability, "Probability of payback", None;
        /// When it does.
        PaybackDate: "payback_date", Date, "Date of payback", None;
    }
}

registry! {
    /// What a party receives less what it pays.
    NetQuantity {
        /// Payments for a period or year.
        Payment: "net_received", Flow, "Net received", None;
        /// Those up to its end.
        Cumulative: "cumulative_net_received", Level, "Net received so far", None;
        /// All payments.
        Total: "total_net_received", Amount, "Net received", Some("Net received");
        /// Their present value.
        PresentValue: "total_net_received_pv", Amount, "Present value of it", Some("  present value");
    }
}

impl NetQuantity {
    /// Those with a value for each period and reporting year.
    pub const FLOWS: [Self; 2] = [Self::Payment, Self::Cumulative];
    /// Those with one value for each path.
    pub const TOTALS: [Self; 2] = [Self::Total, Self::PresentValue];
}
