//! Reading values out of the file as written, noting every problem on the way.

use std::ops::Range;

use super::controls::word;
use super::correlation::Correlated;
use super::diagnostics::{Problem, ProblemKind};
use super::distributions;
use super::doubt::Doubt;
use super::file::{DISTRIBUTION_HINT, Scalar, TomlDate};
use super::keys::{LARGEST_AMOUNT, LARGEST_RATE, LONGEST_TEXT, SMALLEST_DIVISOR, rules_for};
use super::placed::Spanned;
use super::reading::stands_in;
use super::revenue::ToWeigh;
use super::source::Source;
use super::wording::{nearest, outside};
use crate::revenue::Observed;
use crate::text::{brief, is_hidden, quoted};
use crate::units::{Date, Distribution, Input, Parameter, Worded};

/// Collects problems, drawn inputs and filled defaults while a file is read.
#[derive(Debug)]
pub struct Checked<'s> {
    source: &'s Source,
    /// Problems found so far.
    pub problems: Vec<Problem>,
    /// Uncertain inputs in the order of their keys.
    pub inputs: Vec<Input>,
    /// How many scalars so far were distributions.
    pub drawn: usize,
    /// Positions of inputs that wait for one of their name.
    reserved: Vec<usize>,
    /// Keys left out and what stands in for them.
    pub defaults: Vec<(String, String)>,
    /// Revenue of the plan's first year that has happened.
    pub happened: Vec<Observed>,
    /// Pairs that move together.
    pub correlations: Vec<Correlated>,
    /// Rates that are probably percentages.
    pub doubts: Vec<Doubt>,
    /// Figures that the model learns from once all inputs are known.
    pub to_weigh: Option<ToWeigh>,
    /// The list whose table is read, and that table's name.
    within: Option<(&'static str, String)>,
}

/// Which numbers a key permits.
#[derive(Clone, Copy, Debug)]
pub enum Bounds {
    /// From the first to the second, both included.
    Closed(f64, f64),
    /// More than the first, at most the second.
    Above(f64, f64),
    /// Whole numbers from the first to the second, both included.
    Whole(i64, i64),
}

impl Bounds {
    /// Amounts of money that may be zero.
    pub const AMOUNT: Self = Self::Closed(0.0, LARGEST_AMOUNT);
    /// Amounts of money that may not.
    pub const POSITIVE: Self = Self::Above(0.0, LARGEST_AMOUNT);
    /// Amounts of money that others are divided by: the ratio stays a number.
    pub const DIVISOR: Self = Self::Closed(SMALLEST_DIVISOR, LARGEST_AMOUNT);

    /// Whether a number is permitted; NaN never is.
    fn hold(self, value: f64) -> bool {
        match self {
            Self::Closed(low, high) => low <= value && value <= high,
            Self::Above(low, high) => low < value && value <= high,
            Self::Whole(low, high) => low as f64 <= value && value <= high as f64,
        }
    }

    /// What is permitted, as the rules of a key say it.
    fn words(self) -> String {
        match self {
            Self::Closed(low, high) => format!("{} to {}", bound(low), bound(high)),
            Self::Above(low, high) => format!("more than {}, at most {}", bound(low), bound(high)),
            Self::Whole(low, high) => format!("from {low} to {high}"),
        }
    }

    /// Whether the rules of a key say just this, or what the keys around it leave of it.
    fn are_said_of(self, key: &str) -> bool {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        rules_for(&path).is_some_and(|rules| {
            #[cfg(test)]
            tests::COMPARED.lock().unwrap().insert(rules.key);
            rules.permitted.contains(&self.words()) || NARROWER.contains(&rules.key)
        })
    }

    /// Whether these are the bounds of a growth, discount or interest rate per year:
    /// one that may be negative, or is bounded as they are.
    fn are_of_a_rate(self) -> bool {
        match self {
            Self::Above(low, _) => low == -1.0,
            Self::Closed(low, high) => low == 0.0 && high == LARGEST_RATE,
            Self::Whole(..) => false,
        }
    }

