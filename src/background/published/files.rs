//! A deployment's files in R2, as they are sent.

use super::record;
use futures_util::{StreamExt, stream};
use overskill_flows::{
    build::{Preview, PreviewFile},
    deploy::{content_key, manifest_key},
    sealing::{Sealer, opened_variables},
    secrets::opened,
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::{Bucket, media_type};
use overskill_ports::{Blobs, Fault};
use overskill_protocol::Server;
use overskill_publish::cloudflare::{
    Asset, AssetHash, Code, Contents, LARGEST_ASSET, MOST_ASSETS, Prepared, Problem, Site, Source,
    Standing, Visible, Wanted, Work, site,
};
use serde::Deserialize;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use worker::Env;

/// How many sizes are asked for at a time: a Worker has six connections.
const AT_ONCE: usize = 6;

/// A deployment's files, and what was made of them last: it is asked for once a step.
pub(super) struct Files {
    env: Env,
    last: RefCell<Option<(Wanted, Rc<Prepared>)>>,
}

impl Files {
    pub fn new(env: Env) -> Self {
        Self {
            env,
            last: RefCell::default(),
        }
    }

    pub fn of<'a>(&'a self, app: &'a AppId, deployment: &'a str) -> Deployed<'a> {
        Deployed {
            files: self,
            app,
            deployment,
        }
    }
}

/// A deployment, by its name.
pub(super) struct Deployed<'a> {
    files: &'a Files,
    app: &'a AppId,
    deployment: &'a str,
}

impl Contents for Deployed<'_> {
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault> {
        let key = content_key(self.app, &content.to_string());
        let bytes = self.bucket().get(&key).await?;
        bytes.ok_or_else(|| Fault(format!("{key} is not there")))
    }
}

impl Source for Deployed<'_> {
    async fn standing(&self) -> Result<Standing, Fault> {
        let standing = record::standing(&self.files.env, self.app, self.deployment).await;
        standing.map_err(|error| Fault(error.to_string()))
    }

    async fn prepared(&self, work: &Work) -> Result<Rc<Prepared>, Problem> {
        if let Some((wanted, prepared)) = &*self.files.last.borrow()
            && *wanted == work.wanted
        {
            return Ok(prepared.clone());
        }
        let prepared = Rc::new(self.prepare(work).await?);
        let made = (work.wanted, prepared.clone());
        self.files.last.replace(Some(made));
        Ok(prepared)
    }
}

impl Deployed<'_> {
    fn bucket(&self) -> Bucket<'_> {
        Bucket {
            env: &self.files.env,
        }
    }

    async fn prepare(&self, work: &Work) -> Result<Prepared, Problem> {
        let app = self.app;
        let manifest = self
            .bucket()
            .get(&manifest_key(app, self.deployment))
            .await?;
        let Some(manifest) = manifest else {
            return Err(Problem::refused("The deployment's files are gone."));
        };
        let preview: Preview = serde_json::from_slice(&manifest)
            .map_err(|error| Problem::refused(format!("The deployment's list: {error}")))?;
        let mut files: BTreeMap<&str, PreviewFile> = preview
            .files
            .iter()
            .map(|(path, file)| (path.as_str(), file.clone()))
            .collect();
        // The page wins over a file that would be in its place, as it does on the deployment's own host.
        let page = format!("{}index.html", preview.base);
        files.insert(
            &page,
            PreviewFile {
                hash: preview.page,
                immutable: false,
            },
        );
        if files.len() > MOST_ASSETS {
            let told = format!("A script has at most {MOST_ASSETS} files.");
            return Err(Problem::refused(told));
        }
        let sized = files.iter().map(|(path, file)| async move {
            let key = content_key(app, &file.hash.to_string());
            let size = self.bucket().size(&key).await?;
            let size = size.ok_or_else(|| Fault(format!("{key} is not there")))?;
            let asset = Asset {
                path: (*path).to_owned(),
                content: file.hash,
                size,
                media_type: media_type(path),
            };
            Ok::<Asset, Fault>(asset)
        });
        let sized: Vec<Result<Asset, Fault>> =
            stream::iter(sized).buffered(AT_ONCE).collect().await;
        let mut assets = Vec::with_capacity(sized.len());
        for asset in sized {
            let asset = asset?;
            if asset.size > LARGEST_ASSET {
                let told = format!("{} is larger than {LARGEST_ASSET} bytes.", asset.path);
                return Err(Problem::refused(told));
            }
            assets.push((AssetHash::of(app, &asset), asset));
        }
        let code = self.code(preview.server).await?;
        let immutable = files.iter().filter(|(_, file)| file.immutable);
        let script = site(Site {
            app,
            deployment: self.deployment,
            version: work.wanted.version,
            base: &preview.base,
            immutable: immutable.map(|(path, _)| *path).collect(),
            visible: match work.wanted.private {
                true => Visible::Private,
                false => Visible::Public,
            },
            code,
        });
        Ok(Prepared { assets, script })
    }

    /// The app's own server code, where the deployment has some.
    async fn code(&self, server: Option<Server>) -> Result<Option<Code>, Problem> {
        let Some(server) = server else {
            return Ok(None);
        };
        let sealer = self.files.env.var("SEALING_KEY").ok();
        let sealer = sealer.and_then(|key| Sealer::new(&key.to_string()));
        let text = server.variables.as_deref().unwrap_or("{}");
        let variables = opened_variables(sealer.as_ref(), self.app, self.deployment, text);
        let Some(mut variables) = variables else {
            let told = "The variables of its server code can't be opened: the background Worker needs the edge's SEALING_KEY.";
            return Err(Problem::refused(told));
        };
        variables.extend(secrets(&self.files.env, self.app, sealer.as_ref()).await?);
        let mut contents = BTreeMap::new();
        for (name, module) in &server.modules {
            contents.insert(name.clone(), self.read(&module.hash).await?);
        }
        Ok(Some(Code {
            server,
            contents,
            variables,
        }))
    }
}

#[derive(Deserialize)]
struct Secret {
    name: String,
    sealed: String,
}

/// The app's secrets as they are today, which its server code sees over its variables.
async fn secrets(
    env: &Env,
    app: &AppId,
    sealer: Option<&Sealer>,
) -> Result<BTreeMap<String, String>, Problem> {
    let rows = async {
        let query = env
            .d1("DB")?
            .prepare("SELECT name, sealed FROM secrets WHERE app_id = ?")
            .bind(&[app.as_str().into()])?;
        query.all().await?.results::<Secret>()
    };
    let rows = rows
        .await
        .map_err(|error: worker::Error| Problem::from(Fault(error.to_string())))?;
    let opened = rows.into_iter().map(|Secret { name, sealed }| {
        let value = sealer.and_then(|sealer| opened(&sealed, app.as_str(), &name, sealer));
        let told = "The app's secrets can't be opened: the background Worker needs the edge's SEALING_KEY.";
        value
            .map(|value| (name, value))
            .ok_or_else(|| Problem::refused(told))
    });
    opened.collect()
}
