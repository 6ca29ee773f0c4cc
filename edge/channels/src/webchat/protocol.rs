//! What travels: JSON objects with one field, whose name says what it is.

use model::{ConversationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::SessionId;

/// The longest message a customer may write.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// The longest frame worth parsing.
pub const FRAME_BYTES_MAX: usize = 32 * 1024;
/// The longest id a browser may give a message; ours have 36 characters.
pub const MESSAGE_ID_BYTES_MAX: usize = 100;

/// From the browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    Hello(Hello),
    Say(Said),
    /// The customer is typing. Shown to agents, kept nowhere.
    Typing {},
    /// The answer to [`ServerFrame::Alive`].
    Alive {},
}

/// The first frame of each connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// From the last `welcome`; absent for a browser that has never been here.
    #[serde(default)]
    pub token: Option<String>,
    /// The number of the newest message it has; 0 for none.
    #[serde(default)]
    pub last_seen: u64,
    /// The page's own anonymous id, taken once, when the session begins.
    #[serde(default)]
    pub anonymous_id: Option<String>,
    /// From the link of a message, `tl_continue`.
    #[serde(default, rename = "continue")]
    pub continues: Option<String>,
}

/// Something the customer wrote, or chose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// Made by the browser and the same when it sends again: becomes the event's message id.
    pub id: String,
    pub text: String,
}

/// To the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`: who the browser is, and every message after `last_seen`.
    Welcome {
        session: SessionId,
        token: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
        missed: Vec<ShownMessage>,
        /// More messages were missed than one frame holds; older ones are not shown.
        #[serde(skip_serializing_if = "is_false")]
        cut: bool,
    },
    Message(ShownMessage),
    /// What the browser said is durable. It need not be sent again.
    Ack {
        id: String,
    },
    Error {
        code: ErrorCode,
        /// The message it is about, if it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        text: String,
    },
    /// An agent types. Nothing says that they stopped: it is over after some seconds, or with their message.
    Typing {
        name: String,
    },
    /// Is anybody there? A browser that hears nothing for long knows that the connection is dead.
    Alive {},
}

/// One message of the thread as chat shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownMessage {
    /// Rises along the customer's thread, is the same in every replay and different for each message:
    /// the place of its record in the ledger and its place among what that record caused, in one
    /// number below 2⁵³, because browsers count in doubles.
    pub number: u64,
    pub from: Author,
    /// The agent's name, where one wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    pub time: Timestamp,
    /// The browser's own id of a message that a customer wrote, by which it knows it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The article that the text is; it is Markdown then, and plain words otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Customer,
    Bot,
    Agent,
}

impl Author {
    /// Who wrote what is not the customer's: an agent, or the bot.
    pub fn of(agent: Option<&str>) -> Self {
        if agent.is_some() { Self::Agent } else { Self::Bot }
    }
}

/// What a browser should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Send it again, later.
    Later,
    /// Sending it again will not help.
    Invalid,
    /// The token or link does not work; go on as a new visitor.
    Expired,
    /// The server is stopping; come back.
    Closing,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Why a frame cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidFrame {
    #[error("the frame has {0} bytes; at most {FRAME_BYTES_MAX} are read")]
    Long(usize),
    #[error("the frame is none of hello, say, typing, alive: {0}")]
    Json(String),
}

impl ClientFrame {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidFrame> {
        if text.len() > FRAME_BYTES_MAX {
            return Err(InvalidFrame::Long(text.len()));
        }
        serde_json::from_str(text).map_err(|error| InvalidFrame::Json(error.to_string()))
    }
}

impl ServerFrame {
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("these shapes have only text keys")
    }
}

impl Said {
    /// What is wrong with a message, in words for whoever embeds the chat.
    pub(super) fn fault(&self) -> Option<String> {
        let chars = self.text.chars().count();
        let id = &self.id;
        if !(1..=MESSAGE_ID_BYTES_MAX).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic())
        {
            Some(format!("`id` must have 1 to {MESSAGE_ID_BYTES_MAX} printable ASCII characters"))
        } else if self.text.trim().is_empty() {
            Some("`text` is empty".into())
        } else if chars > TEXT_CHARS_MAX {
            Some(format!("`text` has {chars} characters; at most {TEXT_CHARS_MAX} are taken"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frames_are_read_as_documented() {
        let hello = ClientFrame::parse(r#"{"hello":{"token":"t","last_seen":7,"continue":"c"}}"#).unwrap();
        let expected =
            Hello { token: Some("t".into()), last_seen: 7, anonymous_id: None, continues: Some("c".into()) };
        assert_eq!(hello, ClientFrame::Hello(expected));
        assert_eq!(ClientFrame::parse(r#"{"hello":{}}"#).unwrap(), ClientFrame::Hello(Hello::default()));
        assert_eq!(ClientFrame::parse(r#"{"typing":{}}"#).unwrap(), ClientFrame::Typing {});
        for wrong in ["", "[]", "{}", r#"{"shout":{}}"#, r#"{"say":{"id":1}}"#, r#"{"say":{},"typing":{}}"#] {
            assert!(matches!(ClientFrame::parse(wrong), Err(InvalidFrame::Json(_))), "{wrong}");
        }
        assert_eq!(ClientFrame::parse(&" ".repeat(40_000)), Err(InvalidFrame::Long(40_000)));
    }

    #[test]
    fn server_frames_are_written_as_documented() {
        let message = ShownMessage {
            number: 12,
            from: Author::Bot,
            name: None,
            text: "Which size?".into(),
            choices: vec!["55".into()],
            time: Timestamp(0),
            id: None,
            article: None,
        };
        assert_eq!(
            ServerFrame::Message(message).to_text(),
            r#"{"message":{"number":12,"from":"bot","text":"Which size?","choices":["55"],"time":"1970-01-01T00:00:00.000Z"}}"#
        );
        assert_eq!(ServerFrame::Ack { id: "m1".into() }.to_text(), r#"{"ack":{"id":"m1"}}"#);
        assert_eq!(ServerFrame::Typing { name: "Mara".into() }.to_text(), r#"{"typing":{"name":"Mara"}}"#);
        assert_eq!(ServerFrame::Alive {}.to_text(), r#"{"alive":{}}"#);
        let error = ServerFrame::Error { code: ErrorCode::Later, id: None, text: "x".into() };
        assert_eq!(error.to_text(), r#"{"error":{"code":"later","text":"x"}}"#);
    }

    #[test]
    fn what_cannot_be_said_is_named() {
        let fault = |id: &str, text: &str| Said { id: id.into(), text: text.into() }.fault();
        assert_eq!(fault("m1", "hello"), None);
        assert!(fault("", "hello").unwrap().starts_with("`id`"));
        assert!(fault("ä", "hello").unwrap().starts_with("`id`"));
        assert!(fault("m1", " \n").unwrap().contains("empty"));
        assert!(fault("m1", &"ä".repeat(4_001)).unwrap().contains("4001"));
        assert_eq!(fault("m1", &"ä".repeat(4_000)), None);
    }
}
