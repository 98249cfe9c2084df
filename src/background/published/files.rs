//! A deployment's files in R2, as they are sent.

use futures_util::{StreamExt, stream};
use overskill_flows::{
    build::{Preview, PreviewFile},
    deploy::{content_key, manifest_key},
};
use overskill_model::{AppId, ContentHash};
use overskill_platform::{Bucket, media_type};
use overskill_ports::{Blobs, Fault};
use overskill_publish::cloudflare::{
    Asset, AssetHash, Contents, LARGEST_ASSET, MOST_ASSETS, Prepared, Problem, Server, Site,
    Source, Visible, Work, site,
};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use worker::Env;

/// How many sizes are asked for at a time: a Worker has six connections.
const AT_ONCE: usize = 6;

/// The deployment that was prepared last: it is asked for once a step.
type Last = Option<((String, bool), Rc<Prepared>)>;

/// The files of an app's deployments.
pub(super) struct Files {
    env: Env,
    last: RefCell<Last>,
}

impl Files {
    pub fn new(env: Env) -> Self {
        Self {
            env,
            last: RefCell::default(),
        }
    }

    pub fn of<'a>(&'a self, app: &'a AppId) -> AppFiles<'a> {
        AppFiles { files: self, app }
    }
}

/// The files of one app's deployments.
pub(super) struct AppFiles<'a> {
    files: &'a Files,
    app: &'a AppId,
}

impl Contents for AppFiles<'_> {
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault> {
        let key = content_key(self.app, &content.to_string());
        let bytes = self.bucket().get(&key).await?;
        bytes.ok_or_else(|| Fault(format!("{key} is not there")))
    }
}

impl Source for AppFiles<'_> {
    async fn prepared(&self, work: &Work) -> Result<Rc<Prepared>, Problem> {
        let key = (work.deployment.clone(), work.private);
        if let Some((known, prepared)) = &*self.files.last.borrow()
            && *known == key
        {
            return Ok(prepared.clone());
        }
        let prepared = Rc::new(self.prepare(work).await?);
        self.files.last.replace(Some((key, prepared.clone())));
        Ok(prepared)
    }
}

impl AppFiles<'_> {
    fn bucket(&self) -> Bucket<'_> {
        Bucket {
            env: &self.files.env,
        }
    }

    async fn prepare(&self, work: &Work) -> Result<Prepared, Problem> {
        let app = self.app;
        let manifest = self
            .bucket()
            .get(&manifest_key(app, &work.deployment))
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
        let immutable = files.iter().filter(|(_, file)| file.immutable);
        let script = site(Site {
            app,
            deployment: &work.deployment,
            version: work.version,
            base: &preview.base,
            immutable: immutable.map(|(path, _)| *path).collect(),
            visible: match work.private {
                true => Visible::Private,
                false => Visible::Public,
            },
            server: server(&preview),
        });
        Ok(Prepared { assets, script })
    }
}

/// The app's own server code as the deployment has it. Deployments hold none yet; where they do, this is the one place that
/// has to read it.
fn server(_: &Preview) -> Option<Server> {
    None
}
