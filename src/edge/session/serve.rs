//! What the preview has under an address.

use super::{
    Session,
    tree::{Answer, Stop, Tree},
};
use overskill_flows::build::Found;
use overskill_model::ContentHash;
use overskill_protocol::{BuildProgress, Outcome, Unserved, Waiting};

impl Session {
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
    /// Finds `path` in the newest build, and scripts and assets in older ones too. A build whose page was sent has to stay.
    pub fn serve(
        &mut self,
        path: &str,
        navigation: bool,
        known: &[ContentHash],
        progress: Option<BuildProgress>,
    ) -> Result<Answer, Stop> {
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
            let known = known.contains(&hash);
            let contents = (!known).then(|| self.content(&hash)).transpose()?;
            return Ok((outcome, contents.into_iter().collect()));
        }
        let older = || {
            let mut previews = self.previews.iter().skip(1);
            let found = previews.find_map(|(_, preview)| preview.files.get(path));
            found.filter(|file| file.immutable)
        };
        let (hash, immutable, page) = match newest.find(path, navigation) {
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
        if !page && known.contains(&hash) {
            return Ok((outcome, Vec::new()));
        }
        Ok((outcome, vec![self.content(&hash)?]))
    }
}
