//! capbind inside another program: one scenario, the chance that each of several
//! caps is reached, and what each costs the payee against the first.
//!
//! `cargo run --release --example embed`

use capbind::Error;
use capbind::scenario::Scenario;
use capbind::simulate::{ContractQuantity, FlatShare, evaluate};

const SCENARIO: &str = r#"
currency = "EUR"
unit = "million"

[timeline]
start = 2027-01-01
end = 2031-12-31
step = "quarter"

[revenue.gbm]
initial = 100
growth = 0.20
volatility = 0.30

[agreement]
share = 0.05
cap = 30

[valuation]
discount_rate = 0.09

[simulation]
points = 4096
seed = 1
"#;

fn main() -> Result<(), Error> {
    // A scenario that says something wrong is an error with line, key and remedy.
    let scenario = Scenario::parse("embedded.toml", "embedded", SCENARIO, &[])?;

    // Revenue paths know nothing of the contract: one set of them serves all caps.
    let caps = [30.0, 35.0, 40.0, f64::INFINITY];
    let cases = caps.map(|cap| FlatShare {
        share: 0.05,
        cap,
        paid_before: 0.0,
        expiry: scenario.timeline.end(),
    });
    let contracts = evaluate(&scenario.simulation(), &cases, &())?;

    println!("cap,binding_probability,std_error,value_over_first,paired_std_error");
    for (case, cap) in caps.iter().enumerate() {
        let binds = contracts.estimate(case, ContractQuantity::Binds);
        let worth = contracts.difference(case, 0, ContractQuantity::PresentValue);
        println!(
            "{cap},{:.5},{:.5},{:.4},{:.4}",
            binds.mean, binds.std_error, worth.mean, worth.std_error
        );
    }
    Ok(())
}
