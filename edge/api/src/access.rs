//! Who may do what: tokens, their permissions, and the extractor by which an operation declares its need.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::{Api, Workspace};

/// What a token may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    CustomersRead,
    CustomersWrite,
    CustomersErase,
    JourneysRead,
    CatalogueRead,
    CatalogueWrite,
    SourcesRead,
    SourcesWrite,
    QuarantineRead,
    QuarantineWrite,
    EffectsRead,
    /// To ask for a customer's context and act in it: answers, decisions, quotes.
    Engage,
    ConversationsRead,
    ConversationsWrite,
}

impl Permission {
    pub const ALL: [Self; 14] = [
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::CustomersErase,
        Self::JourneysRead,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::SourcesRead,
        Self::SourcesWrite,
        Self::QuarantineRead,
        Self::QuarantineWrite,
        Self::EffectsRead,
        Self::Engage,
        Self::ConversationsRead,
        Self::ConversationsWrite,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomersRead => "customers_read",
            Self::CustomersWrite => "customers_write",
            Self::CustomersErase => "customers_erase",
            Self::JourneysRead => "journeys_read",
            Self::CatalogueRead => "catalogue_read",
            Self::CatalogueWrite => "catalogue_write",
            Self::SourcesRead => "sources_read",
            Self::SourcesWrite => "sources_write",
            Self::QuarantineRead => "quarantine_read",
            Self::QuarantineWrite => "quarantine_write",
            Self::EffectsRead => "effects_read",
            Self::Engage => "engage",
            Self::ConversationsRead => "conversations_read",
            Self::ConversationsWrite => "conversations_write",
        }
    }
}

/// A token as it is kept: by its hash only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    pub workspace: String,
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    pub permissions: BTreeSet<Permission>,
}

/// The SHA-256 of a secret.
pub fn hash(secret: &str) -> [u8; 32] {
    digest(&SHA256, secret.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The same in hexadecimal.
pub fn hash_hex(secret: &str) -> String {
    let digits = hash(secret).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A type for each permission, so that a handler's signature says what it needs.
pub trait Permit: Send + Sync + 'static {
    /// `None`: any valid token will do.
    const PERMISSION: Option<Permission>;
}

/// Declares the types.
macro_rules! permits {
    ($($name:ident => $permission:expr),* $(,)?) => { $(
        #[derive(Debug)]
        pub struct $name;
        impl Permit for $name {
            const PERMISSION: Option<Permission> = $permission;
        }
    )* };
}

permits! {
    AnyToken => None,
    ReadCustomers => Some(Permission::CustomersRead),
    WriteCustomers => Some(Permission::CustomersWrite),
    EraseCustomers => Some(Permission::CustomersErase),
    ReadJourneys => Some(Permission::JourneysRead),
    ReadCatalogue => Some(Permission::CatalogueRead),
    WriteCatalogue => Some(Permission::CatalogueWrite),
    ReadSources => Some(Permission::SourcesRead),
    WriteSources => Some(Permission::SourcesWrite),
    ReadQuarantine => Some(Permission::QuarantineRead),
    WriteQuarantine => Some(Permission::QuarantineWrite),
    ReadEffects => Some(Permission::EffectsRead),
    Engage => Some(Permission::Engage),
    ReadConversations => Some(Permission::ConversationsRead),
    WriteConversations => Some(Permission::ConversationsWrite),
}

/// The caller, who holds the permission `P`, and the workspace of their token: the only one they can reach.
#[derive(Debug)]
pub struct Needs<P> {
    pub workspace: Arc<Workspace>,
    pub token: Token,
    permit: PhantomData<P>,
}

impl<P: Permit> FromRequestParts<Api> for Needs<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let secret = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim());
        let Some(token) = secret.and_then(|secret| api.token(&hash_hex(secret))) else {
            return Err(Problem::unauthorized());
        };
        if let Some(needed) = P::PERMISSION
            && !token.permissions.contains(&needed)
        {
            return Err(Problem::forbidden(needed));
        }
        let workspace = api.workspace(&token.workspace).ok_or_else(Problem::unauthorized)?;
        Ok(Self { workspace, token, permit: PhantomData })
    }
}
