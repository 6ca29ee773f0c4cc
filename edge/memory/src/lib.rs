//! The allocator of the server, and how long it keeps what is freed.
//!
//! Events are allocated on one thread and freed on another all the time, which mimalloc is made for. As it comes, it gives
//! memory back to the system a second after it was freed. A checkpoint frees hundreds of megabytes that the next records
//! take again, and a page taken anew is a fault and has to be cleared, on a virtual machine often twice. Kept, the same
//! memory costs nothing; what that brings is in `docs/performance.md`.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Command;

pub use mimalloc::MiMalloc as Allocator;

/// The allocator's own setting: how long freed memory is kept, in milliseconds; negative for good.
const KEPT: &str = "MIMALLOC_PURGE_DELAY";
/// Longer than from one checkpoint to the next under load, short enough that an import at noon is forgotten by one.
const KEPT_MS: &str = "600000";

/// Has the allocator keep freed memory for ten minutes, or for as long as `MIMALLOC_PURGE_DELAY` says. To be called first
/// of all: the allocator reads its settings before `main` and never again, so the program is begun a second time, in the
/// same process, with the setting in its environment. Where the system does not allow that it goes on without.
pub fn keep_freed() {
    if std::env::var_os(KEPT).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next();
    let mut again = Command::new(&program);
    again.arg0(name.as_deref().unwrap_or(OsStr::new(&program))).args(arguments).env(KEPT, KEPT_MS);
    // It returns only where it failed.
    let _ = again.exec();
}
