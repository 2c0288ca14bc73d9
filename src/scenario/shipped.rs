//! The scenarios that come with the program, to start from.

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Where it stands in the project.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Shipped {
    /// Whether it is the one of placeholders.
    pub fn is_blank(&self) -> bool {
        self.path == BLANK.path
    }
}

macro_rules! shipped {
    ($path:literal) => {
        Shipped {
            path: $path,
            text: include_str!(concat!("../../", $path)),
        }
    };
}

/// A scenario with placeholders; it stands with the program rather than among the others.
const BLANK: Shipped = Shipped {
    path: "scenarios/blank.toml",
    text: include_str!("../../assets/blank.toml"),
};

/// All of them.
pub const SHIPPED: &[Shipped] = &[
    shipped!("scenarios/openai-microsoft.toml"),
    shipped!("scenarios/royalty-time-tiered-cap.toml"),
    shipped!("scenarios/revenue-based-financing.toml"),
    shipped!("scenarios/earn-out-contingent-consideration.toml"),
    shipped!("scenarios/openai-microsoft-2025.toml"),
    shipped!("scenarios/openai-microsoft-cap-range.toml"),
    shipped!("scenarios/textbook-gbm.toml"),
    BLANK,
];

/// The one at a place in the project.
pub fn shipped(path: &str) -> Option<Shipped> {
    SHIPPED.iter().copied().find(|shipped| shipped.path == path)
}
