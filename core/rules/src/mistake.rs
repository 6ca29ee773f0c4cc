//! Mistakes: why a condition is refused when its catalogue is published, and what its author can do.

use std::fmt;

/// One mistake in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The character of the source, from 1, where the mistake is.
    pub column: Option<u32>,
    /// What is wrong, naming it.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl Mistake {
    pub(crate) fn new(column: Option<u32>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { column, message: message.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "{}. {}", self.message, self.remedy)
    }
}

/// The longest name compared, in characters, and the most candidates: both bound the work of a suggestion.
const NAME_CHARACTERS_MAX: usize = 100;
const CANDIDATES_MAX: usize = 5_000;

/// The declared name that `name` was probably meant to be: the same but for a few letters, or the same last
/// part of a dotted path.
pub(crate) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |path: &'a str| path.rsplit('.').next().unwrap_or(path);
    let name_last = name.rsplit('.').next().unwrap_or(name);
    candidates
        .take(CANDIDATES_MAX)
        .filter_map(|candidate| {
            let whole = distance(name, candidate).map(|letters| letters * 2);
            let part = distance(name_last, last(candidate)).map(|letters| letters * 2 + 1);
            whole.into_iter().chain(part).min().map(|letters| (letters, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must change to make one name the other, ignoring case; `None` when they are too
/// different to be the same word (more than a third of the letters).
fn distance(left: &str, right: &str) -> Option<usize> {
    let letters =
        |name: &str| name.chars().take(NAME_CHARACTERS_MAX).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (left, right) = (letters(left), letters(right));
    let allowed = left.len().max(right.len()) / 3;
    if left.len().abs_diff(right.len()) > allowed {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for column in 0..right.len() {
            let changed = diagonal + usize::from(*letter != right[column]);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    Some(row[right.len()]).filter(|letters| *letters <= allowed)
}

/// The remedy for an unknown name: the probable one, or `otherwise`.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    match closest(name, candidates) {
        Some(candidate) => format!("Did you mean `{candidate}`?"),
        None => otherwise.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_suggested_and_only_a_close_one() {
        let declared = ["profile.traits.city", "profile.traits.age", "event.properties.total"];
        let closest = |name| closest(name, declared.into_iter());
        assert_eq!(closest("profile.traits.ctiy"), Some("profile.traits.city"));
        assert_eq!(closest("city"), Some("profile.traits.city"));
        assert_eq!(closest("event.properties.Total"), Some("event.properties.total"));
        assert_eq!(closest("weather"), None);
    }
}
