//! The style sheets of packages, fetched when a sheet of the app is found to need their texts. Every build asks for them
//! anew, as what they are doesn't follow from the app's files alone: what is made of them isn't kept with those.

use super::{ModuleCache, Packages, Source, Workshop, packages, scope::PackageScopes};
use crate::packages::{PackageRequest, PackageRules, PackageSheets, SheetRequest, Wanted};
use overskill_diagnostics::Diagnostic;
use overskill_packages::{Asked, Lock, split_specifier};
use overskill_ports::{Clock, Compiler, Fault};
use std::{
    cell::{Ref, RefCell},
    collections::BTreeSet,
};

/// Those that were fetched so far, and the packages that were asked for.
pub(super) struct ForeignSheets<'a> {
    source: &'a Source<'a>,
    scopes: &'a PackageScopes,
    known: RefCell<(BTreeSet<String>, PackageSheets)>,
    fault: RefCell<Option<Fault>>,
}

impl<'a> ForeignSheets<'a> {
    /// None yet.
    pub fn new(source: &'a Source<'a>, scopes: &'a PackageScopes) -> Self {
        Self {
            source,
            scopes,
            known: RefCell::default(),
            fault: RefCell::default(),
        }
    }

    /// Fetches the sheets of packages; says whether any of them was new.
    pub async fn fetch<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        wanted: &BTreeSet<String>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<bool, Fault> {
        let asked = self.known.borrow().0.clone();
        let (Ok(registries), false) = (&workshop.registries, wanted.is_subset(&asked)) else {
            return Ok(false);
        };
        let names: BTreeSet<String> = asked.union(wanted).cloned().collect();
        let declared = &self.scopes.dependencies;
        let roots = names.iter().filter(|name| declared.contains_key(*name));
        let specifiers = roots.map(|name| (name.clone(), Wanted::default()));
        let (request, _) = PackageRequest::read(
            registries.clone(),
            declared.clone(),
            specifiers.collect(),
            workshop.previous.as_deref().cloned(),
            PackageRules::default(),
            &|name| self.source.text_at(name),
        );
        let asked = SheetRequest {
            request,
            names: names.clone(),
        };
        match workshop.packages.sheets(asked).await {
            Ok(sheets) => {
                self.known.replace((names, sheets));
                Ok(true)
            }
            Err(fault) => {
                self.fault.replace(Some(fault.clone()));
                Err(fault)
            }
        }
    }

    /// Those that were fetched.
    pub fn sheets(&self) -> Ref<'_, PackageSheets> {
        Ref::map(self.known.borrow(), |(_, sheets)| sheets)
    }

    /// The package that a specifier is about, where the app asks for it.
    pub fn declared<'s>(&self, specifier: &'s str) -> Option<&'s str> {
        let (name, _) = split_specifier(specifier)?;
        self.scopes.dependencies.contains_key(name).then_some(name)
    }

    /// The fetched sheet that an `@import` of a package means, as `<name>/<path>`.
    pub fn style(&self, specifier: &str) -> Option<String> {
        let (name, subpath) = split_specifier(specifier)?;
        let sheets = self.sheets();
        let named = sheets.named(name, &subpath, Asked::Style);
        let inner = named.unwrap_or_else(|| subpath.trim_start_matches(['.', '/']).to_owned());
        let place = format!("{name}/{inner}");
        ["", ".css", "/index.css"]
            .iter()
            .map(|ending| format!("{place}{ending}"))
            .find(|place| place.ends_with(".css") && sheets.files.contains_key(place))
    }

    /// Which versions were chosen; `None` when nothing was fetched.
    pub fn lock(&self) -> Option<Lock> {
        let known = self.known.borrow();
        (!known.0.is_empty()).then(|| known.1.lock.clone())
    }

    /// Whether some could not be had, so that the same files may build when tried again.
    pub fn is_unavailable(&self) -> bool {
        self.fault.borrow().is_some()
    }

    /// What their author is told.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let sheets = self.sheets();
        let told = sheets.diagnostics.iter().map(|at| at.diagnostic.clone());
        let fault = self.fault.borrow();
        told.chain(fault.as_ref().map(packages::unavailable))
            .collect()
    }
}
