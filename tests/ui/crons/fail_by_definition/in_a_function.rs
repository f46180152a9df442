use mainspring::*;

pub fn jobs() {
    #[crons]
    pub fn declare(crons: &mut Crons) {
        let _ = crons;
    }
}

fn main() {}
