//! The events of the benchmarks: `track` calls of about 485 bytes with two identifiers, customers by Zipf's law.

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

/// Bodies of about 485 bytes, made once; each event only gets its own numbers written in, so that making the load
/// takes little of what is measured.
pub struct Bodies {
    templates: Vec<Template>,
}

struct Template {
    text: Vec<u8>,
    /// Where numbers go, and how many digits they have.
    fields: Vec<(Field, usize, usize)>,
}

#[derive(Clone, Copy)]
enum Field {
    Number,
    Customer,
    Product,
    Price,
    Time,
}

const PATTERN: &str = concat!(
    r#"{"type":"track","event":"NAME","messageId":"node-next-<nnnnnnnnnnnnnn>-6f1c9f0e","userId":"user-<cccccccccc>","#,
    r#""anonymousId":"anon-<cccccccccc>-3c1a-4f6e","timestamp":"2026-01-01T<tttttttttttt>Z","#,
    r#""properties":{"product_id":"p-<ppppp>","sku":"sku-<ppppp>-eu","category":"living-room","#,
    r#""name":"Lounge chair <ppppp>","brand":"Harbour","price":1<ee>.90,"quantity":1,"currency":"EUR","total":1<ee>.90},"#,
    r#""context":{"ip":"192.0.2.17","library":{"name":"analytics-node","version":"3.1.0"},"page":{"path":"/p/<ppppp>"}}}"#
);

impl Bodies {
    pub fn new() -> Self {
        Self { templates: NAMES.iter().map(|name| Template::new(&PATTERN.replace("NAME", name))).collect() }
    }

    /// The body of the `number`-th event, of `customer`.
    pub fn body(&self, number: u64, customer: u64, random: &mut Random) -> Vec<u8> {
        let drawn = random.next();
        let template = &self.templates[(drawn % 8) as usize];
        let mut text = template.text.clone();
        for &(field, at, digits) in &template.fields {
            match field {
                Field::Number => write(&mut text[at..at + digits], number),
                Field::Customer => write(&mut text[at..at + digits], customer),
                Field::Product => write(&mut text[at..at + digits], (drawn >> 8) % 10_000),
                Field::Price => write(&mut text[at..at + digits], (drawn >> 32) % 100),
                Field::Time => write_time(&mut text[at..at + digits], number / 300),
            }
        }
        text
    }
}

impl Template {
    fn new(pattern: &str) -> Self {
        let (mut text, mut fields) = (Vec::new(), Vec::new());
        for (index, part) in pattern.split(['<', '>']).enumerate() {
            // Parts in brackets are fields: a letter for what goes there, once for each byte.
            if index % 2 == 1 {
                let field = match part.as_bytes()[0] {
                    b'n' => Field::Number,
                    b'c' => Field::Customer,
                    b'p' => Field::Product,
                    b'e' => Field::Price,
                    _ => Field::Time,
                };
                fields.push((field, text.len(), part.len()));
            }
            text.extend_from_slice(part.as_bytes());
        }
        Self { text, fields }
    }
}

fn write(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The time of day, `hh:mm:ss.mmm`.
fn write_time(text: &mut [u8], ms: u64) {
    write(&mut text[..2], ms / 3_600_000 % 24);
    write(&mut text[3..5], ms / 60_000 % 60);
    write(&mut text[6..8], ms / 1_000 % 60);
    write(&mut text[9..], ms % 1_000);
    (text[2], text[5], text[8]) = (b':', b':', b'.');
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
