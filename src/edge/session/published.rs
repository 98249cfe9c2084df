//! The app's publisher hears of what was flushed: by the alarm, after everything else, as often as it takes.

use super::{Session, sql, tree::Stop};
use crate::{github, publisher};
use overskill_model::AppId;
use overskill_protocol::PublisherCommand;

impl Session {
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
