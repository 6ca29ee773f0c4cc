//! Schedules: once, or every day, week or month at a time of day, on the brand's clock or on each customer's own.

use model::{LocalTime, TimeOfDay, Timestamp, Weekday, Zone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::compiler::Compiler;

/// As it stands in files: `{at: 2026-12-01T09:00}`, `{every: week, on: [monday], at: "09:00", zone: customer}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleDefinition {
    /// `day`, `week` or `month`; once unless stated.
    #[serde(default)]
    pub every: Option<Every>,
    /// The days of the week, such as `[monday]`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub on: Vec<Weekday>,
    /// The day of the month, 1 to 31; shorter months have it on their last day.
    #[serde(default)]
    pub day: Option<u8>,
    /// The time of day, such as `09:00`; of a schedule that comes once the date too, such as `2026-12-01T09:00`.
    pub at: String,
    /// Whose clock: an IANA zone, or `customer`; the journey's unless stated.
    #[serde(default)]
    pub zone: Option<Clock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Every {
    Day,
    Week,
    Month,
}

/// Whose clock counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The zone in the trait `timezone`; the journey's where there is none.
    Customer,
    Fixed(Zone),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    rhythm: Rhythm,
    clock: Clock,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rhythm {
    Once(LocalTime),
    /// On the days of the list; every day where it is empty.
    Weekdays(Vec<Weekday>, TimeOfDay),
    DayOfMonth(u8, TimeOfDay),
}

impl Schedule {
    pub fn compile(
        definition: &ScheduleDefinition,
        path: &str,
        zone: &Zone,
        compiler: &mut Compiler<'_>,
    ) -> Option<Self> {
        let rhythm = Rhythm::of(definition)
            .map_err(|(field, message, remedy)| {
                compiler.problem(&format!("{path}.{field}"), message, remedy);
            })
            .ok()?;
        let clock = definition.zone.clone().unwrap_or_else(|| Clock::Fixed(zone.clone()));
        Some(Self { rhythm, clock })
    }

    /// The first time after `after`, for a customer in `own`.
    pub fn next(&self, after: Timestamp, own: &Zone) -> Option<Timestamp> {
        let zone = self.clock.zone(own);
        match &self.rhythm {
            Rhythm::Once(local) => zone.instant(*local).filter(|instant| *instant > after),
            Rhythm::Weekdays(days, at) => {
                zone.next(after, *at, |day| days.is_empty() || days.contains(&day.weekday()))
            }
            Rhythm::DayOfMonth(number, at) => zone.next(after, *at, |day| day.is_day_of_month(*number)),
        }
    }

    /// What it says, such as `every monday at 09:00 (customer's time)`.
    pub fn sentence(&self) -> String {
        let when = match &self.rhythm {
            Rhythm::Once(local) => format!("once, {local}"),
            Rhythm::Weekdays(days, at) if days.is_empty() => format!("every day at {at}"),
            Rhythm::Weekdays(days, at) => {
                let days: Vec<&str> = days.iter().map(|day| day.as_str()).collect();
                format!("every {} at {at}", days.join(", "))
            }
            Rhythm::DayOfMonth(number, at) => format!("on day {number} of every month at {at}"),
        };
        format!("{when} ({})", self.clock.sentence())
    }
}

type Wrong = (&'static str, String, &'static str);

impl Rhythm {
    fn of(definition: &ScheduleDefinition) -> Result<Self, Wrong> {
        let at = || definition.at.parse::<TimeOfDay>();
        let at = || at().map_err(|error| ("at", error.to_string(), "Write `at: \"09:00\"`"));
        let only = |field: &'static str, unwanted: bool, every: &str| match unwanted {
            true => Err((field, format!("`{field}` does not go with `every: {every}`"), "Leave it out")),
            false => Ok(()),
        };
        match definition.every {
            None => {
                only("on", !definition.on.is_empty(), "once")?;
                only("day", definition.day.is_some(), "once")?;
                let local = definition.at.parse::<LocalTime>();
                let remedy = "Write `at: 2026-12-01T09:00`, or say how often with `every`";
                local.map(Self::Once).map_err(|error| ("at", error.to_string(), remedy))
            }
            Some(Every::Day) => {
                only("on", !definition.on.is_empty(), "day")?;
                only("day", definition.day.is_some(), "day")?;
                Ok(Self::Weekdays(Vec::new(), at()?))
            }
            Some(Every::Week) => {
                only("day", definition.day.is_some(), "week")?;
                if definition.on.is_empty() {
                    return Err(("on", "no day of the week".into(), "Write `on: [monday]`"));
                }
                Ok(Self::Weekdays(definition.on.clone(), at()?))
            }
            Some(Every::Month) => {
                only("on", !definition.on.is_empty(), "month")?;
                match definition.day {
                    Some(day @ 1..=31) => Ok(Self::DayOfMonth(day, at()?)),
                    Some(day) => Err(("day", format!("there is no day {day}"), "Write 1 to 31")),
                    None => Err(("day", "no day of the month".into(), "Write `day: 1`")),
                }
            }
        }
    }
}

impl Clock {
    /// The zone that counts for a customer in `own`.
    pub fn zone<'a>(&'a self, own: &'a Zone) -> &'a Zone {
        match self {
            Self::Customer => own,
            Self::Fixed(zone) => zone,
        }
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::Customer => "the customer's time".into(),
            Self::Fixed(zone) => zone.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "customer" {
            return Ok(Self::Customer);
        }
        text.parse().map(Self::Fixed).map_err(|error| {
            serde::de::Error::custom(format!("{error}, or `customer` for each customer's own"))
        })
    }
}

impl JsonSchema for Clock {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Clock".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": "An IANA time zone, or `customer`."})
    }
}
