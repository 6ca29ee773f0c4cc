//! The studio, the shop page of the demo and the browser SDK, embedded in the binary.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use ring::digest::{SHA256, digest};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Where pages come from.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// A folder to read the studio from instead of the binary.
    pub studio_dir: Option<PathBuf>,
}

/// Files whose names change with their content.
const HASHED: &str = "assets/";

impl Pages {
    /// The file at a path; paths of the studio's own pages give its start page.
    pub fn answer(&self, path: &str) -> Response<Body> {
        let path = path.trim_start_matches('/');
        if let Some(name) = path.strip_prefix("sdk/") {
            return match embedded("sdk", name) {
                Some(bytes) => file(name, Cow::Borrowed(bytes), "public, max-age=300", true),
                None => StatusCode::NOT_FOUND.into_response(),
            };
        }
        let name = if path.is_empty() { "index.html" } else { path };
        if let Some(bytes) = self.studio(name) {
            let caching =
                if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
            return file(name, bytes, caching, false);
        }
        // A page of the studio; a missing file must not look like one.
        match name.rsplit('/').next().unwrap_or_default().contains('.') {
            true => StatusCode::NOT_FOUND.into_response(),
            false => match self.studio("index.html") {
                Some(bytes) => file("index.html", bytes, "no-cache", false),
                None => file("index.html", Cow::Borrowed(PLACEHOLDER.as_bytes()), "no-cache", false),
            },
        }
    }

    fn studio(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match &self.studio_dir {
            None => embedded("studio", name).map(Cow::Borrowed),
            Some(folder) => {
                let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
                inside.then(|| std::fs::read(folder.join(name)).ok()).flatten().map(Cow::Owned)
            }
        }
    }
}

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Throughline</title><body><p>The studio is not part of this build. Run <code>npm ci &amp;&amp; npm run build</code> in <code>studio/</code>, or <code>cargo xtask build</code>, and build the server again.</p></body></html>";

fn embedded(package: &str, name: &str) -> Option<&'static [u8]> {
    ASSETS.iter().find(|(of, path, _)| *of == package && *path == name).map(|(_, _, bytes)| *bytes)
}

fn file(name: &str, bytes: Cow<'static, [u8]>, caching: &'static str, shared: bool) -> Response<Body> {
    let tag: String =
        digest(&SHA256, &bytes).as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut response = Response::new(match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    });
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(ETAG, tag);
    }
    if shared {
        // The widget and the snippet run on the brand's own pages.
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        _ => "application/octet-stream",
    }
}

/// Headers of every page: what it may load, and that nobody else may frame it.
pub const PAGE_HEADERS: [(HeaderName, &str); 4] = [
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' ws: wss:; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
    ),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("x-frame-options"), "SAMEORIGIN"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_studio_fall_back_and_missing_files_do_not() {
        let pages = Pages::default();
        assert_eq!(pages.answer("/customers/cus_1").status(), StatusCode::OK);
        assert_eq!(pages.answer("/assets/none.js").status(), StatusCode::NOT_FOUND);
        assert_eq!(pages.answer("/sdk/none.js").status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_folder_gives_only_what_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("secret.txt"), "no").unwrap();
        std::fs::write(folder.path().join("dist/index.html"), "yes").unwrap();
        let pages = Pages { studio_dir: Some(folder.path().join("dist")) };
        assert_eq!(pages.answer("/").status(), StatusCode::OK);
        assert_eq!(pages.answer("/../secret.txt").status(), StatusCode::NOT_FOUND);
        assert_eq!(pages.answer("//etc/hosts.txt").status(), StatusCode::NOT_FOUND);
    }
}
