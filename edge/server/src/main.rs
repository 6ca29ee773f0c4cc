//! The `throughline` binary.

mod config;
mod import;

fn main() {
    print!("{}", config::reference());
    print!("{}", config::example());
    let _ = config::load(None, std::env::vars(), config::Overrides::new());
}
