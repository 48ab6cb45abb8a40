//! The schema's history: one list for both databases, applied in order, each step in a transaction.
//!
//! A release only adds (expand); what it makes useless is dropped by a later one (contract), so that two versions can
//! run on one PostgreSQL during an upgrade.

use sea_orm_migration::prelude::*;

mod m20261123_000001_forum;
mod m20261123_000002_media;
mod m20261123_000003_drafts;
mod m20261123_000004_queues;
mod m20261123_000004_vouched;
mod m20261123_000005_new_address;
mod m20261123_000005_reports;
mod m20261124_000010_evidence;
mod m20261124_000011_second_factors;
mod m20261124_000012_lists;
mod m20261124_000013_refused;
mod m20261124_000020_moderation;
mod m20261124_000021_backfills;
mod m20261124_000022_repair;
mod m20261124_000023_policies;
mod m20261124_000024_moves;
mod m20261124_000025_vocabulary;
mod m20261124_000026_links;
mod m20261124_000027_circles;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_forum::Migration),
            Box::new(m20261123_000002_media::Migration),
            Box::new(m20261123_000003_drafts::Migration),
            Box::new(m20261123_000004_queues::Migration),
            Box::new(m20261123_000004_vouched::Migration),
            Box::new(m20261123_000005_new_address::Migration),
            Box::new(m20261123_000005_reports::Migration),
            Box::new(m20261124_000010_evidence::Migration),
            Box::new(m20261124_000011_second_factors::Migration),
            Box::new(m20261124_000012_lists::Migration),
            Box::new(m20261124_000013_refused::Migration),
            Box::new(m20261124_000024_moves::Migration),
            Box::new(m20261124_000023_policies::Migration),
            Box::new(m20261124_000025_vocabulary::Migration),
            Box::new(m20261124_000021_backfills::Migration),
            Box::new(m20261124_000022_repair::Migration),
            Box::new(m20261124_000020_moderation::Migration),
            Box::new(m20261124_000026_links::Migration),
            Box::new(m20261124_000027_circles::Migration),
        ]
    }
}
