//! Who publishes the app hears of it: its publisher of what was flushed, its deployers of deployments that were retired. By
//! the alarm, after everything else, as often as it takes.

use super::{Session, sql, tree::Stop};
use crate::{auth::random_hex, github, published, publisher};
use overskill_model::AppId;
use overskill_protocol::PublisherCommand;

/// What is set while deployments may be retired that nobody was told of.
const RETIRING: &str = "retiring";

impl Session {
    /// Notes ahead that deployments may be retired. Who does it holds the gate from here on until that is done.
    pub(super) async fn retiring(&self) -> Result<(), Stop> {
        self.arm().await?;
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        Ok(sql::set(&sql, RETIRING, &random_hex(8))?)
    }

    /// Has what is published of retired deployments removed.
    pub(super) async fn tell_deployers(&self, app: &AppId) -> Result<(), Stop> {
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let Some(set) = sql::state(&sql, RETIRING)? else {
            return Ok(());
        };
        // While they are being retired it is too early.
        if self.storing.try_lock().is_none() {
            return Ok(self.arm().await?);
        }
        published::retired(&self.env, app)
            .await
            .map_err(super::flush::stop)?;
        // Who retires some meanwhile has set it anew.
        let delete = "DELETE FROM state WHERE key = ? AND value = ?";
        Ok(sql::run(&sql, delete, vec![RETIRING.into(), set.into()])?)
    }

    /// Tells the publisher of the newest flushed version, where the app has one.
    pub(super) async fn tell_publisher(&self, app: &AppId) -> Result<(), Stop> {
        let sql = self.with(|tree| Ok(tree.sql.clone()))?;
        let flushed = sql::state(&sql, "flushed")?.unwrap_or_default();
        let version = flushed.split(' ').next().unwrap_or_default();
        if version.is_empty() || sql::state(&sql, "published")?.as_deref() == Some(version) {
            return Ok(());
        }
        let fault = super::flush::stop;
        if github::of_app(&self.env, app)
            .await
            .map_err(fault)?
            .is_some()
        {
            let version = version.parse().unwrap_or_default();
            let command = PublisherCommand::Settled { version };
            let told = publisher::tell(&self.env, app, &command).await;
            told.map_err(fault)?;
        }
        Ok(sql::set(&sql, "published", version)?)
    }
}
