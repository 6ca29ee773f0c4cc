//! Days written out, in the words of a language: weekdays, months and their order as the Unicode CLDR has them (full date
//! format of the Gregorian calendar, release 45; Unicode License v3). Months are in the form they have within a date.

use jiff::civil::Date;

/// The language of a text that names none.
const DEFAULT: &str = "en";

struct Words {
    language: &'static str,
    /// From Monday.
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
    /// `{weekday}`, `{day}`, `{month}` and `{year}` in their order.
    pattern: &'static str,
}

const LANGUAGES: [Words; 11] = [
    Words {
        language: "en",
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        pattern: "{weekday}, {day} {month} {year}",
    },
    Words {
        language: "de",
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        pattern: "{weekday}, {day}. {month} {year}",
    },
    Words {
        language: "fr",
        weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        pattern: "{weekday} {day} {month} {year}",
    },
    Words {
        language: "es",
        weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        pattern: "{weekday}, {day} de {month} de {year}",
    },
    Words {
        language: "it",
        weekdays: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        pattern: "{weekday} {day} {month} {year}",
    },
    Words {
        language: "pt",
        weekdays: [
            "segunda-feira",
            "terça-feira",
            "quarta-feira",
            "quinta-feira",
            "sexta-feira",
            "sábado",
            "domingo",
        ],
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        pattern: "{weekday}, {day} de {month} de {year}",
    },
    Words {
        language: "nl",
        weekdays: ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        pattern: "{weekday} {day} {month} {year}",
    },
    Words {
        language: "sv",
        weekdays: ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
        months: [
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ],
        pattern: "{weekday} {day} {month} {year}",
    },
    Words {
        language: "da",
        weekdays: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"],
        months: [
            "januar",
            "februar",
            "marts",
            "april",
            "maj",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "december",
        ],
        pattern: "{weekday} den {day}. {month} {year}",
    },
    Words {
        language: "nb",
        weekdays: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"],
        months: [
            "januar",
            "februar",
            "mars",
            "april",
            "mai",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "desember",
        ],
        pattern: "{weekday} {day}. {month} {year}",
    },
    Words {
        language: "pl",
        weekdays: ["poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"],
        months: [
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ],
        pattern: "{weekday}, {day} {month} {year}",
    },
];

/// A day written out in a language such as `de` or `de-AT`; in English where the language is none of these.
pub(crate) fn written(date: Date, language: Option<&str>) -> String {
    let language = language.unwrap_or(DEFAULT).split('-').next().unwrap_or(DEFAULT);
    // Norwegian without its written form is Bokmål.
    let language = if language == "no" { "nb" } else { language };
    let words = LANGUAGES.iter().find(|words| words.language == language).unwrap_or(&LANGUAGES[0]);
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(date.month() - 1).unwrap_or_default();
    words
        .pattern
        .replace("{weekday}", words.weekdays[weekday])
        .replace("{day}", &date.day().to_string())
        .replace("{month}", words.months[month])
        .replace("{year}", &date.year().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_the_language_writes_it() {
        let date: Date = "2026-03-14".parse().unwrap();
        let all: Vec<String> = LANGUAGES.iter().map(|words| written(date, Some(words.language))).collect();
        assert_eq!(
            all,
            [
                "Saturday, 14 March 2026",
                "Samstag, 14. März 2026",
                "samedi 14 mars 2026",
                "sábado, 14 de marzo de 2026",
                "sabato 14 marzo 2026",
                "sábado, 14 de março de 2026",
                "zaterdag 14 maart 2026",
                "lördag 14 mars 2026",
                "lørdag den 14. marts 2026",
                "lørdag 14. mars 2026",
                "sobota, 14 marca 2026",
            ]
        );
        assert_eq!(written(date, Some("de-AT")), "Samstag, 14. März 2026");
        assert_eq!(written(date, Some("tlh")), written(date, None));
    }
}
