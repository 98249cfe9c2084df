//! Asking an app's object while the database is asked about the app: which app has a label seldom changes. What the object
//! says counts once the database has said the same, and is not asked for where anyone has to show something first.

use super::{Found, of_object};
use crate::{reply::Failure, store::AppRow};
use overskill_model::{AppId, Slug};
use overskill_protocol::Visibility;
use std::{cell::RefCell, collections::VecDeque};
use worker::{Env, Request};

/// How many labels are remembered.
const LABELS: usize = 256;

thread_local! {
    static KNOWN: RefCell<VecDeque<(Slug, AppId)>> = const { RefCell::new(VecDeque::new()) };
}

/// Who has a label, so far as is remembered, and what is to be asked there.
pub(super) struct Ahead<'a>(Option<(AppId, &'a str)>);

impl<'a> Ahead<'a> {
    /// What can be asked for `path` of the app with that label. What is ours is mostly not the object's.
    pub fn of(slug: &Slug, deployed: bool, path: Option<&'a str>) -> Self {
        let path = path.filter(|path| !deployed && !path.starts_with("/__overskill/"));
        Self(path.and_then(|path| {
            KNOWN.with_borrow(|known| {
                let (_, app) = known.iter().find(|(known, _)| known == slug)?;
                Some((app.clone(), path))
            })
        }))
    }

    /// Asks it: which app, and what its object said.
    pub async fn ask(
        self,
        request: &Request,
        env: &Env,
    ) -> Option<(AppId, Result<Found, Failure>)> {
        let (app, path) = self.0?;
        let found = of_object(request, env, &app, path, false).await;
        Some((app, found))
    }
}

/// Remembers who has a label, where whoever asks there is answered.
pub(super) fn learn(app: &AppRow, answers: bool) {
    KNOWN.with_borrow_mut(|known| {
        let is_open = answers && app.visibility == Visibility::Public;
        if is_open
            && known
                .front()
                .is_some_and(|(slug, id)| *slug == app.slug && *id == app.id)
        {
            return;
        }
        known.retain(|(slug, _)| *slug != app.slug);
        if is_open {
            known.truncate(LABELS - 1);
            known.push_front((app.slug.clone(), app.id.clone()));
        }
    });
}
