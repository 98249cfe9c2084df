//! A script on its way out of the namespace, until it isn't seen there any more. One call a step.

use super::{
    account::Account,
    answer::{Problem, Reason, done},
    pace::{Chance, Pace},
    script,
};
use overskill_ports::Api;
use serde::{Deserialize, Serialize};

/// How long after an upload a script may be reported missing though it comes, in milliseconds.
const UNSURE: f64 = 2.0 * 60_000.0;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Removal {
    /// When the script was last uploaded: what is missing soon after may still come.
    pub uploaded: f64,
    /// Whether it was deleted once, and has to be missed.
    pub deleted: bool,
    /// Looks that found it still there.
    pub looks: u32,
    /// When the next step is.
    pub pace: Pace,
    /// Whether it is over.
    pub over: bool,
}

impl Removal {
    /// Of a script that was last uploaded then.
    pub fn of(uploaded: f64) -> Self {
        Self {
            uploaded,
            ..Self::default()
        }
    }

    /// The same once more, after it was given up.
    pub fn again(self, due: f64) -> Self {
        let pace = Pace {
            failures: 0,
            due,
            ..self.pace
        };
        Self {
            pace,
            over: false,
            ..self
        }
    }

    /// Makes at most one call. When it is over with a problem, that one is final.
    pub async fn step(&mut self, api: &impl Api, account: &Account, name: &str, chance: Chance) {
        if self.over || chance.now < self.pace.due {
            return;
        }
        match self.call(api, account, name, chance).await {
            Ok(()) => {}
            Err(problem) => {
                let last = matches!(problem.reason, Reason::Refused | Reason::Token);
                self.over = !self.pace.failed(problem, chance) || last;
            }
        }
    }

    async fn call(
        &mut self,
        api: &impl Api,
        account: &Account,
        name: &str,
        chance: Chance,
    ) -> Result<(), Problem> {
        let request = match self.deleted {
            false => script::delete(account, name),
            true => script::tags(account, name),
        };
        let response = api.call(request).await?;
        let missing = match done(&response) {
            Ok(()) => false,
            Err(problem) if problem.reason == Reason::Missing => true,
            Err(problem) => return Err(problem),
        };
        self.pace.succeeded(&response.headers, chance);
        match (self.deleted, missing) {
            (true, true) => self.over = true,
            (true, false) => {
                self.looks += 1;
                // It may have been a look at where the deletion has not arrived; or the upload came after it.
                self.deleted = !self.looks.is_multiple_of(4);
                self.pace.pause(self.looks, chance);
            }
            (false, true) if chance.now < self.uploaded + UNSURE => {
                self.looks += 1;
                self.pace.pause(self.looks.max(4), chance);
            }
            (false, true) => self.over = true,
            (false, false) => self.deleted = true,
        }
        Ok(())
    }
}
