use mainspring::*;

pub struct Jobs;

impl Jobs {
    #[crons]
    pub fn declare(crons: &mut Crons) {
        let _ = crons;
    }
}

fn main() {}
