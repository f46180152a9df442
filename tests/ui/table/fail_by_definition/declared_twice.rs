mod functions {}

mod tables {
    use mainspring::*;

    #[table(name = "jobs")]
    #[index(by_data(data))]
    pub struct Job {
        pub data: String,
    }

    #[table(name = "jobs")]
    #[index(by_data(data))]
    pub struct Job {
        #[serde(default)]
        pub data: String,
    }
}

fn main() {}
