//! Lists the built studio and SDK for embedding. What is not built is left out, so that a plain `cargo build` works.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    let mut list = String::from(
        "/// Package, path below its `dist`, content.\nstatic ASSETS: &[(&str, &str, &[u8])] = &[\n",
    );
    for package in ["studio", "sdk"] {
        let dist = manifest.join("../..").join(package).join("dist");
        println!("cargo:rerun-if-changed={}", dist.display());
        let mut files = Vec::new();
        collect(&dist, &mut files);
        files.sort();
        for file in files {
            let name = file.strip_prefix(&dist).expect("it was found there").display().to_string();
            let _ = writeln!(
                list,
                "    ({package:?}, {name:?}, include_bytes!({:?})),",
                file.display().to_string()
            );
        }
    }
    list.push_str("];\n");
    std::fs::write(out.join("assets.rs"), list).expect("the build folder can be written");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
