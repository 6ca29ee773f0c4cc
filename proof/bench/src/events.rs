//! The events of the benchmarks: `track` calls of about 485 bytes with two identifiers, customers by Zipf's law.

use model::Timestamp;

/// SplitMix64: small, and good enough for a load.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Zipf's law over `1..=n`, by the approximation of Gray et al., "Quickly Generating Billion-Record Synthetic
/// Databases" (SIGMOD 1994), as YCSB uses it.
#[derive(Clone)]
pub struct Zipf {
    n: f64,
    theta: f64,
    zeta: f64,
    eta: f64,
}

impl Zipf {
    pub fn new(n: u64, theta: f64) -> Self {
        let zeta_of = |count: u64| (1..=count).map(|rank| (rank as f64).powf(-theta)).sum::<f64>();
        let zeta = zeta_of(n);
        let n = n as f64;
        let eta = (1.0 - (2.0 / n).powf(1.0 - theta)) / (1.0 - zeta_of(2) / zeta);
        Self { n, theta, zeta, eta }
    }

    /// A rank from 0; 0 is the most frequent.
    pub fn draw(&self, random: &mut Random) -> u64 {
        let unit = random.unit();
        let scaled = unit * self.zeta;
        if scaled < 1.0 {
            return 0;
        }
        if scaled < 1.0 + 0.5f64.powf(self.theta) {
            return 1;
        }
        (self.n * (self.eta * unit - self.eta + 1.0).powf(1.0 / (1.0 - self.theta))) as u64
    }
}

const NAMES: [&str; 8] = [
    "Product Viewed",
    "Product Added",
    "Product Clicked",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
    "Product List Viewed",
    "Products Searched",
];

/// The body of the `number`-th event, of `customer`.
pub fn body(number: u64, customer: u64, random: &mut Random) -> String {
    let name = NAMES[(random.next() % 8) as usize];
    let product = random.next() % 10_000;
    let price = 1 + random.next() % 500;
    format!(
        concat!(
            r#"{{"type":"track","event":"{name}","messageId":"node-next-{number:014}-6f1c9f0e","userId":"user-{customer:010}","#,
            r#""anonymousId":"anon-{customer:010}-3c1a-4f6e","timestamp":"{time}","#,
            r#""properties":{{"product_id":"p-{product:05}","sku":"sku-{product:05}-eu","category":"living-room","#,
            r#""name":"Lounge chair {product}","brand":"Harbour","price":{price}.90,"quantity":1,"currency":"EUR","total":{price}.90}},"#,
            r#""context":{{"ip":"192.0.2.17","library":{{"name":"analytics-node","version":"3.1.0"}},"page":{{"path":"/p/{product}"}}}}}}"#
        ),
        name = name,
        number = number,
        customer = customer,
        time = Timestamp(1_767_225_600_000 + (number / 300) as i64),
        product = product,
        price = price,
    )
}

/// Twenty segments as a shop would have them: counts, sums and recency over windows.
pub fn segments() -> Vec<(String, String)> {
    let conditions = [
        ("buyers-week", r#"count("Order Completed", "7d") >= 1"#),
        ("buyers-month", r#"count("Order Completed", "30d") >= 1"#),
        ("buyers-often", r#"count("Order Completed", "30d") >= 3"#),
        ("spenders", r#"sum("Order Completed", "total", "90d") > 1000.0"#),
        ("big-spenders", r#"sum("Order Completed", "total", "90d") > 5000.0"#),
        ("lifetime", r#"sum("Order Completed", "total") > 10000.0"#),
        ("browsers", r#"count("Product Viewed", "7d") >= 5"#),
        ("browsers-day", r#"count("Product Viewed", "1d") >= 3"#),
        ("browsers-only", r#"count("Product Viewed", "30d") >= 5 && count("Order Completed", "30d") == 0"#),
        ("carts", r#"count("Product Added", "1d") >= 1"#),
        ("carts-week", r#"count("Product Added", "7d") >= 3"#),
        ("abandoned", r#"count("Checkout Started", "1d") >= 1 && count("Order Completed", "1d") == 0"#),
        ("checkouts", r#"count("Checkout Started", "30d") >= 2"#),
        ("searchers", r#"count("Products Searched", "7d") >= 3"#),
        ("listers", r#"count("Product List Viewed", "7d") >= 4"#),
        ("clickers", r#"count("Product Clicked", "7d") >= 4"#),
        ("cart-viewers", r#"count("Cart Viewed", "7d") >= 2"#),
        ("ordered-ever", r#"count("Order Completed") >= 1"#),
        ("hot", r#"in_segment("browsers-day") && in_segment("carts")"#),
        ("vip", r#"in_segment("big-spenders") && in_segment("buyers-often")"#),
    ];
    let file = |(name, when): (&str, &str)| {
        let text = format!("name: {name}\ntitle: {name}\ndescription: {name}\nwhen: '{when}'\n");
        (format!("segments/{name}.yaml"), text)
    };
    conditions.into_iter().map(file).collect()
}

/// The declarations those segments need.
pub const SCHEMA: &str = "\
events:
  Product Viewed: {properties: {price: double}}
  Product Added: {properties: {price: double}}
  Product Clicked: {properties: {price: double}}
  Cart Viewed: {properties: {price: double}}
  Checkout Started: {properties: {price: double}}
  Order Completed: {properties: {total: double}}
  Product List Viewed: {properties: {price: double}}
  Products Searched: {properties: {price: double}}
";
