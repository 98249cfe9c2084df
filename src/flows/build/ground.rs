//! What a build stands on: everything that is read of a tree before any of its modules is compiled.

use super::{
    ModuleCache, Packages, Source, Workshop, compile,
    page::Entry,
    scope::PackageScopes,
    tailwind::Tailwind,
    trace::{Trace, Traced},
};
use crate::settings::{ConfigFile, Settings};
use overskill_diagnostics::Diagnostic;
use overskill_link::{Kept, Kinds, Resolutions};
use overskill_model::{ContentHash, ModulePath};
use overskill_ports::{Clock, Compiler};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

/// The app's settings, its page and its `package.json`s.
pub(super) struct Ground {
    pub settings: Settings,
    pub kinds: Kinds,
    pub entry: Entry,
    pub scopes: Rc<PackageScopes>,
    pub tailwind: Rc<Tailwind>,
    /// What its author is told of all of these.
    pub diagnostics: Vec<Diagnostic>,
    variables: BTreeMap<String, String>,
    /// What is found out while it holds: where specifiers lead, and the keys of modules.
    pub resolutions: Resolutions,
    pub keys: Keys,
    /// What its last linking left.
    pub kept: Kept,
}

/// The keys of modules, by path, each with the content it is of.
pub(super) type Keys = RefCell<HashMap<ModulePath, (ContentHash, ContentHash)>>;

/// The last ground of an app.
pub(super) type LastGround = Option<Traced<Rc<Ground>>>;

impl Ground {
    /// Reads it from the tree, or finds that the last one still holds.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn lay<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        source: &Source<'_>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Rc<Self>, Box<Diagnostic>> {
        let last = &workshop.memory.last(workshop.purpose).ground;
        let known = last.borrow().as_ref().and_then(|last| {
            let ground = last.get(source.files)?;
            (ground.variables == *workshop.variables).then(|| ground.clone())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let trace = Trace::default();
        let traced = source.traced(&trace);
        let ground = Rc::new(Self::read(&traced, workshop).await?);
        *last.borrow_mut() = Traced::new(source.files, trace, ground.clone());
        Ok(ground)
    }

    /// The same for server code, which starts elsewhere.
    pub fn for_server(&self) -> Self {
        let settings = self.settings.for_server();
        let mut kinds = settings.kinds();
        kinds.server = true;
        Self {
            kinds,
            entry: Entry::nothing(&settings),
            settings,
            scopes: self.scopes.clone(),
            tailwind: self.tailwind.clone(),
            diagnostics: Vec::new(),
            variables: BTreeMap::new(),
            resolutions: Resolutions::default(),
            keys: Keys::default(),
            kept: Kept::default(),
        }
    }

    async fn read<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        source: &Source<'_>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Self, Box<Diagnostic>> {
        let read = |name: &str| source.text_at(name);
        let config = ConfigFile::find(&read, workshop.variables, workshop.purpose);
        let value = match &config {
            Some(file) => Some(compile::configuration(file, source, workshop).await),
            None => None,
        };
        let read_config = config.as_ref().zip(value.as_ref());
        let read_config = read_config.map(|(file, (value, _))| (file, value));
        let settings = Settings::read(
            source.files,
            &read,
            read_config,
            workshop.variables,
            workshop.purpose,
        );
        let entry = Entry::read(source, &settings)?;
        let scopes = PackageScopes::read(source);
        let tailwind = Tailwind::read(source, &settings, &scopes.dependencies, workshop).await;
        let mut diagnostics = entry.diagnostics.clone();
        diagnostics.extend(settings.diagnostics.iter().cloned());
        diagnostics.extend(tailwind.diagnostics.iter().cloned());
        diagnostics.extend(value.into_iter().flat_map(|(_, problems)| problems));
        Ok(Self {
            kinds: settings.kinds(),
            settings,
            entry,
            scopes: Rc::new(scopes),
            tailwind: Rc::new(tailwind),
            diagnostics,
            variables: workshop.variables.clone(),
            resolutions: Resolutions::default(),
            keys: Keys::default(),
            kept: Kept::default(),
        })
    }
}
