//! Where letters go: the customer's postal address, from traits that the catalogue declares.

use model::PostalAddress;
use rules::{Environment, Program, Scope, Symbols, Wanted};

/// Letters have lines of this many characters at most in the window of an envelope.
const LINE_CHARS_MAX: usize = 60;

/// How each part of an address is found; what the catalogue does not declare is not known of anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Postal {
    name: Option<Program>,
    first_name: Option<Program>,
    last_name: Option<Program>,
    street: Option<Program>,
    postal_code: Option<Program>,
    city: Option<Program>,
    country: Option<Program>,
}

impl Postal {
    pub fn compile(scope: &Scope, symbols: &mut Symbols) -> Self {
        let mut of =
            |name: &str| rules::compile(&format!("profile.traits.{name}"), scope, symbols, Wanted::Any).ok();
        Self {
            name: of("name"),
            first_name: of("first_name"),
            last_name: of("last_name"),
            street: of("street"),
            postal_code: of("postal_code"),
            city: of("city"),
            country: of("country"),
        }
    }

    /// The traits without which there is no address, as far as the catalogue does not declare them.
    pub fn undeclared(&self) -> Vec<&'static str> {
        let needed = [("street", &self.street), ("postal_code", &self.postal_code), ("city", &self.city)];
        needed.into_iter().filter(|(_, program)| program.is_none()).map(|(name, _)| name).collect()
    }

    /// The customer's address, where all of it is known.
    pub fn address(&self, environment: &dyn Environment) -> Option<PostalAddress> {
        let of = |program: &Option<Program>| {
            let value = program.as_ref()?.value(environment).ok()?;
            let text = value.as_text()?.split_whitespace().collect::<Vec<_>>().join(" ");
            let printable = !text.is_empty() && !text.chars().any(char::is_control);
            (printable && text.chars().count() <= LINE_CHARS_MAX).then_some(text)
        };
        let parts = || {
            let parts: Vec<String> =
                [of(&self.first_name), of(&self.last_name)].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        Some(PostalAddress {
            name: of(&self.name).or_else(parts)?,
            street: of(&self.street)?,
            postal_code: of(&self.postal_code)?,
            city: of(&self.city)?,
            country: of(&self.country),
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const CHANNELS: &str = "channels:\n  letter: {cost: 1.10}\n  sms: {cost: 0.07}\n";
    const STEPS: &str = "steps:
  - {id: letter, kind: message, channel: [letter, sms], subject: Your policy, text: \"Dear {{ profile.traits.first_name }}\"}
";

    #[test]
    fn letters_go_to_whole_addresses_only_and_what_comes_back_goes_elsewhere() {
        check(
            &[&journey(STEPS), CHANNELS],
            Show::Ends,
            "10:00:00 phone +4915112345678
             trait first_name=Łucja
             trait street=Hafenstraße 7
             trait postal_code=20457
             web does Go
             trait city=Hamburg
             web does Go
             delivered
             undeliverable moved away
             trait country=Österreich
             web does Go",
            expect![[r#"
                10:00:00 (Held a service message by letter: no address for letter is known.)
                10:00:00 service SMS: Dear Łucja
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 letter to Łucja, Hafenstraße 7, 20457 Hamburg “Your policy”: Dear Łucja
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Dear Łucja
                10:00:00 letter to Łucja, Hafenstraße 7, 20457 Hamburg, ÖSTERREICH “Your policy”: Dear Łucja
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn a_catalogue_that_sends_letters_says_where_they_go() {
        check_problems(
            &[
                &journey("steps:\n  - {id: a, kind: message, channel: letter, text: x}\n"),
                "channels:\n  sms: {cost: 1}\n",
            ],
            expect![[r#"
                journeys/0.yaml: steps.a.channel: messages cannot be sent by `letter`. Use here, best, email, sms, webchat, or declare it in channels.yaml
            "#]],
        );
    }
}
