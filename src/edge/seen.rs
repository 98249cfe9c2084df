//! What is learnt of a request while it is answered, for the books: who calls what, of which app, and what is left.

use overskill_model::AppId;
use overskill_protocol::{Call, QuotaLeft};
use std::{borrow::Cow, cell::RefCell, rc::Rc};

/// Filled in as it becomes known.
#[derive(Default)]
pub(crate) struct Seen {
    inner: RefCell<Known>,
}

/// What is known of a request so far.
#[derive(Default, Clone)]
pub(crate) struct Known {
    pub call: Option<Call>,
    /// What the address has behind the app's slug.
    pub target: Option<String>,
    pub slug: Option<String>,
    pub app: Option<AppId>,
    /// Who calls, as the audit log has it.
    pub actor: Option<String>,
    /// Why it was refused.
    pub code: Option<Cow<'static, str>>,
    pub left: Vec<QuotaLeft>,
}

/// Shared by all that answer one request.
pub(crate) type SharedSeen = Rc<Seen>;

impl Seen {
    /// Notes something.
    pub fn note(&self, note: impl FnOnce(&mut Known)) {
        note(&mut self.inner.borrow_mut());
    }

    /// Notes what is left of quotas; of the same one, the newer holds.
    pub fn left(&self, quotas: impl IntoIterator<Item = QuotaLeft>) {
        self.note(|known| {
            for quota in quotas {
                known.left.retain(|at| at.policy != quota.policy);
                known.left.push(quota);
            }
        });
    }

    /// What is known now.
    pub fn known(&self) -> Known {
        self.inner.borrow().clone()
    }
}
