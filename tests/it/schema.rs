//! The schema and the rows agree, on the database that the tests run on.

use parvis_forum::db::entity;
use parvis_forum::db::sea_orm::{EntityTrait, QuerySelect};
use parvis_tests::Node;

macro_rules! check_tables {
    ($db:expr, $($module:ident)+) => {$(
        // Naming every column of the row makes the database complain about one that it doesn't have.
        let rows = entity::$module::Entity::find().limit(1).all($db).await;
        assert!(rows.is_ok(), "{}: {:?}", stringify!($module), rows.err());
    )+};
}

#[tokio::test]
async fn every_row_type_has_its_table() {
    let node = Node::start().await;
    let db = node.forum.db();
    check_tables!(db,
        actor affiliation backfill backfill_item ban bookmark category category_moderator category_partner comparison comparison_difference
        conversation_digest delivery_failure destination draft farewell follow former_link idempotency inbox instance interest
        job mail_token marker media moderation notification outbox outbox_direct person poll poll_vote post post_mention
        quote quote_authorization range_digest recovery_code report retired_key revision search_doc second_factor
        session setting sign_in tag_follow throttle token topic topic_follow topic_tag vote
    );
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let node = Node::start().await;
    assert_eq!(node.forum.db().migrate().await.unwrap(), 0);
    assert!(
        node.forum
            .db()
            .pending_migrations()
            .await
            .unwrap()
            .is_empty()
    );
}
