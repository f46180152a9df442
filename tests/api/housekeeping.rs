//! What is removed when its time is over.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{Identity, Knobs};
use mainspring_tests::{api, registry};

/// More than two transactions remove.
const MANY: u32 = 1_100;

async fn documents(app: &TestApp) -> u64 {
    app.check().await.expect("checked").documents
}

/// Permissions to upload are over after an hour, buckets after a second, keys after three days, jobs after a week. Each
/// time it is looked once or twice, ten minutes apart.
#[tokio::test]
async fn what_is_old_is_removed_however_much_it_is() {
    let mut knobs = Knobs::default();
    knobs.idempotency_retention = Duration::from_hours(3 * 24);
    let app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
    let ann = app.with_identity(Identity::new("https://id.test", "ann"));
    let at_first = documents(&app).await;
    for n in 0..MANY {
        ann.run_mutation(api::files::upload_url()).await.expect("permitted");
        let call = api::flow::nothing_now().idempotency_key(n.to_string());
        ann.run_mutation(call).await.expect("done");
        app.run_mutation(api::flow::work_for(n)).await.expect("scheduled");
    }
    app.run_until_idle().await;
    assert_eq!(documents(&app).await - at_first, u64::from(4 * MANY), "all of it is there");
    app.advance(Duration::from_mins(11)).await;
    assert_eq!(documents(&app).await - at_first, u64::from(3 * MANY), "no bucket is left");
    app.advance(Duration::from_hours(1)).await;
    assert_eq!(documents(&app).await - at_first, u64::from(2 * MANY), "nor a permission");
    app.advance(Duration::from_hours(3 * 24 - 1)).await;
    assert_eq!(documents(&app).await - at_first, u64::from(MANY), "nor a key");
    app.advance(Duration::from_hours(4 * 24)).await;
    assert_eq!(documents(&app).await, at_first);
}
