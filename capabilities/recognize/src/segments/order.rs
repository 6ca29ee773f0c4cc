//! Segments may name segments: each stands after those it names, and circles are refused.

use model::Problem;

use super::Segment;

/// The segments in an order in which each can be decided. They come with the paths of their files.
pub fn in_order(mut open: Vec<(String, Segment)>, problems: &mut Vec<Problem>) -> Vec<Segment> {
    report_clashes(&open, problems);
    let mut ordered: Vec<Segment> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waits = |segment: &Segment, open: &[(String, Segment)]| {
            let named = &segment.program.reads().segments;
            open.iter().any(|(_, other)| named.contains(&other.slot))
        };
        let Some(next) = (0..open.len()).find(|place| !waits(&open[*place].1, &open)) else {
            let names: Vec<String> = open.iter().map(|(_, segment)| format!("`{}`", segment.name)).collect();
            let message = format!("the segments {} depend on each other in a circle", names.join(", "));
            problems.push(Problem::new(
                &open[0].0,
                "when",
                message,
                "Let one of them do without the others.",
            ));
            return ordered;
        };
        ordered.push(open.remove(next).1);
    }
    ordered
}

/// Two names with one hash, which nobody will ever see, would share their members.
fn report_clashes(segments: &[(String, Segment)], problems: &mut Vec<Problem>) {
    for (place, (path, segment)) in segments.iter().enumerate() {
        if let Some((_, other)) = segments[..place].iter().find(|(_, other)| other.key == segment.key) {
            let message = format!("the names `{}` and `{}` have the same hash", segment.name, other.name);
            problems.push(Problem::new(path, "name", message, "Rename one of them."));
        }
    }
}
