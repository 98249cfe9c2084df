//! What the preview has under an address.

use super::{
    Session,
    tree::{Answer, Stop, Tree},
};
use overskill_flows::build::{Found, takes, takes_rest};
use overskill_protocol::{Asked, BuildProgress, Outcome, Unserved, Waiting};
use std::time::Duration;
use worker::Delay;

/// How long after code has answered it is stored.
const SOON: Duration = Duration::from_millis(50);

impl Session {
    /// Finds who answers: the app's server code, or a file.
    pub(super) async fn serve(&self, asked: &Asked) -> Result<Answer, Stop> {
        self.up_to_date().await?;
        let answer = self.found(asked)?;
        if let Outcome::Routed(_) = answer.0 {
            self.save_soon();
        }
        Ok(answer)
    }

    /// Code that has answered has to stay; its answer doesn't wait for that, as it can be built again.
    fn save_soon(&self) {
        let unsaved = self.with(|tree| Ok(tree.unsaved)).unwrap_or(false);
        if let Some(session) = self.relay.session().filter(|_| unsaved) {
            self.state.wait_until(async move {
                Delay::from(SOON).await;
                // Where that fails, the alarm does it.
                if let Err(Stop::Fault(cause)) = session.with(|tree| tree.save()) {
                    worker::console_warn!("a build is not saved: {cause}");
                }
            });
        }
    }

    fn found(&self, asked: &Asked) -> Result<Answer, Stop> {
        self.with(|tree| {
            tree.alive()?;
            if asked.files {
                return tree.serve(asked, self.progress.get());
            }
            let Asked { path, reads, .. } = asked;
            let first = |server: &_| takes(server, path) || !reads && takes_rest(server, path);
            if let Some(routed) = tree.routed(first) {
                return Ok((Outcome::Routed(routed), Vec::new()));
            }
            let answer = tree.serve(asked, self.progress.get())?;
            if let Outcome::Unserved(Unserved::Missing) = answer.0
                && let Some(routed) = tree.routed(|server| takes_rest(server, path))
            {
                return Ok((Outcome::Routed(routed), Vec::new()));
            }
            Ok(answer)
        })
    }

    /// How far the first build is, for who waits for it.
    pub(super) fn waiting(&self) -> Result<Answer, Stop> {
        let under_way = self.building.get() > 0;
        let progress = self.progress.get();
        self.with(|tree| {
            tree.alive()?;
            let building = under_way && tree.previews.is_empty();
            let waiting = Waiting::of(building, progress);
            Ok((Outcome::Waiting(waiting), Vec::new()))
        })
    }
}

impl Tree {
    /// Finds a file in the newest build, and scripts and assets in older ones too. A build whose page was sent has to stay.
    fn serve(&mut self, asked: &Asked, progress: Option<BuildProgress>) -> Result<Answer, Stop> {
        let path = asked.path.as_str();
        let Some((_, newest)) = self.previews.first() else {
            let why = match (self.version, self.report.version) {
                (0, _) => Unserved::Empty {
                    at: self.position(),
                },
                (_, 0) => Unserved::Building { progress },
                _ => Unserved::Failed {
                    at: self.position(),
                    diagnostics: self.report.diagnostics.clone(),
                },
            };
            return Ok((Outcome::Unserved(why), Vec::new()));
        };
        if let Some(hash) = self.updates.find(path) {
            let outcome = Outcome::Served {
                hash,
                immutable: true,
                page: None,
            };
            let known = asked.known.contains(&hash);
            let contents = (!known).then(|| self.content(&hash)).transpose()?;
            return Ok((outcome, contents.into_iter().collect()));
        }
        let older = || {
            let mut previews = self.previews.iter().skip(1);
            let found = previews.find_map(|(_, preview)| preview.files.get(path));
            found.filter(|file| file.immutable)
        };
        let (hash, immutable, page) = match newest.find(path, asked.navigation) {
            Found::Elsewhere => {
                let address = newest.base.clone();
                return Ok((
                    Outcome::Unserved(Unserved::Elsewhere { address }),
                    Vec::new(),
                ));
            }
            Found::File(file) => (file.hash, file.immutable, false),
            // An address that names the content of a build before means that content, whoever asks.
            found => match (older(), found) {
                (Some(file), _) => (file.hash, file.immutable, false),
                (None, Found::Page) => (newest.page, false, true),
                (None, _) => return Ok((Outcome::Unserved(Unserved::Missing), Vec::new())),
            },
        };
        if page {
            self.save()?;
        }
        let outcome = Outcome::Served {
            hash,
            immutable,
            page: page.then(|| self.position()),
        };
        // Of a page the browser knows what it was when it was sent.
        if !page && asked.known.contains(&hash) {
            return Ok((outcome, Vec::new()));
        }
        Ok((outcome, vec![self.content(&hash)?]))
    }
}
