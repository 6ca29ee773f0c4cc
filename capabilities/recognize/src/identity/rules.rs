//! Guards: what each namespace of identifiers may do, as `identity.yaml` sets it.

use std::collections::BTreeMap;

use model::Namespace;

use super::Claim;
use crate::normalise::Region;

/// The guards of one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceRule {
    /// How many different values one customer may have; 1 for a unique namespace.
    pub max: u16,
    /// An event belongs to the strand of its identifier of the highest priority.
    pub priority: u8,
    /// Values that name nobody, beside the built-in placeholders, in lower case.
    pub blocked: Vec<Box<str>>,
}

/// The guards of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRules {
    pub default_region: Option<Region>,
    pub anonymous_id: NamespaceRule,
    pub user_id: NamespaceRule,
    pub email: NamespaceRule,
    pub phone: NamespaceRule,
    pub device_id: NamespaceRule,
    /// For systems that are not in `systems`.
    pub external: NamespaceRule,
    pub systems: BTreeMap<Box<str>, NamespaceRule>,
}

impl Default for IdentityRules {
    fn default() -> Self {
        let rule = |max, priority| NamespaceRule { max, priority, blocked: Vec::new() };
        Self {
            default_region: None,
            user_id: rule(1, 100),
            external: rule(5, 80),
            email: rule(5, 60),
            phone: rule(5, 50),
            device_id: rule(20, 20),
            anonymous_id: rule(50, 10),
            systems: BTreeMap::new(),
        }
    }
}

impl IdentityRules {
    pub fn rule(&self, namespace: &Namespace) -> &NamespaceRule {
        match namespace {
            Namespace::AnonymousId => &self.anonymous_id,
            Namespace::UserId => &self.user_id,
            Namespace::Email => &self.email,
            Namespace::Phone => &self.phone,
            Namespace::DeviceId => &self.device_id,
            Namespace::External(system) => self.systems.get(system).unwrap_or(&self.external),
        }
    }

    /// Sorts an event's claims as [`super::resolve`] wants them: the strongest first, each once.
    pub fn order(&self, claims: &mut Vec<Claim>) {
        if claims.len() > 1 {
            claims.sort_by(|a, b| {
                let priority = |claim: &Claim| self.rule(&claim.identifier.namespace).priority;
                priority(b).cmp(&priority(a)).then_with(|| a.identifier.cmp(&b.identifier))
            });
            claims.dedup_by(|a, b| a.hash == b.hash);
        }
    }

    /// Whether the workspace blocks this value.
    pub(crate) fn blocks(&self, namespace: &Namespace, value: &str) -> bool {
        let blocked = &self.rule(namespace).blocked;
        !blocked.is_empty() && blocked.iter().any(|entry| **entry == value.to_lowercase())
    }
}

/// Whether an identifier of this namespace makes its customer known by name.
pub(super) fn is_known(namespace: &Namespace) -> bool {
    match namespace {
        Namespace::UserId | Namespace::Email | Namespace::Phone | Namespace::External(_) => true,
        Namespace::AnonymousId | Namespace::DeviceId => false,
    }
}
