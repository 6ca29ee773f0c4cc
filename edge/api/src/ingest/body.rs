//! Request bodies: decompressed and bounded, so that no request makes us hold more than its limit.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::Refused;

/// The magic number every gzip member begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The body as text bytes. Gzip is recognised by `Content-Encoding` or by its first bytes, because
/// some clients compress without saying so; stops as soon as the limit is passed.
pub fn plain<'a>(
    body: &'a [u8],
    content_encoding: Option<&str>,
    bytes_max: usize,
) -> Result<Cow<'a, [u8]>, Refused> {
    let named = content_encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("gzip"));
    if !body.starts_with(&GZIP_MAGIC) {
        return match named && !body.is_empty() {
            true => Err(Refused::Gzip("it does not begin like gzip".into())),
            false if body.len() > bytes_max => Err(Refused::TooLarge(bytes_max)),
            false => Ok(Cow::Borrowed(body)),
        };
    }
    let mut text = Vec::with_capacity((body.len() * 4).min(bytes_max + 1));
    let mut decoder = MultiGzDecoder::new(body).take(bytes_max as u64 + 1);
    decoder.read_to_end(&mut text).map_err(|error| Refused::Gzip(error.to_string()))?;
    if text.len() > bytes_max { Err(Refused::TooLarge(bytes_max)) } else { Ok(Cow::Owned(text)) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_recognised_with_and_without_its_header() {
        let packed = gzip(b"{\"batch\":[]}");
        assert_eq!(&*plain(&packed, Some("gzip"), 1000).unwrap(), b"{\"batch\":[]}");
        assert_eq!(&*plain(&packed, None, 1000).unwrap(), b"{\"batch\":[]}");
        assert_eq!(&*plain(b"{}", None, 1000).unwrap(), b"{}");
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let bomb = gzip(&vec![b' '; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(plain(&bomb, Some("gzip"), 500 * 1024), Err(Refused::TooLarge(500 * 1024)));
        assert_eq!(plain(&[b'x'; 20], None, 10), Err(Refused::TooLarge(10)));
    }

    #[test]
    fn a_broken_stream_is_refused() {
        let mut packed = gzip(&[b'x'; 1000]);
        packed.truncate(packed.len() - 9);
        assert!(matches!(plain(&packed, Some("gzip"), 5000), Err(Refused::Gzip(_))));
        assert!(matches!(plain(b"{}", Some("gzip"), 5000), Err(Refused::Gzip(_))));
    }
}
