//! Where random bytes come from.

use ring::rand::{SecureRandom, SystemRandom};

use crate::KeysError;

/// A source of random bytes: the system's, or a seeded one in simulated worlds.
pub trait Entropy: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), KeysError>;
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), KeysError> {
        SystemRandom::new().fill(bytes).map_err(|_| KeysError::NoEntropy)
    }
}

/// The same bytes for the same seed; for simulated worlds only.
#[cfg(feature = "simulation")]
#[derive(Debug)]
pub struct SeededEntropy(std::sync::atomic::AtomicU64);

#[cfg(feature = "simulation")]
impl SeededEntropy {
    pub fn new(seed: u64) -> Self {
        Self(seed.into())
    }
}

#[cfg(feature = "simulation")]
impl Entropy for SeededEntropy {
    /// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), KeysError> {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(STEP, std::sync::atomic::Ordering::Relaxed).wrapping_add(STEP);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
