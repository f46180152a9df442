//! What the tests of the program share: running it and the provider, and judging what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The file that is shipped with the example.
pub(crate) const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/orders.jsonl");

/// Its bad lines, and what is wrong with each.
pub(crate) const BAD_LINES: [(usize, &str); 14] = [
    (70, "the order has no items"),
    (104, "integer `-2`, expected u32"),
    (134, "expected an order"),
    (193, "missing field `unit_price_cents`"),
    (223, "unknown variant `XBT`"),
    (248, "string \"two\", expected u32"),
    (302, "the reference `WEB-104556` was on line 121 already"),
    (365, "floating point `12.5`, expected u64"),
    (411, "missing field `customer`"),
    (427, "the total of 996000 cents is over the limit of 500000"),
    (468, "the quantity of `GIFTBOX-L` is zero"),
    (470, "EOF while parsing a string"),
    (523, "the reference `MKT/E7-7050` was on line 51 already"),
    (631, "the order has no reference"),
];

/// How often the program asks for a charge before it gives up.
pub(crate) const ATTEMPTS: u64 = 4;

/// A provider in a process of its own. It is killed when dropped.
pub(crate) struct Provider {
    process: Child,
    pub(crate) url: String,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let mut command = program(&["provider", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the provider starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("its output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the provider says where it listens");
        let url = line.split_whitespace().last().expect("a line that ends with the address").to_owned();
        Self { process, url }
    }

    pub(crate) fn report(&self) -> Value {
        let address = self.url.strip_prefix("http://").expect("an HTTP address");
        let mut stream = TcpStream::connect(address).expect("the provider listens");
        stream.write_all(b"GET /report HTTP/1.0\r\n\r\n").expect("the provider takes the request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("the provider answers");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a reply with a body");
        serde_json::from_str(body).expect("the report is JSON")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orders"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a path in Unicode")
}

/// The good orders of the shipped file by their references.
pub(crate) fn good_orders() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(SHIPPED).expect("the shipped file is readable");
    let is_bad = |number: usize| BAD_LINES.iter().any(|(line, _)| *line == number);
    let good = text.lines().enumerate().filter(|(index, _)| !is_bad(index + 1));
    good.map(|(_, line)| {
        let order: Value = serde_json::from_str(line).expect("good lines are JSON");
        (order["reference"].as_str().expect("good orders have a reference").to_owned(), order)
    })
    .collect()
}

/// Checks the exported orders against the shipped ones and against what the provider has counted: all are
/// there, each ended as its card lets it, each card was charged once or never.
pub(crate) fn check(export: &Path, report: &Value) {
    let placed = good_orders();
    let exported = fs::read_to_string(export).expect("the export is readable");
    let exported: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).expect("exported lines are JSON")).collect();
    assert_eq!(exported.len(), placed.len(), "as many orders as were placed");
    let mut charges = 0;
    for order in &exported {
        let reference = order["reference"].as_str().expect("a reference");
        let original = placed.get(reference).unwrap_or_else(|| panic!("`{reference}` was never placed"));
        let total: u64 = original["items"].as_array().expect("items").iter().map(price).sum();
        assert_eq!(order["total_cents"], total, "{reference}");
        let counted = &report["orders"][order["_id"].as_str().expect("an id")];
        let card = original["card"].as_str().expect("a card");
        let (kind, reason) = match card.split('_').nth(1) {
            Some("ok" | "slow" | "busy") => ("shipped", None),
            Some("declined") => ("payment_failed", Some(card["tok_declined_".len()..].replace('_', " "))),
            _ => ("payment_failed", Some(format!("no answer in {ATTEMPTS} attempts: time-out"))),
        };
        assert_eq!(order["state"]["kind"], kind, "{reference} with {card}");
        assert_eq!(order["state"]["reason"].as_str(), reason.as_deref(), "{reference} with {card}");
        let once = u64::from(kind == "shipped");
        assert_eq!(counted["charges"], once, "charges for {reference} with {card}");
        assert_eq!(counted["charged_cents"], once * total, "{reference} with {card}");
        charges += once;
    }
    let references = exported.iter().map(|order| order["reference"].as_str());
    assert_eq!(references.collect::<BTreeSet<_>>().len(), placed.len(), "none twice");
    assert_eq!(report["charges"], charges, "no charge but for these orders");
}

fn price(item: &Value) -> u64 {
    let number = |field: &str| item[field].as_u64().expect("a whole number");
    number("quantity") * number("unit_price_cents")
}
