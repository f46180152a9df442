//! Runs what is due in the folder that is its argument, and then stops in order. `tests/api/poison.rs` starts it until it does.

use mainspring::App;
use mainspring_tests::registry;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("the folder is missing")?;
    let app = App::builder(registry()).data_dir(folder).start().await?;
    app.idle().await;
    Ok(app.shutdown().await?)
}
