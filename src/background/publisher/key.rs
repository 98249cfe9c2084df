//! The App's key in WebCrypto.

use overskill_ports::{Fault, Sign};
use overskill_publish::github::pkcs8;
use worker::{
    js_sys::{self, Array, Function, Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
};

const ALGORITHM: &str = "RSASSA-PKCS1-v1_5";

/// A key in PEM.
pub struct Key(pub String);

impl Sign for Key {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let unusable = || Fault("GITHUB_PRIVATE_KEY is no RSA key in PEM".to_owned());
        let der = pkcs8(&self.0).ok_or_else(unusable)?;
        signed(&der, message).await.map_err(|_| unusable())
    }
}

async fn signed(der: &[u8], message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let subtle = Reflect::get(&crypto, &"subtle".into())?;
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &ALGORITHM.into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    let key = [
        "pkcs8".into(),
        Uint8Array::from(der).into(),
        algorithm.into(),
        JsValue::FALSE,
        Array::of1(&"sign".into()).into(),
    ];
    let key = call(&subtle, "importKey", &key).await?;
    let parts = [ALGORITHM.into(), key, Uint8Array::from(message).into()];
    let signature = call(&subtle, "sign", &parts).await?;
    Ok(Uint8Array::new(&signature).to_vec())
}

async fn call(on: &JsValue, name: &str, parts: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(on, &name.into())?.dyn_into()?;
    let promise = function.apply(on, &parts.iter().collect())?;
    JsFuture::from(promise.dyn_into::<Promise>()?).await
}
