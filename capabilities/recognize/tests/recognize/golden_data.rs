//! Against libphonenumber's own answers (`data/README.md`).

use flate2::read::GzDecoder;
use model::Namespace;
use recognize::{IdentityRules, InvalidIdentifier, InvalidPhone};

#[test]
fn telephone_numbers_agree_with_libphonenumber() {
    let golden = GzDecoder::new(&include_bytes!("../../data/phone_golden.csv.gz")[..]);
    let (mut rows, mut agree, mut differ) = (0, 0, Vec::new());
    for row in csv::Reader::from_reader(golden).records() {
        let row = row.unwrap();
        let (region, input, e164, extension, valid) = (&row[1], &row[2], &row[3], &row[9], &row[11] == "1");
        let rules = IdentityRules { default_region: region.parse().ok(), ..IdentityRules::default() };
        let key = rules.normalise(&Namespace::Phone, input);
        let wanted = (valid && extension.is_empty()).then_some(e164);
        rows += 1;
        if key.as_ref().ok().map(|key| &*key.value) == wanted {
            agree += 1;
        } else {
            differ.push(format!("{input} in `{region}`: {key:?} instead of {wanted:?}"));
        }
        if !extension.is_empty() && valid {
            assert_eq!(key, Err(InvalidIdentifier::Phone(InvalidPhone::Extension)), "{input}");
        }
    }
    // The metadata is one version apart from the golden file's.
    assert!(rows > 3_600 && rows - agree <= 5, "{} of {rows} differ: {differ:#?}", rows - agree);
}
