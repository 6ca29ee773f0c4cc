//! Reads as the API does them: the newest page of a thread, a profile, a search.

use std::path::Path;
use std::time::Instant;

use clap::Args;
use model::{Identifier, Namespace};

use crate::events::{Random, Zipf};
use crate::machine::spread;
use crate::place;

#[derive(Args)]
pub struct Settings {
    #[arg(long, default_value_t = 2_000)]
    reads: usize,
    #[arg(long, default_value_t = 1_000_000)]
    customers: u64,
}

pub fn run(folder: &Path, settings: &Settings) {
    let (mut shard, ..) = place::open(folder);
    while !shard.search().is_complete() {
        shard.warm_search().expect("rows can be read");
    }
    let (mut random, zipf) = (Random(7), Zipf::new(settings.customers, 0.99));
    let (mut pages, mut profiles, mut searches, mut items) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..settings.reads {
        let user = format!("user-{:010}", zipf.draw(&mut random));
        let identifier = Identifier { namespace: Namespace::UserId, value: user.as_str().into() };
        let Some(customer) = shard.view().find(&identifier).expect("rows can be read") else { continue };
        let begun = Instant::now();
        let reader = shard.view().thread(customer).expect("rows can be read").expect("the customer is there");
        items += reader.page(None, 50, |_| true).expect("the thread can be read").items.len();
        pages.push(begun.elapsed());
        let begun = Instant::now();
        let engine = shard.view().engine().clone();
        let now = place::now();
        let mut view = shard.view();
        let held = view.customer(customer).expect("rows can be read").expect("the customer is there");
        std::hint::black_box(engine.describe(held, now));
        profiles.push(begun.elapsed());
        let begun = Instant::now();
        let found = shard.search().find(&user[7..], 20);
        assert!(!found.customers.is_empty(), "{user} is found");
        searches.push(begun.elapsed());
    }
    println!("thread page of 50: {} ({} items a page)", spread(pages.clone()), items / pages.len().max(1));
    println!("profile: {}", spread(profiles));
    println!("search by part of an id: {}", spread(searches));
}
