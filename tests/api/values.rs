//! Values keep their form on every way: typed call, stored document, wire.

use mainspring::testing::TestApp;
use mainspring::{Bytes, Doc, Timestamp};
use mainspring_tests::tables::{Item, Job, Sample, Status};
use mainspring_tests::{START, api, registry, start};

#[tokio::test]
async fn a_document_keeps_every_field() {
    let app = start().await;
    let job = app.run_mutation(api::jobs::insert("j".into(), Status::Complete)).await.expect("inserted");
    for weight in [0.1, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e300] {
        let raw = Bytes::from((0..=255).collect::<Vec<u8>>());
        let items = vec![Item { name: "ä\u{0}\u{10ffff}".into(), price: weight }];
        let call =
            api::samples::add(i32::MIN, Some("é".into()), weight, raw.clone(), items.clone(), Some(job));
        app.run_mutation(call).await.expect("added");
        let found: Doc<Sample> = app
            .run_query(api::samples::labelled(i32::MIN, Some("é".into())))
            .await
            .expect("read")
            .expect("it is there");
        assert_eq!(found.weight.to_bits(), weight.to_bits());
        assert_eq!((found.rank, &found.raw, found.job), (i32::MIN, &raw, Some(job)));
        assert_eq!(found.items[0].name, items[0].name);
        app.run_mutation(api::samples::clear()).await.expect("cleared");
    }
}

#[tokio::test]
async fn a_document_has_its_system_fields_on_the_wire() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::jobs::insert("x".into(), Status::Stale)).await.expect("inserted");
    let reply = app.call_json("jobs:get", &format!(r#"{{"id":"{id}"}}"#)).await.expect("read");
    let at = START.as_millis();
    assert_eq!(
        reply,
        format!(
            r#"{{"_id":"{id}","_creationTime":{at}.0,"data":"x","status":"stale","created_at":{at}.0,"result":null,"attempt":null,"next_retry_at":null}}"#
        )
    );
    let read: Doc<Job> = serde_json::from_str(&reply).expect("a client reads it back");
    assert_eq!((read.id, read.creation_time, read.status), (id, START, Status::Stale));
}

#[tokio::test]
async fn ids_have_the_form_that_clients_know_and_grow_with_time() {
    let app = TestApp::new(registry()).await;
    let first = app.run_mutation(api::jobs::insert("a".into(), Status::Stale)).await.expect("inserted");
    app.clock().advance(std::time::Duration::from_millis(1));
    let second = app.run_mutation(api::jobs::insert("b".into(), Status::Stale)).await.expect("inserted");
    assert_eq!(first.to_string().len(), 32);
    assert!(first < second);
    assert!(
        second.document().creation_time() - first.document().creation_time()
            >= std::time::Duration::from_millis(1)
    );
    assert!(Timestamp::UNIX_EPOCH < START);
}
