//! The scenario that says a contract's terms.

use std::fmt::Write;

use super::calendar::Day;
use super::number::Decimal;
use super::terms::*;

impl Terms {
    pub fn scenario(&self) -> String {
        let mut text = format!("unit = \"{}\"\n", self.unit);
        let step = match self.step {
            1 => "month",
            3 => "quarter",
            _ => "year",
        };
        let (start, end) = (self.start, self.end);
        let _ = writeln!(
            text,
            "[timeline]\nstart = {start}\nend = {end}\nstep = \"{step}\""
        );
        for (i, segment) in self.segments.iter().enumerate() {
            let (header, model) = match self.segments.len() {
                1 => (String::new(), "revenue"),
                _ => (format!("[[revenue]]\nname = \"s{i}\"\n"), "revenue"),
            };
            let _ = write!(text, "{header}");
            if self.source == Source::Plan {
                let first = self.start.parts().0;
                let figures = segment.written.iter().enumerate();
                let figures: Vec<String> = figures
                    .map(|(k, amount)| format!("{} = {amount}", first + k as i64))
                    .collect();
                let figures = figures.join(", ");
                let _ = writeln!(
                    text,
                    "[{model}.forecast]\nannual = {{ {figures} }}\nvolatility = 0"
                );
            } else {
                let initial = segment.initial;
                let _ = writeln!(
                    text,
                    "[{model}.gbm]\ninitial = {initial}\ngrowth = 0\nvolatility = 0"
                );
            }
        }
        self.agreement(&mut text);
        if let Some(valuation) = &self.valuation {
            let _ = writeln!(text, "[valuation]\ndate = {}", valuation.date);
            let _ = match valuation.points.as_slice() {
                [(_, rate)] => writeln!(text, "discount_rate = {rate}"),
                points => {
                    let point = |(years, rate): &(Decimal, Decimal)| {
                        format!("{{ years = {years}, rate = {rate} }}")
                    };
                    let points: Vec<String> = points.iter().map(point).collect();
                    writeln!(text, "curve = [{}]", points.join(", "))
                }
            };
        }
        let _ = writeln!(text, "[simulation]\npoints = 64\nreplicates = 4");
        if self.past > 0 {
            self.actuals(&mut text);
        }
        text
    }

