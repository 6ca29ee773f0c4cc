//! Rates and their differences with 95 % intervals, which say how much of what is seen may be chance.

use serde::Serialize;

/// The quantile of the normal distribution that leaves 2.5 % on each side.
const Z: f64 = 1.959_963_984_540_054;

/// A part of a whole, with the bounds between which the true rate lies in 95 of 100 such samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    pub part: u64,
    pub whole: u64,
    /// From 0 to 1.
    pub rate: f64,
    pub low: f64,
    pub high: f64,
}

/// One rate less another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

impl Rate {
    /// The score interval of E. B. Wilson, “Probable inference, the law of succession, and statistical inference”,
    /// Journal of the American Statistical Association 22 (1927), 209–212. Nothing of nothing.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 || part > whole {
            return None;
        }
        let (count, square) = (whole as f64, Z * Z);
        let rate = part as f64 / count;
        let middle = (rate + square / (2.0 * count)) / (1.0 + square / count);
        let reach = Z / (1.0 + square / count)
            * (rate * (1.0 - rate) / count + square / (4.0 * count * count)).sqrt();
        let low = if part == 0 { 0.0 } else { (middle - reach).max(0.0) };
        let high = if part == whole { 1.0 } else { (middle + reach).min(1.0) };
        Some(Self { part, whole, rate, low, high })
    }

    /// This rate less another, by the hybrid score interval of R. G. Newcombe, “Interval estimation for the difference
    /// between independent proportions: comparison of eleven methods”, Statistics in Medicine 17 (1998), 873–890,
    /// method 10. It holds for small groups and rates near 0 and 1, where the textbook's interval does not.
    pub fn less(&self, other: &Self) -> Difference {
        let difference = self.rate - other.rate;
        let down = ((self.rate - self.low).powi(2) + (other.high - other.rate).powi(2)).sqrt();
        let up = ((self.high - self.rate).powi(2) + (other.rate - other.low).powi(2)).sqrt();
        Difference { difference, low: (difference - down).max(-1.0), high: (difference + up).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(number: f64) -> f64 {
        (number * 10_000.0).round() / 10_000.0
    }

    /// The examples of Newcombe's table II, method 10, to their four digits.
    #[test]
    fn differences_are_those_of_the_paper() {
        let examples = [
            ((56, 70), (48, 80), (0.0524, 0.3339)),
            ((9, 10), (3, 10), (0.1705, 0.8090)),
            ((6, 7), (2, 7), (0.0582, 0.8062)),
            ((5, 56), (0, 29), (-0.0381, 0.1926)),
            ((0, 10), (0, 20), (-0.1611, 0.2775)),
            ((0, 10), (0, 10), (-0.2775, 0.2775)),
            ((10, 10), (0, 20), (0.6791, 1.0)),
            ((10, 10), (0, 10), (0.6075, 1.0)),
        ];
        for ((part, whole), (other, others), bounds) in examples {
            let found = Rate::of(part, whole).unwrap().less(&Rate::of(other, others).unwrap());
            assert_eq!(
                (rounded(found.low), rounded(found.high)),
                bounds,
                "{part}/{whole} - {other}/{others}"
            );
        }
    }

    #[test]
    fn a_rate_of_nothing_is_not_told() {
        assert_eq!(Rate::of(0, 0), None);
        assert_eq!(Rate::of(3, 2), None);
        let all = Rate::of(4, 4).unwrap();
        assert_eq!((all.rate, all.high), (1.0, 1.0));
    }
}
