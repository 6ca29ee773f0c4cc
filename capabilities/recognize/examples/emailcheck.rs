use model::Namespace;
use recognize::normalise;
fn main() {
    let xml = std::fs::read_to_string("/work/shared/data/email_validation/tests.xml").unwrap();
    let (mut n, mut agree) = (0, 0);
    let mut by = std::collections::BTreeMap::<String, (u32, u32)>::new();
    let mut list = vec![];
    for t in xml.split("<test id=").skip(1) {
        let get = |tag: &str| {
            let o = format!("<{tag}>");
            let a = t.find(&o).map(|p| p + o.len());
            a.map(|a| {
                let b = t[a..].find(&format!("</{tag}>")).unwrap();
                t[a..a + b].to_string()
            })
            .unwrap_or_default()
        };
        let mut addr = get("address")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'");
        while let Some(p) = addr.find("&#x") {
            let e = p + addr[p..].find(';').unwrap();
            let c = char::from_u32(u32::from_str_radix(&addr[p + 3..e], 16).unwrap()).unwrap();
            addr.replace_range(p..=e, &c.to_string());
        }
        let addr = addr.replace("&amp;", "&");
        let addr: String = addr
            .chars()
            .map(|c| {
                let u = c as u32;
                if (0x2400..0x2440).contains(&u) { char::from_u32(u - 0x2400).unwrap() } else { c }
            })
            .collect();
        let cat = get("category");
        let diag = get("diagnosis");
        // a mailbox that SMTP carries: VALID and DNS warnings, RFC5321 (quoted, TLD...)
        let want = matches!(cat.as_str(), "ISEMAIL_VALID_CATEGORY" | "ISEMAIL_DNSWARN" | "ISEMAIL_RFC5321");
        let got = normalise(&Namespace::Email, &addr);
        n += 1;
        let e = by.entry(format!("{cat}")).or_default();
        e.1 += 1;
        if got.is_ok() == want {
            agree += 1;
            e.0 += 1
        } else {
            list.push(format!("{cat} {diag} {addr:?} -> {got:?}"))
        }
    }
    println!("{agree}/{n} {by:#?}");
    for l in list {
        println!("{l}")
    }
}
