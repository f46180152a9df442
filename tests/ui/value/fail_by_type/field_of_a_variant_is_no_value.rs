use mainspring::*;

pub struct Rgb(u8);

#[value]
pub enum Color {
    Named(String),
    Custom { rgb: Option<Rgb>, alpha: f64 },
}

fn main() {}
