mainspring::functions!();

mod functions;
mod tables;

fn main() {
    println!("{:?}", registry());
}
