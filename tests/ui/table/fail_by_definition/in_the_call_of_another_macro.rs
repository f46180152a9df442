use mainspring::*;

cfg_select! {
    unix => {
        #[table(name = "jobs")]
        #[index(by_name(name))]
        pub struct Job {
            #[serde(default)]
            pub name: String,
        }
    }
    _ => {}
}

fn main() {}
