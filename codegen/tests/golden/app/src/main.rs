mainspring::functions!();

mod crons;
mod functions;
mod tables;

fn main() {
    println!("{:?}", registry());
}
