//! Decisions are numbered without holes and say what the template asks for.

use super::Finding;
use super::tree::Tree;

const FOLDER: &str = "docs/decisions/";
const SECTIONS: [&str; 4] = ["## Context", "## Choice", "## Measured", "## Consequences"];

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let mut complain = |place: &str, text: String| {
        findings.push(Finding { rule: "decisions", place: place.to_owned(), line: 0, text });
    };
    let mut decisions: Vec<(&str, &str)> = tree
        .files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(FOLDER)?, file.text.as_str())))
        .filter(|(name, _)| name.ends_with(".md") && *name != "README.md")
        .collect();
    decisions.sort_unstable();
    for (index, (name, text)) in decisions.iter().enumerate() {
        let place = format!("{FOLDER}{name}");
        let expected = format!("{:04}-", index + 1);
        if !name.starts_with(&expected) {
            complain(
                &place,
                format!("the next decision is number {}, without holes or doubles", &expected[..4]),
            );
        }
        for section in
            SECTIONS.iter().filter(|section| !text.lines().any(|line| line.trim_end() == **section))
        {
            complain(&place, format!("has no section `{section}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    const TEXT: &str = "# 0001. x\n## Context\n## Choice\n## Measured\n## Consequences\n";

    #[test]
    fn a_hole_a_double_and_a_missing_section() {
        let tree_of =
            |names: [&str; 2]| tree(&[(names[0], TEXT), (names[1], TEXT), ("docs/decisions/README.md", "")]);
        assert!(said(check, &tree_of(["docs/decisions/0001-a.md", "docs/decisions/0002-b.md"])).is_empty());
        assert_eq!(
            said(check, &tree_of(["docs/decisions/0001-a.md", "docs/decisions/0003-b.md"])),
            [
                "docs/decisions/0003-b.md: the next decision is number 0002, without holes or doubles [decisions]"
            ]
        );
        assert_eq!(said(check, &tree_of(["docs/decisions/0001-a.md", "docs/decisions/0001-b.md"])).len(), 1);
        let bare = tree(&[("docs/decisions/0001-a.md", "# x\n## Context\n## Choice\n## Consequences\n")]);
        assert_eq!(
            said(check, &bare),
            ["docs/decisions/0001-a.md: has no section `## Measured` [decisions]"]
        );
    }
}