    fn agreement(&self, text: &mut String) {
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "{key} = {value}");
        };
        line("[agreement]\npayer = \"A\"\npayee", "\"B\"".into());
        line("share", share(&self.share));
        let mut amount = |key: &str, value: Option<Decimal>| {
            if let Some(value) = value {
                line(key, value.to_string());
            }
        };
        amount("threshold", self.threshold);
        amount("revenue_floor", self.revenue_floor);
        amount("on_account", self.on_account);
        amount("year_to_date", self.year_to_date);
        if self.tranches.is_empty() && self.advances.is_empty() {
            amount("upfront", self.upfront);
        }
        amount("paid_before", self.paid_before);
        if let Some(minimum) = &self.minimum {
            line("annual_minimum", minimum.to_string());
        }
        if let Some((months, minimum)) = &self.part_minimum {
            let every = every(*months);
            line(
                "minimum",
                format!("{{ every = \"{every}\", amount = {minimum} }}"),
            );
        }
        if let Some(day) = self.effective {
            line("effective", day.to_string());
        }
        if let Some(day) = self.expiry {
            line("expiry", day.to_string());
        }
        if self.segments.len() > 1 {
            let part = |(i, segment): (usize, &Segment)| format!("s{i} = {}", segment.eligible);
            let parts: Vec<String> = self.segments.iter().enumerate().map(part).collect();
            line("eligible", format!("{{ {} }}", parts.join(", ")));
        }
        if let Some((amount, carry)) = &self.annual_cap {
            let carry = match carry {
                Carry::None => "none",
                Carry::Excess => "excess",
                Carry::Room => "room",
            };
            line("annual_cap", {
                let prorated = self.prorated;
                format!(
                    "{{ amount = {amount}, carry_forward = \"{carry}\", prorated = {prorated} }}"
                )
            });
        }
        if let Some(value) = &self.cap {
            line("cap", cap(value));
        }
        let is_lone = self.tranches.is_empty() && self.advances.is_empty();
        if let (Some(first), false) = (self.upfront, is_lone) {
            let tranche =
                |(date, amount): &(Day, Decimal)| format!("{{ date = {date}, amount = {amount} }}");
            let next = self.tranches.first();
            let day = next.map_or(self.effective(), |(next, _)| {
                self.effective().min(next.plus(-1))
            });
            let mut dated = vec![(day, first)];
            dated.extend(&self.tranches);
            let all = dated.iter().map(tranche);
            let all: Vec<String> = all.chain(self.advances.iter().map(advance)).collect();
            line("upfront", format!("[{}]", all.join(", ")));
        }
        if !self.floors.is_empty() {
            let floor = |floor: &Floor| match floor.by {
                Some(by) => format!("{{ by = {by}, {} }}", floor.amount),
                None => format!("{{ {} }}", floor.amount),
            };
            let floors: Vec<String> = self.floors.iter().map(floor).collect();
            line("floor", format!("[{}]", floors.join(", ")));
        }
        if !self.step_ups.is_empty() {
            let step_ups: Vec<String> = self.step_ups.iter().map(step_up).collect();
            line("step_up", format!("[{}]", step_ups.join(", ")));
        }
        if !self.milestones.is_empty() {
            let milestones: Vec<String> = self.milestones.iter().map(milestone).collect();
            line("milestone", format!("[{}]", milestones.join(", ")));
        }
        if self.year_ends != 12 {
            line("year_ends", month(self.year_ends));
        }
        let mut payment = Vec::new();
        if let Some(months) = self.every {
            payment.push(format!("every = \"{}\"", every(months)));
        }
        if self.lag > 0 {
            payment.push(format!("lag_months = {}", self.lag));
        }
        if self.lag_days > 0 {
            payment.push(format!("lag_days = {}", self.lag_days));
        }
        if let Some(ends) = self.pay_year_ends {
            payment.push(format!("year_ends = {}", month(ends)));
        }
        if let Some(least) = self.least {
            payment.push(format!("least = {least}"));
        }
        if let Some(first) = self.first {
            payment.push(format!("first = {first}"));
        }
        if self.rounding {
            payment.push(format!("rounding = \"{}\"", self.rounded_to));
        }
        if !payment.is_empty() {
            line("payment", format!("{{ {} }}", payment.join(", ")));
        }
        if let Some(deferral) = &self.deferral {
            let to = match deferral.to {
                DeferredTo::Months(months) => format!("months = {months}"),
                DeferredTo::Day(day) => format!("until = {day}"),
            };
            let interest = deferral.interest.map(|rate| format!(", interest = {rate}"));
            let interest = interest.unwrap_or_default();
            line(
                "deferral",
                format!("{{ fraction = {}, {to}{interest} }}", deferral.fraction),
            );
        }
        let turn = self.turn.map(|(moment, rate)| {
            format!(
                "{{ name = \"turn\", {}, share_after = {rate} }}",
                when(moment)
            )
        });
        match self.events.as_slice() {
            [] => {
                if let Some(turn) = turn {
                    line("event", turn);
                }
            }
            [event] if turn.is_none() => line(
                "event",
                format!("{{ {}{} }}", when(*event), pays(&self.pays[0])),
            ),
            events => {
                let event = |(i, event): (usize, &When)| {
                    format!(
                        "{{ name = \"e{i}\", {}{} }}",
                        when(*event),
                        pays(&self.pays[i])
                    )
                };
                let events = events.iter().enumerate().map(event).chain(turn);
                let events: Vec<String> = events.collect();
                line("event", format!("[{}]", events.join(", ")));
            }
        }
        if let Some(default) = &self.default {
            let claim = if default.claims_cap {
                ", claim = \"cap\""
            } else {
                ""
            };
            let (when, recovery, lag) = (when(default.when), default.recovery, default.lag);
            line(
                "default",
                format!("{{ {when}, recovery = {recovery}, lag_months = {lag}{claim} }}"),
            );
        }
    }

    fn actuals(&self, text: &mut String) {
        let mut header = "period_start,period_end".to_owned();
        for i in 0..self.segments.len() {
            match self.segments.len() {
                1 => header.push_str(",revenue"),
                _ => {
                    let _ = write!(header, ",revenue.s{i}");
                }
            }
        }
        if self.payments.is_some() {
            header.push_str(",payment");
        }
        let _ = writeln!(text, "[actuals]\ncsv = '''\n{header}");
        for (k, (first, last)) in self.periods().into_iter().take(self.past).enumerate() {
            let _ = write!(text, "{first},{last}");
            for segment in &self.segments {
                let _ = write!(text, ",{}", segment.written[k]);
            }
            if let Some(payments) = &self.payments {
                let _ = write!(text, ",{}", payments[k]);
            }
            text.push('\n');
        }
        text.push_str("'''\n");
    }
}

fn advance(advance: &Advance) -> String {
    let year = advance.year.map(|year| format!("year = {year}, "));
    let by = advance.by.map(|by| format!("by = {by}, "));
    let (year, by) = (year.unwrap_or_default(), by.unwrap_or_default());
    let (reaches, amount) = (advance.reaches, advance.amount);
    format!("{{ revenue_reaches = {reaches}, {year}{by}amount = {amount} }}")
}

fn every(months: i64) -> &'static str {
    match months {
        1 => "month",
        3 => "quarter",
        6 => "half-year",
        _ => "year",
    }
}

fn month(of_year: i64) -> String {
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    format!("\"{}\"", months[of_year as usize - 1])
}

