//! Embeds the demo's catalogue and purchases, so that the demo runs wherever the binary is.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    let catalogue = manifest.join("../../catalogue");
    println!("cargo:rerun-if-changed={}", catalogue.display());
    let mut files = Vec::new();
    collect(&catalogue, &catalogue, &mut files);
    files.sort();
    let mut list = String::from(
        "/// The demo brand's definitions: path and text.\nstatic CATALOGUE: &[(&str, &str)] = &[\n",
    );
    for (name, path) in files {
        let _ = writeln!(list, "    ({name:?}, include_str!({:?})),", path.display().to_string());
    }
    list.push_str("];\n");
    for (name, file) in [("CDNOW_SAMPLE", "CDNOW_sample.txt"), ("CDNOW_MAPPING", "mapping.yaml")] {
        let path = catalogue.join("data/cdnow").join(file);
        let _ = writeln!(list, "static {name}: &str = include_str!({:?});", path.display().to_string());
    }
    std::fs::write(out.join("catalogue.rs"), list).expect("the build folder can be written");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let below = path.strip_prefix(root).expect("it was found there");
        if path.is_dir() {
            if below != Path::new("data") && below != Path::new("tests") {
                collect(root, &path, files);
            }
        } else if path
            .extension()
            .is_some_and(|extension| ["yaml", "md", "mjml"].iter().any(|own| extension == *own))
        {
            files.push((below.display().to_string(), path.clone()));
        }
    }
}
