use mainspring::*;

struct Secret;
#[value]
struct Order { secret: Secret }

#[value]
struct Orders { secret: u32, other: Vec<serde_json::Number>, vs: std::collections::HashMap<String, V> }
use serde_json::Value as V;

fn main() {}
