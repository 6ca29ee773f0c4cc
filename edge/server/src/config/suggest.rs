//! What somebody may have meant who wrote an unknown name.

/// The known name closest to `written`, if it is close enough to be a slip.
pub fn closest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|name| (distance(written, name), name));
    scored.min().filter(|(distance, name)| *distance <= 2.max(name.len() / 4)).map(|(_, name)| name)
}

/// Insertions, deletions and replacements that turn one text into the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_guesses_are_not_made() {
        let known = ["listen", "public_url", "limits.connections_max"];
        let closest = |written| closest(written, known.into_iter());
        assert_eq!(closest("lisen"), Some("listen"));
        assert_eq!(closest("publicurl"), Some("public_url"));
        assert_eq!(closest("limits.connection_max"), Some("limits.connections_max"));
        assert_eq!(closest("database"), None);
    }
}
