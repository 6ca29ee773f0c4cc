//! The customer's wish: by which channel messages shall come, said by the event `Channel Preferred` or by a trait. It
//! goes before everything but the law.

use minicbor::{Decode, Encode};
use model::{Channel, Event, Note, Purpose, StrandId, Timestamp};

use crate::progress::Progress;
use crate::request::Request;

/// The event by which a customer says it, with `channel` (empty: no wish any more) and perhaps `purpose`.
pub(crate) const CHANNEL_PREFERRED: &str = "Channel Preferred";
/// The same as a trait; what the customer said by an event goes before it.
pub(crate) const PREFERRED_TRAIT: &str = "profile.traits.preferred_channel";

/// What the customer said last about a purpose, or about all that have no wish of their own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Wish {
    #[n(0)]
    pub purpose: Option<Purpose>,
    /// None where the wish was taken back.
    #[n(1)]
    pub channel: Option<Channel>,
    #[n(2)]
    pub strand: StrandId,
    #[n(3)]
    pub time: Timestamp,
}

impl Progress {
    /// Takes in what the customer wishes; the latest counts, whenever it arrives. What names no channel or no purpose
    /// that there is, is no wish.
    pub(crate) fn wish(&mut self, event: &Event, strand: StrandId, requests: &mut Vec<Request>) {
        let said = |name: &str| event.property(name).as_text().map(str::trim).unwrap_or_default().to_owned();
        let (purpose, channel) = (said("purpose"), said("channel"));
        let Ok(channel) = Some(channel).filter(|own| !own.is_empty()).map(|own| own.parse()).transpose()
        else {
            return;
        };
        let named = Purpose::ALL.into_iter().find(|own| own.as_str() == purpose);
        if named.is_none() && !(purpose.is_empty() || purpose == "all") {
            return;
        }
        let time = event.stamp.time;
        let wish = Wish { purpose: named, channel, strand, time };
        let wishes = self.wishes.get_or_insert_default();
        let known = wishes.iter().position(|own| own.purpose == named && own.strand == strand);
        match known {
            Some(place) if wishes[place].time > time => return,
            Some(place) => wishes[place] = wish.clone(),
            None => wishes.push(wish.clone()),
        }
        let note = Note::ChannelPreferred { purpose: named, channel: wish.channel };
        requests.push(Request::Note { strand, note });
    }

    /// The channel the customer wishes for: for the purpose itself, else for all; `None` where nothing was ever said.
    pub(crate) fn wished(&self, purpose: Purpose) -> Option<Option<&Channel>> {
        let said = |about: Option<Purpose>| {
            let wishes = self.wishes.iter().flatten().filter(|own| own.purpose == about);
            wishes.max_by_key(|own| (own.time, own.strand)).map(|own| own.channel.as_ref())
        };
        match said(Some(purpose)) {
            Some(Some(channel)) => Some(Some(channel)),
            Some(None) | None => said(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, journey};

    const STEPS: &str = "steps:
  - {id: news, kind: message, channel: best, purpose: marketing, text: News}
  - {id: list, kind: message, channel: [email, sms], text: Your visit}
";

    #[test]
    fn what_the_customer_says_last_goes_first_for_its_purpose_and_then_for_all() {
        check(
            &[&journey(STEPS)],
            Show::Ends,
            r#"10:00:00 phone +4915112345678
               address ada@example.com
               trait preferred_channel=sms
               web does Go
               10:01:00 app does Channel Preferred {"channel":"email"}
               web does Go
               10:02:00 app does Channel Preferred {"channel":"sms","purpose":"marketing"}
               web does Go
               10:03:00 app does Channel Preferred {"channel":"","purpose":"marketing"}
               web does Go
               app does Channel Preferred {"channel":"fax machine"}
               app does Channel Preferred {"channel":"sms","purpose":"fun"}
               10:04:00 app does Channel Preferred {"channel":"sms","purpose":"all"}
               refuses sms
               web does Go"#,
            expect![[r#"
                10:00:00 marketing SMS: News
                10:00:00 service SMS: Your visit
                10:00:00 (The journey “test” ended: its last step was done.)
                10:01:00 marketing e-mail “Test”: News
                10:01:00 service e-mail “Re: Test”: Your visit
                10:01:00 (The journey “test” ended: its last step was done.)
                10:02:00 marketing SMS: News
                10:02:00 service e-mail “Test”: Your visit
                10:02:00 (The journey “test” ended: its last step was done.)
                10:03:00 marketing e-mail “Test”: News
                10:03:00 service e-mail “Re: Test”: Your visit
                10:03:00 (The journey “test” ended: its last step was done.)
                10:04:00 (Held a marketing message by SMS: the customer has not agreed to marketing by SMS.)
                10:04:00 chat: News
                10:04:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:04:00 service e-mail “Test”: Your visit
                10:04:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }
}
