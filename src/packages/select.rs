//! Which versions of one package serve everyone who asks for it: one where one will do.

use crate::{LockedPackage, Packument, Spec, Want};
use node_semver::Version;
use std::{cmp::Reverse, collections::BTreeMap, collections::BTreeSet};

/// Who asks. The app's own word comes first, and those who only share come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Root,
    Dependency,
    Peer,
}

/// One range that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Demand {
    pub kind: Kind,
    /// As written.
    pub range: String,
}

/// The version that a demand gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pick {
    pub package: LockedPackage,
    /// The key it has in the lockfile, where it comes from there.
    pub pin: Option<String>,
    /// Whether it is in the range; if not, it is what the others get, and it may not work.
    pub fits: bool,
}

/// What may be picked.
pub(crate) struct Candidates<'a> {
    /// Pinned ones, `(key, package)`.
    pub pinned: Vec<(&'a str, &'a LockedPackage)>,
    pub packument: Option<&'a Packument>,
    /// Whether everyone gets the same one, come what may.
    pub single: bool,
}

struct Candidate<'a> {
    version: Version,
    package: &'a LockedPackage,
    pin: Option<&'a str>,
    latest: bool,
    deprecated: bool,
}

impl Candidates<'_> {
    /// What each demand gets; `None` for one that nothing satisfies.
    pub fn select(&self, demands: &BTreeSet<Demand>) -> BTreeMap<Demand, Option<Pick>> {
        let candidates = self.list();
        let all: Vec<(&Demand, Option<Want>)> = demands
            .iter()
            .map(|demand| {
                // The name was checked when the demand was made; here only the range counts.
                let spec = Spec::parse("x", &demand.range);
                (demand, spec.ok().map(|spec| spec.want))
            })
            .collect();
        let mut open = all.clone();
        let mut chosen: Vec<&Candidate<'_>> = Vec::new();
        while !open.is_empty() {
            let hard = open.iter().any(|(demand, _)| demand.kind != Kind::Peer);
            // Peers make do with what the others chose.
            if !chosen.is_empty() && (!hard || self.single) {
                break;
            }
            let best = candidates.iter().max_by_key(|at| {
                let fits = |kind| count(&open, kind, |want| self.fits(at, want));
                (
                    fits(Kind::Root),
                    fits(Kind::Dependency),
                    fits(Kind::Peer),
                    at.pin.is_some(),
                    at.latest,
                    !at.deprecated,
                    Reverse(at.version.is_prerelease()),
                    at.version.clone(),
                )
            });
            let Some(best) = best else { break };
            let before = open.len();
            open.retain(|(_, want)| !want.as_ref().is_some_and(|want| self.fits(best, want)));
            if open.len() == before && !(self.single && chosen.is_empty() && !candidates.is_empty())
            {
                break;
            }
            chosen.push(best);
            // Once the app has its version, the others' needs are weighed without it.
            if self.single {
                break;
            }
        }
        all.into_iter()
            .map(|(demand, want)| {
                let fitting = want
                    .as_ref()
                    .and_then(|want| chosen.iter().find(|at| self.fits(at, want)));
                // The app's own word is never overruled; the others make do with what there is one of.
                let shared = match demand.kind {
                    Kind::Root => None,
                    Kind::Peer => chosen.first(),
                    Kind::Dependency => chosen.first().filter(|_| self.single),
                };
                let pick = fitting.or(shared).map(|at| Pick {
                    package: at.package.clone(),
                    pin: at.pin.map(str::to_owned),
                    fits: fitting.is_some(),
                });
                (demand.clone(), pick)
            })
            .collect()
    }

    fn list(&self) -> Vec<Candidate<'_>> {
        let tag = self.packument.and_then(|at| at.tags.get("latest"));
        let pinned = self.pinned.iter().filter_map(|(key, package)| {
            Some(Candidate {
                version: Version::parse(&package.version).ok()?,
                package,
                pin: Some(key),
                latest: tag == Some(&package.version),
                deprecated: false,
            })
        });
        let releases = self.packument.map_or(&[][..], |at| &at.releases);
        let published = releases.iter().map(|release| Candidate {
            version: release.version.clone(),
            package: &release.locked,
            pin: None,
            latest: tag == Some(&release.locked.version),
            deprecated: release.deprecated,
        });
        pinned.chain(published).collect()
    }

    fn fits(&self, candidate: &Candidate<'_>, want: &Want) -> bool {
        match want {
            // A package with nothing but prereleases has a `latest` too.
            Want::Any => candidate.latest || want.allows(&candidate.version),
            Want::Range(_) => want.allows(&candidate.version),
            Want::Tag(tag) => {
                let tagged = self.packument.and_then(|at| at.tags.get(tag));
                match self.packument {
                    None => true,
                    Some(_) => tagged == Some(&candidate.package.version),
                }
            }
        }
    }
}

fn count(open: &[(&Demand, Option<Want>)], kind: Kind, fits: impl Fn(&Want) -> bool) -> usize {
    open.iter()
        .filter(|(demand, want)| demand.kind == kind && want.as_ref().is_some_and(&fits))
        .count()
}
