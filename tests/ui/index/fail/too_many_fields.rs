use mainspring::*;

#[table(name = "jobs")]
#[index(by_all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))]
pub struct Job {
    pub a: u8,
    pub b: u8,
    pub c: u8,
    pub d: u8,
    pub e: u8,
    pub f: u8,
    pub g: u8,
    pub h: u8,
    pub i: u8,
    pub j: u8,
    pub k: u8,
    pub l: u8,
    pub m: u8,
    pub n: u8,
    pub o: u8,
    pub p: u8,
}

fn main() {}
