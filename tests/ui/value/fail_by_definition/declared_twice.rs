mod functions {}

mod values {
    use mainspring::*;

    #[value]
    pub struct Status {
        pub done: bool,
    }

    #[value]
    pub enum Status {
        #[serde(rename = "open")]
        Open,
        Done,
    }
}

fn main() {}
