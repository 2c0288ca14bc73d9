//! A root between two points, in few evaluations.

/// Where a function known at two points crosses zero between them, by the method
/// of Chandrupatla (1997, *Advances in Engineering Software* 28): inverse
/// quadratic interpolation where that is safe, halving where it is not. Ends when
/// the bracket is narrower than `width` of the larger end, the function is no
/// larger than `small`, or after `most` evaluations.
///
/// # Errors
/// The first error of the function.
pub fn root<E>(
    from: (f64, f64),
    to: (f64, f64),
    (width, small, most): (f64, f64, usize),
    mut function: impl FnMut(f64) -> Result<f64, E>,
) -> Result<f64, E> {
    let (mut a, mut fa) = to;
    let (mut b, mut fb) = from;
    let mut part = 0.5;
    for _ in 0..most {
        let x = a + part * (b - a);
        let fx = function(x)?;
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let least = if fa.abs() < fb.abs() { a } else { b };
        let tolerance = width * a.abs().max(b.abs());
        if fx.abs() <= small || (b - a).abs() <= tolerance {
            return Ok(least);
        }
        let xi = (a - b) / (c - b);
        let phi = (fa - fb) / (fc - fb);
        let interpolates = phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi;
        let quadratic =
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb);
        let edge = 0.5 * tolerance / (b - a).abs();
        part = match interpolates {
            true => quadratic.clamp(edge, 1.0 - edge),
            false => 0.5,
        };
    }
    Ok(if fa.abs() < fb.abs() { a } else { b })
}

/// The least number between two, 0 or more, at which a condition holds that from
/// there on holds for good; the upper one if it does not hold before. To the last
/// bit, in at most 64 evaluations.
pub fn least(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    // The bits of such numbers are in their order; a negative zero becomes one.
    let (mut low, mut high) = ((low + 0.0).to_bits(), (high + 0.0).to_bits());
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(f64::from_bits(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    f64::from_bits(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_number_is_found_to_the_last_bit() {
        assert_eq!(least(0.0, f64::INFINITY, |x| x >= 0.3), 0.3);
        assert_eq!(least(0.0, 1.0, |x| x * x > 2.0), 1.0);
        assert_eq!(least(0.5, 1.0, |x| x >= 0.3), 0.5);
    }

    #[test]
    fn smooth_and_stepped_functions_are_solved() {
        let mut calls = 0;
        let cubic = |x: f64| x * x * x - 2.0;
        let found = root((0.0, -2.0), (4.0, 62.0), (1e-12, 0.0, 60), |x| {
            calls += 1;
            Ok::<_, ()>(cubic(x))
        });
        assert!((found.unwrap() - 2.0_f64.cbrt()).abs() < 1e-11);
        assert!(calls < 15, "{calls}");
        let step = |x: f64| if x < 0.3 { -1.0 } else { 1.0 };
        let found = root((0.0, -1.0), (1.0, 1.0), (1e-9, 0.0, 60), |x| {
            Ok::<_, ()>(step(x))
        });
        assert!((found.unwrap() - 0.3).abs() < 1e-8);
        let failed = root((0.0, -1.0), (1.0, 1.0), (1e-9, 0.0, 60), |_| Err(()));
        assert!(failed.is_err());
    }
}
