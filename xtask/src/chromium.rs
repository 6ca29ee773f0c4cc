//! Chromium for the browser tests: found, or installed through the system's package manager.

use std::path::{Path, PathBuf};

use crate::process::{Failure, Program, failure, find};
use crate::repository::Repository;

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const MAC: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const REMEDY: &str = "install Chromium with the system's package manager (Debian: `apt-get install chromium`; \
    Fedora: `dnf install chromium`; Arch: `pacman -S chromium`; macOS: `brew install --cask chromium`) \
    or name a Chrome or Chromium in the environment variable CHROMIUM";

/// The browser, installed first where it is missing and that is permitted.
pub fn require(repository: &Repository) -> Result<PathBuf, Failure> {
    if let Some(path) = present()? {
        return Ok(path);
    }
    println!("   Chromium is missing; trying the system's package manager");
    install(repository)?;
    present()?.ok_or_else(|| failure(format!("Chromium is still missing after the installation: {REMEDY}")))
}

/// The browser, if there is one.
pub fn present() -> Result<Option<PathBuf>, Failure> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(named);
        if !path.is_file() {
            return Err(failure(format!("CHROMIUM names `{}`, which is no file: {REMEDY}", path.display())));
        }
        return Ok(Some(path));
    }
    let on_path = NAMES.into_iter().find_map(find);
    Ok(on_path.or_else(|| MAC.into_iter().map(PathBuf::from).find(|path| path.is_file())))
}

fn install(repository: &Repository) -> Result<(), Failure> {
    let root = &repository.root;
    if find("brew").is_some() {
        return Program::new("brew", &["install", "--cask", "chromium"], root).run();
    }
    if !is_root(root) {
        return Err(failure(format!("Chromium is missing and only root may install it: {REMEDY}")));
    }
    if find("apt-get").is_some() {
        apt(root, &["update"])?;
        // Ubuntu's `chromium-browser` is a wrapper around a snap, so Debian's name goes first.
        return apt(root, &["install", "--yes", "--no-install-recommends", "chromium"])
            .or_else(|_| apt(root, &["install", "--yes", "--no-install-recommends", "chromium-browser"]));
    }
    let managers: [(&str, &[&str]); 4] = [
        ("dnf", &["install", "-y", "chromium"]),
        ("pacman", &["-Sy", "--noconfirm", "chromium"]),
        ("apk", &["add", "chromium"]),
        ("zypper", &["--non-interactive", "install", "chromium"]),
    ];
    match managers.into_iter().find(|(name, _)| find(name).is_some()) {
        Some((name, arguments)) => Program::new(name, arguments, root).run(),
        None => Err(failure(format!("Chromium is missing and no known package manager is here: {REMEDY}"))),
    }
}

fn apt(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    Program::new("apt-get", arguments, root).env("DEBIAN_FRONTEND", "noninteractive").run()
}

fn is_root(root: &Path) -> bool {
    Program::new("id", &["-u"], root).output().is_ok_and(|user| user.trim() == "0")
}
