//! A mapping compiled against the columns of an input.

use mapping::{EventPlan, MappingError, Names};
use model::Channel;

use super::mapping::Mapping;

/// What to do with each row.
#[derive(Debug, Clone)]
pub struct Plan {
    pub channel: Option<Channel>,
    /// The column of the key and how many rows a group may pause.
    pub group_by: Option<(usize, u64)>,
    pub events: Vec<EventPlan>,
}

impl Plan {
    pub fn compile(mapping: &Mapping, columns: &[String]) -> Result<Self, MappingError> {
        let mut names = Names { columns, place: "mapping".into(), grouped: mapping.group_by.is_some() };
        let channel = match &mapping.channel {
            Some(text) => {
                Some(text.parse::<Channel>().map_err(|error| names.wrong(format!("`channel`: {error}")))?)
            }
            None => None,
        };
        let group_by = match &mapping.group_by {
            Some(group) => Some((names.column("group_by", &group.column)?, group.within_rows)),
            None => None,
        };
        Ok(Self { channel, group_by, events: names.events(&mapping.events)? })
    }
}
