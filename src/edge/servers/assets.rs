//! The app's files as its own server code has them, `env.ASSETS`: what the host would answer if there were no server code,
//! so that nothing goes in circles. The binding knows whose files it gives; no request can say so.

use crate::{
    config::Config, preview, reply::Failure, seen::SharedSeen, servers::only_reads, store,
};
use overskill_flows::percent_decoded;
use overskill_model::AppId;
use serde::{Deserialize, Serialize};
use worker::{Context, Env, Request, Response, js_sys::Reflect, wasm_bindgen::JsValue};

/// The property of the binding that has [`Files`], as JSON.
pub(super) const PROPERTY: &str = "files";

/// Whose files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Files {
    pub app: AppId,
    /// The deployment; without one, those of the live preview.
    pub deployment: Option<String>,
}

impl Files {
    /// What a request asks that came over the binding.
    pub fn asked(context: &Context) -> Option<Self> {
        let context: &JsValue = context.as_ref();
        let properties = Reflect::get(context, &"props".into()).ok()?;
        let files = Reflect::get(&properties, &PROPERTY.into()).ok()?;
        serde_json::from_str(&files.as_string()?).ok()
    }

    /// Answers it.
    pub async fn answer(
        &self,
        request: &Request,
        env: &Env,
        seen: &SharedSeen,
    ) -> Result<Response, Failure> {
        let config = Config::read(request, env, "", seen)?;
        let Some(app) = store::by_id(env, &self.app).await? else {
            return preview::plain(404, "This app is gone.");
        };
        seen.note(|known| known.app = Some(app.id.clone()));
        if !matches!(request.inner().method().as_str(), "GET" | "HEAD") {
            return only_reads();
        }
        let Some(path) = percent_decoded(&request.path()) else {
            return preview::not_decoded();
        };
        match &self.deployment {
            Some(id) => preview::deployed::file(request, env, &app, (id, &[]), &path).await,
            None => preview::file(request, env, &config, &app, &path).await,
        }
    }
}