    /// What is wrong with a number that is not permitted.
    fn complaint(self, value: f64) -> String {
        match self {
            _ if value.is_nan() => "not a number one can count with".to_owned(),
            Self::Closed(low, _) if value < low => format!("less than {}", bound(low)),
            Self::Above(low, _) if value <= low => format!("not more than {}", bound(low)),
            Self::Closed(_, high) | Self::Above(_, high) => format!("more than {}", bound(high)),
            Self::Whole(low, _) if value < low as f64 => format!("less than {low}"),
            Self::Whole(_, high) => format!("more than {high}"),
        }
    }
}

/// Keys whose rules say how they stand to the keys beside them.
const NARROWER: [&str; 4] = [
    "agreement.share.by_annual_revenue.above",
    "agreement.share.by_paid.above",
    "agreement.share.by_total_revenue.above",
    "revenue.forecast.observed.revenue",
];

/// A bound as its key's rules write it.
fn bound(value: f64) -> String {
    if value.abs() >= LARGEST_AMOUNT || value == SMALLEST_DIVISOR {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

impl<'s> Checked<'s> {
    /// Nothing read yet; the problems are those found before.
    pub fn new(source: &'s Source, problems: Vec<Problem>) -> Self {
        Self {
            source,
            problems,
            inputs: Vec::new(),
            drawn: 0,
            reserved: Vec::new(),
            defaults: Vec::new(),
            happened: Vec::new(),
            correlations: Vec::new(),
            doubts: Vec::new(),
            to_weigh: None,
            within: None,
        }
    }

    /// Keeps the first places among the inputs for those of these names, whether
    /// or not they come: so that scenarios with some inputs in common draw them alike.
    pub fn reserve(&mut self, names: &[String]) {
        let unused = Distribution::uniform(0.0, 1.0).expect("0 is less than 1");
        let places = names
            .iter()
            .map(|name| Input::new(name.clone(), unused.clone()));
        self.inputs = places.collect();
        self.reserved = (0..names.len()).collect();
    }

    /// Adds an input, in the place kept for it if there is one.
    fn add_input(&mut self, input: Input) -> Parameter {
        self.drawn += 1;
        let waits = |place: &usize| self.inputs[*place].name == input.name;
        let place = self.reserved.iter().position(waits);
        let at = match place {
            Some(place) => self.reserved.remove(place),
            None => {
                self.inputs.push(input.clone());
                self.inputs.len() - 1
            }
        };
        self.inputs[at] = input;
        Parameter::Uncertain(at)
    }

    /// From here on, keys of `list` are those of its table called `name`: inputs
    /// are called `list.name.key`, and defaults so that an override takes it.
    pub fn enter(&mut self, list: &'static str, name: &str) {
        self.within = Some((list, name.to_owned()));
    }

    /// The end of the table of a list.
    pub fn leave(&mut self) {
        self.within = None;
    }

    /// What a key is called among those of all tables of its list.
    fn address(&self, key: &str) -> String {
        self.address_by(key, str::to_owned)
    }

    /// The same with the name of the table written in some way.
    fn address_by(&self, key: &str, written: fn(&str) -> String) -> String {
        let below = |(list, name): &(&str, String)| {
            let rest = key.strip_prefix(list)?.strip_prefix('.')?;
            Some(format!("{list}.{}.{rest}", written(name)))
        };
        let within = self.within.as_ref().and_then(below);
        within.unwrap_or_else(|| key.to_owned())
    }

    /// Notes a problem.
    pub fn refuse(&mut self, span: Range<usize>, key: &str, message: String, label: String) {
        if stands_in(&span) {
            return;
        }
        self.problems.push(Problem {
            span,
            key: key.split('.').map(str::to_owned).collect(),
            message,
            label,
            hint: None,
            kind: ProblemKind::Other,
        });
    }

    /// Notes a problem with a remedy of its own.
    pub fn refuse_with(
        &mut self,
        span: Range<usize>,
        key: &str,
        message: String,
        label: String,
        hint: String,
    ) {
        let before = self.problems.len();
        self.refuse(span, key, message, label);
        if let Some(problem) = self.problems.get_mut(before) {
            problem.hint = Some(hint);
        }
    }

    /// Where within a span a text stands just as it reads.
    pub fn position_of(&self, span: &Range<usize>, text: &str) -> Option<usize> {
        self.source.position_of(span, text)
    }

    /// The text of the file that the scenario calls by a name, with its place; `None`
    /// where it has not been read.
    pub fn file(&self, name: &str) -> Option<(&'s str, Range<usize>)> {
        self.source.file(name)
    }

    /// Notes a value filled in for a key left out.
    pub fn filled<T>(&mut self, key: &str, shown: impl ToString, value: T) -> T {
        let key = self.address_by(key, word);
        self.defaults.push((key, shown.to_string()));
        value
    }

    /// A number within bounds.
    pub fn number(&mut self, key: &str, written: &Spanned<f64>, bounds: Bounds) -> f64 {
        self.number_at(key, written.span(), *written.get_ref(), bounds)
    }

    /// A number that stands at a place.
    pub fn number_at(&mut self, key: &str, span: Range<usize>, value: f64, bounds: Bounds) -> f64 {
        self.permit(key, span, value, bounds);
        self.doubt(key, value, bounds);
        value
    }

    /// Notes a value that its key does not permit.
    fn permit(&mut self, key: &str, span: Range<usize>, value: f64, bounds: Bounds) {
        debug_assert!(bounds.are_said_of(key), "{key}: {}", bounds.words());
        if !bounds.hold(value) {
            self.outside(span, key, &bounds.complaint(value));
        }
    }

    /// Notes a rate so large that it is probably a percentage.
    fn doubt(&mut self, key: &str, value: f64, bounds: Bounds) {
        if bounds.are_of_a_rate() {
            self.doubts.extend(Doubt::of(self.address(key), value));
        }
    }

    /// Notes a value beyond its key's bounds, shown as the file writes it.
    fn outside(&mut self, span: Range<usize>, key: &str, complaint: &str) {
        if stands_in(&span) {
            return;
        }
        let label = format!("{} is {complaint}", brief(self.source.written(&span)));
        self.refuse(span, key, outside(key), label);
    }

    /// A whole number between two others.
    pub fn whole(&mut self, key: &str, written: &Spanned<i64>, low: i64, high: i64) -> i64 {
        let value = *written.get_ref();
        self.permit(key, written.span(), value as f64, Bounds::Whole(low, high));
        value.clamp(low, high)
    }

    /// A scalar whose every possible value is within bounds.
    pub fn scalar(&mut self, key: &str, written: &Spanned<Scalar>, bounds: Bounds) -> Parameter {
        self.scalar_at(key, written.span(), written.get_ref(), bounds)
    }

    /// A scalar at a place.
    pub fn scalar_at(
        &mut self,
        key: &str,
        span: Range<usize>,
        scalar: &Scalar,
        bounds: Bounds,
    ) -> Parameter {
        self.placed_scalar(key, key, span, scalar, bounds)
    }

    /// The scalar `name` of the table at a position of a list.
    pub fn item(
        &mut self,
        list: &str,
        position: usize,
        name: &str,
        written: &Spanned<Scalar>,
        bounds: Bounds,
    ) -> Parameter {
        let (key, called) = (
            format!("{list}.{name}"),
            format!("{list}.{position}.{name}"),
        );
        self.scalar_called(&key, &called, written, bounds)
    }

    /// A scalar that is drawn under a name.
    pub fn input(&mut self, called: &str, distribution: Distribution) -> Parameter {
        self.add_input(Input::new(self.address(called), distribution))
    }

    /// A scalar of a key, with the name of its input.
    pub fn scalar_called(
        &mut self,
        key: &str,
        called: &str,
        written: &Spanned<Scalar>,
        bounds: Bounds,
    ) -> Parameter {
        self.placed_scalar(key, called, written.span(), written.get_ref(), bounds)
    }

    fn placed_scalar(
        &mut self,
        key: &str,
        called: &str,
        span: Range<usize>,
        scalar: &Scalar,
        bounds: Bounds,
    ) -> Parameter {
        let table = match scalar {
            Scalar::Number(value) => {
                self.permit(key, span, *value, bounds);
                self.doubt(called, *value, bounds);
                return Parameter::Fixed(*value);
            }
            Scalar::Distribution(table) => table,
        };
        debug_assert!(bounds.are_said_of(key), "{key}: {}", bounds.words());
        let built = match distributions::of(table).as_slice() {
            [one] => one.clone(),
            [] => Err("this names no distribution".to_owned()),
            several => Err(format!("this names {} distributions", several.len())),
        };
        match built {
            Ok(distribution) => {
                let (low, high) = distribution.range();
                if !(bounds.hold(low) && bounds.hold(high)) {
                    let mut hint = "bound it: uniform, triangular, pert and discrete have ends, \
                         low and high cut a normal or lognormal"
                        .to_owned();
                    // Where it is too large at its other end, that would not help.
                    if bounds.hold(high) {
                        hint.push_str(", lognormal stays above 0");
                    }
                    self.refuse_with(
                        span,
                        key,
                        format!("the distribution of `{key}` leaves its permitted range"),
                        format!("it reaches from {} to {}", rounded(low), rounded(high)),
                        hint,
                    );
                }
                self.doubt(called, low, bounds);
                self.input(called, distribution)
            }
            Err(reason) => {
                self.refuse_with(
                    span,
                    key,
                    format!("the distribution of `{key}` cannot be used"),
                    reason,
                    DISTRIBUTION_HINT.to_owned(),
                );
                Parameter::Fixed(f64::NAN)
            }
        }
    }

    /// The greatest value a parameter can take.
    pub fn greatest(&self, parameter: Parameter) -> f64 {
        match parameter {
            Parameter::Fixed(value) => value,
            Parameter::Uncertain(i) => self.inputs[i].distribution.range().1,
        }
    }

    /// The least value a parameter can take.
    pub fn least(&self, parameter: Parameter) -> f64 {
        match parameter {
            Parameter::Fixed(value) => value,
            Parameter::Uncertain(i) => self.inputs[i].distribution.range().0,
        }
    }

    /// A date in the years 1900 to 2300.
    pub fn date(&mut self, key: &str, written: &Spanned<TomlDate>) -> Date {
        let date = written.get_ref().0;
        if date.year() < 1900 {
            self.outside(written.span(), key, "before the year 1900");
        } else if date.year() > 2300 {
            self.outside(written.span(), key, "after the year 2300");
        }
        date
    }

    /// One line of text.
    pub fn text(&mut self, key: &str, written: &Spanned<String>) -> String {
        let text = written.get_ref().trim();
        let length = text.chars().count();
        if length == 0 {
            let label = "there is nothing in it".to_owned();
            self.refuse(written.span(), key, format!("`{key}` is empty"), label);
        } else if length > LONGEST_TEXT {
            let label = format!("this has {length} characters");
            self.refuse(written.span(), key, format!("`{key}` is too long"), label);
        } else if text.chars().any(is_hidden) {
            let label = "it holds a line break or another control character".to_owned();
            self.refuse(
                written.span(),
                key,
                format!("`{key}` is not one line"),
                label,
            );
        }
        text.to_owned()
    }

    /// One of several words.
    pub fn choice<T: Worded>(&mut self, key: &str, written: &Spanned<String>) -> T {
        let word = written.get_ref().as_str();
        if let Some(choice) = T::of(word) {
            return choice;
        }
        let names = T::words();
        let message = format!("`{key}` cannot be {}", quoted(word));
        let label = "not one of the words permitted".to_owned();
        match nearest(word, &names) {
            Some(near) => {
                let hint = format!("did you mean {near:?}?");
                self.refuse_with(written.span(), key, message, label, hint);
            }
            None => self.refuse(written.span(), key, message, label),
        }
        T::ALL[0]
    }
}

/// Four significant digits: enough to see which end is wrong.
pub fn rounded(value: f64) -> String {
    let decimals = crate::units::decimals_for(value, 4);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;
    use std::sync::Mutex;

    use super::super::{Scenario, keys};

    /// Keys whose bounds were compared with what their rules say.
    pub static COMPARED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

    /// Every scenario below a folder.
    fn texts(folder: &Path, all: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => texts(&path, all),
                false if path.extension().is_some_and(|end| end == "toml") => {
                    all.extend(fs::read_to_string(path));
                }
                false => {}
            }
        }
    }

    /// Keys that no scenario of the project has.
    const OTHERS: [(&str, &str, &str); 9] = [
        (
            "bass = { market = 1, innovation = 1, imitation = 1, persistence = 1, \
             level_uncertainty = 1, annual_uncertainty = 1 }",
            "payment = { every = 'month', least = 1 }, revenue_floor = 1, year_to_date = 1",
            "valuation = { date = 2026-01-01, curve = [{ years = 1, rate = 0 }] }",
        ),
        (
            "logistic = { capacity = 1, steepness = 1, midpoint = 1, volatility = 1, \
             growth_uncertainty = 1, persistence = 1, level_uncertainty = 1, \
             annual_uncertainty = 1 }",
            "annual_minimum = [{ from = 2026-01-01, amount = 1 }], \
             annual_cap = { amount = [{ from = 2026-01-01, amount = 1 }] }",
            "simulation.precision = 0.01",
        ),
        (
            "growth = { initial = 1, growth = 0, long_run_growth = 0, half_life = 1, \
             volatility = 1, long_run_volatility = 1, volatility_half_life = 1, \
             growth_volatility = 1, growth_volatility_half_life = 1, revenue_risk_price = 1, \
             growth_risk_price = 1 }",
            "default = { after_years = 1 }, event = { after_years = 1 }",
            "valuation = { date = 2026-01-01, discount_rate = 0, risk_neutral = { \
             revenue_risk_premium = 0, risk_free_curve = [{ years = 1, rate = 0 }] } }",
        ),
        (
            "jump = { initial = 1, growth = 0, volatility = 1, jumps_per_year = 1, jump_mean = 0, \
             jump_sd = 1 }",
            "default = { at_revenue = 1, elasticity = 1, hazard = 1 }, \
             event = { at_revenue = 1, elasticity = 1, hazard = 1 }",
            "",
        ),
        (
            "forecast = { annual = { 2026 = 1 }, volatility = 0, annual_uncertainty = 1, \
             launch = { after_years = 1 } }",
            "floor = [{ by = 2027-01-01, amount = 1 }], \
             minimum = { every = 'year', amount = [{ from = 2026-01-01, amount = 1 }] }",
            "",
        ),
        (
            "gbm = { initial = 1, growth = 0, volatility = 1 }",
            "cap = { amount = 1, inflation = 0, prices_of = 2026-01-01 }, \
             milestone = [{ reaches = 1, amount = 1, year = 2026 }]",
            "",
        ),
        (
            "gbm = { initial = 1, growth = 0, volatility = 1 }",
            "cap = { amount = 1, discount_rate = [{ from = 2026-01-01, rate = 0 }], \
             valued_on = 2026-01-01 }, upfront = [{ date = 2026-01-01, amount = 1 }, { amount = 1, revenue_reaches = 1, year = 2027 }], \
             step_up = [{ adds = 0, on = 2027-01-01, paid_below = 1 }]",
            "",
        ),
        (
            "gbm = { initial = 1, growth = 0, volatility = 1 }",
            "share = { by_paid = [{ above = 0, slope = 1 }] }",
            "",
        ),
        (
            "gbm = { initial = 1, growth = 0, volatility = 1 }",
            "share = { by_total_revenue = [{ above = 0, slope = 1 }] }",
            "",
        ),
    ];

    #[test]
    fn every_range_is_said_as_it_is_checked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = Vec::new();
        for folder in ["scenarios", "tests"] {
            texts(&root.join(folder), &mut all);
        }
        let timeline = "timeline = { start = 2026-01-01, end = 2030-12-31, step = 'month' }";
        all.extend(OTHERS.map(|(revenue, terms, more)| {
            format!("{more}\n{timeline}\nrevenue = {{ {revenue} }}\nagreement = {{ {terms} }}\n")
        }));
        // What is reported of all segments.
        let segments = fs::read_to_string(root.join("scenarios/openai-segments.toml")).unwrap();
        let figure = "{ start = 2026-01-01, end = 2026-01-31, revenue = 1, error = 0 }";
        all.push(format!("reported = [{figure}]\n{segments}"));
        for text in all {
            // Right or wrong, its numbers are compared.
            let _ = Scenario::parse("a.toml", "a", &text, &[]);
        }
        let compared = COMPARED.lock().unwrap();
        let is_range = |permitted: &str| {
            let from = permitted.strip_prefix("a whole number from ");
            let from = from.or(permitted.strip_prefix("more than "));
            let first = from.unwrap_or(permitted).chars().next();
            first.is_some_and(|c| c == '-' || c.is_ascii_digit())
                && !["points", "numbers"]
                    .iter()
                    .any(|many| permitted.contains(many))
        };
        let ranges = keys::all().filter(|rules| is_range(rules.permitted));
        let missed = ranges
            .map(|rules| rules.key)
            .filter(|key| !compared.contains(key));
        assert_eq!(missed.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
