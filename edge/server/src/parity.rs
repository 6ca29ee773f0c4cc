//! `throughline parity`: the same customers and products, asked for in the name of every channel; any difference is told.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context, bail};
use api::resources::prices::DOORS;
use serde_json::{Value, json};

use crate::cli;
use crate::import::Remote;

/// Products of one question.
const PRODUCTS_AT_ONCE: usize = 100;

/// A difference between two channels.
#[derive(Debug, PartialEq)]
pub struct Difference {
    pub customer: String,
    pub channel: &'static str,
    pub what: String,
    pub there: Value,
    pub elsewhere: Value,
}

/// Asks and tells; fails when there is a difference.
pub async fn run(parity: &cli::Parity) -> Result<ExitCode, anyhow::Error> {
    let mut remote = Remote::at(&parity.server, &parity.token)?;
    let customers = customers(&parity.customer)?;
    let (products, placements) = wanted(&mut remote, parity).await?;
    let mut differences = Vec::new();
    let mut compared = 0;
    for (name, identifiers) in &customers {
        let mut first = None;
        for channel in DOORS {
            let mut answers = Vec::new();
            for products in products.chunks(PRODUCTS_AT_ONCE) {
                let body = json!({
                    "identifiers": identifiers, "channel": channel, "placements": placements,
                    "products": products, "record": false,
                });
                answers.push(remote.post("/v1/context", &body).await?);
            }
            compared += products.len() + placements.len();
            match &first {
                None => first = Some((channel, answers)),
                Some((_, there)) => differences.extend(compare(name, channel, there, &answers)),
            }
        }
    }
    for found in &differences {
        let Difference { customer, channel, what, there, elsewhere } = found;
        println!("{customer}: {what} is {there} on {} and {elsewhere} on {channel}", DOORS[0]);
    }
    println!(
        "{} customers, {} products, {} placements, {} channels: {compared} answers, {} differences",
        customers.len(),
        products.len(),
        placements.len(),
        DOORS.len(),
        differences.len()
    );
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What two channels were told that is not the same.
pub fn compare(customer: &str, channel: &'static str, there: &[Value], here: &[Value]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (there, here) in there.iter().zip(here) {
        for (list, key) in [("prices", "product"), ("offers", "placement")] {
            let (ours, theirs) = (items(&there[list]), items(&here[list]));
            for place in 0..ours.len().max(theirs.len()) {
                let at = |items: &[Value]| items.get(place).cloned().unwrap_or_default();
                let (there, elsewhere) = (at(ours), at(theirs));
                if there != elsewhere {
                    let named = if there.is_null() { &elsewhere } else { &there };
                    let what = format!("{list} of {}", named[key].as_str().unwrap_or_default());
                    differences.push(Difference {
                        customer: customer.into(),
                        channel,
                        what,
                        there,
                        elsewhere,
                    });
                }
            }
        }
    }
    differences
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// A customer as named on the command line, and its identifiers by namespace.
type Named = (String, BTreeMap<String, String>);

fn customers(named: &[String]) -> Result<Vec<Named>, anyhow::Error> {
    let read = |text: &String| {
        let (namespace, value) = text
            .split_once('=')
            .with_context(|| format!("`{text}` names no customer; write it as `email=ada@example.com`"))?;
        Ok((text.clone(), BTreeMap::from([(namespace.to_owned(), value.to_owned())])))
    };
    named.iter().map(read).collect()
}

/// The products and placements named, or else all that the catalogue has.
async fn wanted(
    remote: &mut Remote,
    parity: &cli::Parity,
) -> Result<(Vec<Value>, Vec<String>), anyhow::Error> {
    let mut products = parity.product.clone();
    if products.is_empty() {
        let list = remote.get("/api/v1/prices").await?;
        let own = |product: &Value| product["product"].as_str().map(str::to_owned);
        products = items(&list["products"]).iter().filter_map(own).collect();
    }
    let mut placements = parity.placement.clone();
    if placements.is_empty() {
        let list = remote.get("/api/v1/offers").await?;
        let all = items(&list).iter().flat_map(|offer| items(&offer["placements"]));
        placements = all.filter_map(|placement| placement.as_str().map(str::to_owned)).collect();
        placements.sort();
        placements.dedup();
    }
    if products.is_empty() {
        bail!("the catalogue has no prices; name products with --product");
    }
    let asked = [1, 5].into_iter().flat_map(|quantity| {
        products.iter().map(move |product| json!({ "product": product, "quantity": quantity }))
    });
    Ok((asked.collect(), placements))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_found_wherever_it_is() {
        let there =
            [json!({"prices": [{"product": "sofa", "unit": "9.00 EUR"}], "offers": [{"placement": "home"}]})];
        assert_eq!(compare("ada", "store", &there, &there), []);
        let here = [json!({"prices": [{"product": "sofa", "unit": "9.01 EUR"}], "offers": []})];
        let found = compare("ada", "store", &there, &here);
        let what: Vec<&str> = found.iter().map(|found| &*found.what).collect();
        assert_eq!(what, ["prices of sofa", "offers of home"]);
    }

    #[test]
    fn a_customer_is_named_by_an_identifier() {
        let read = customers(&["email=ada@example.com".into()]).unwrap();
        assert_eq!(read[0].1["email"], "ada@example.com");
        assert!(customers(&["ada".into()]).is_err());
    }
}
