//! Keyed hashes for indexes: SipHash-2-4 with 128 bits under the workspace's index key.

use std::hash::Hasher;

use model::{Identifier, IdentifierHash, MessageHash, Namespace, SourceId};
use siphasher::sip128::{Hasher128, SipHasher24};

/// First byte of what is hashed, so that no identifier and no message id hash alike.
const IDENTIFIER: u8 = 1;
const MESSAGE: u8 = 2;

pub(crate) fn identifier_hash(key: &[u8; 16], identifier: &Identifier) -> IdentifierHash {
    let (namespace, system): (u8, &str) = match &identifier.namespace {
        Namespace::AnonymousId => (0, ""),
        Namespace::UserId => (1, ""),
        Namespace::Email => (2, ""),
        Namespace::Phone => (3, ""),
        Namespace::DeviceId => (4, ""),
        Namespace::External(system) => (5, system),
    };
    let mut hasher = SipHasher24::new_with_key(key);
    // A system's name is at most 40 bytes long, so one byte keeps its end apart from the value's beginning.
    hasher.write(&[IDENTIFIER, namespace, system.len() as u8]);
    hasher.write(system.as_bytes());
    hasher.write(identifier.value.as_bytes());
    IdentifierHash(hasher.finish128().as_u128())
}

pub(crate) fn message_hash(key: &[u8; 16], source: SourceId, message_id: &str) -> MessageHash {
    let [low, high] = source.0.to_le_bytes();
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(&[MESSAGE, low, high]);
    hasher.write(message_id.as_bytes());
    MessageHash(hasher.finish128().as_u128())
}