fn pays(pays: &Option<Pays>) -> String {
    let Some((steps, less_paid)) = pays else {
        return String::new();
    };
    let step = |(until, amount): &(Option<Day>, Amount)| match until {
        Some(until) => format!("{{ until = {until}, {amount} }}"),
        None => format!("{{ {amount} }}"),
    };
    let steps: Vec<String> = steps.iter().map(step).collect();
    format!(", pays = [{}], less_paid = {less_paid}", steps.join(", "))
}

fn when(when: When) -> String {
    match when {
        When::On(day) => format!("date = {day}"),
        When::Years(years) => format!("after_years = {years}"),
        When::Reaches(level) => format!("revenue_reaches = {level}"),
    }
}

fn share(share: &Share) -> String {
    let tiers = |tiers: &[(Decimal, Decimal)]| {
        let tier =
            |(above, rate): &(Decimal, Decimal)| format!("{{ above = {above}, rate = {rate} }}");
        tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
    };
    let basis = |basis: &Basis| match basis {
        Basis::Marginal => "marginal",
        Basis::Retroactive => "retroactive",
    };
    match share {
        Share::Flat(rate) => rate.to_string(),
        Share::ByDate(rates) => dated(rates),
        Share::Annual(rates, of) => {
            let of = basis(of);
            format!(
                "{{ by_annual_revenue = [{}], basis = \"{of}\" }}",
                tiers(rates)
            )
        }
        Share::AnnualFrom(sets, of) => {
            let of = basis(of);
            let set = |(from, rates): &(Option<Day>, Vec<(Decimal, Decimal)>)| match from {
                Some(from) => tiers(rates).replacen("above", &format!("from = {from}, above"), 1),
                None => tiers(rates),
            };
            let sets: Vec<String> = sets.iter().map(set).collect();
            format!(
                "{{ by_annual_revenue = [{}], basis = \"{of}\" }}",
                sets.join(", ")
            )
        }
        // A slope says the same as a rate.
        Share::Total(rates) => {
            let rates = tiers(rates).replace("rate", "slope");
            format!("{{ by_total_revenue = [{rates}] }}")
        }
        Share::ByPaid(rates) => format!("{{ by_paid = [{}] }}", tiers(rates)),
    }
}

fn dated(rates: &[(Day, Decimal)]) -> String {
    let rate = |(from, rate): &(Day, Decimal)| format!("{{ from = {from}, rate = {rate} }}");
    let rates: Vec<String> = rates.iter().map(rate).collect();
    format!("[{}]", rates.join(", "))
}

fn cap(cap: &Cap) -> String {
    if let Some(rate) = cap.irr {
        return format!("{{ irr = {rate} }}");
    }
    let key = if cap.multiples { "multiple" } else { "amount" };
    if let [(None, amount)] = cap.amounts.as_slice() {
        let mut text = format!("{{ {key} = {amount}");
        let clauses = [
            ("escalation", "from", &cap.escalation),
            match cap.discounts {
                false => ("inflation", "prices_of", &cap.inflation),
                true => ("discount_rate", "valued_on", &cap.inflation),
            },
        ];
        for (name, since, clause) in clauses {
            if let Some((rates, day)) = clause {
                let rates = match rates {
                    Rates::One(rate) => rate.to_string(),
                    Rates::From(rates) => dated(rates),
                };
                let _ = write!(text, ", {name} = {rates}");
                if let Some(day) = day {
                    let _ = write!(text, ", {since} = {day}");
                }
            }
        }
        return text + " }";
    }
    let step = |(until, amount): &(Option<Day>, Decimal)| match until {
        Some(until) => format!("{{ until = {until}, {key} = {amount} }}"),
        None => format!("{{ {key} = {amount} }}"),
    };
    let steps: Vec<String> = cap.amounts.iter().map(step).collect();
    format!("[{}]", steps.join(", "))
}

fn step_up(step_up: &StepUp) -> String {
    let test = match step_up.test {
        Test::Revenue(None, below) => format!("revenue_below = {below}"),
        Test::Revenue(Some(year), below) => format!("year = {year}, revenue_below = {below}"),
        Test::Paid(on, below) => format!("on = {on}, paid_below = {below}"),
    };
    let lasts = match step_up.lasts {
        Lasts::End => "end",
        Lasts::Reached => "reached",
        Lasts::Year => "year",
    };
    format!("{{ {test}, adds = {}, lasts = \"{lasts}\" }}", step_up.adds)
}

fn milestone(milestone: &Milestone) -> String {
    let mut text = format!(
        "{{ reaches = {}, amount = {}",
        milestone.reaches, milestone.amount
    );
    match milestone.over {
        Over::All => {}
        Over::EachYear => text.push_str(", each_year = true"),
        Over::Year(year) => {
            let _ = write!(text, ", year = {year}");
        }
    }
    if let Some(by) = milestone.by {
        let _ = write!(text, ", by = {by}");
    }
    text + " }"
}
