//! A socket as JavaScript has it: one text for all of them, and bytes that outlive the object's memory.

use worker::{
    State, WebSocket,
    js_sys::{Date, Uint8Array},
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
};

#[wasm_bindgen]
extern "C" {
    /// A socket that hibernates.
    #[derive(Clone)]
    type Raw;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Raw, frame: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Raw, code: u16, reason: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn keep(this: &Raw, value: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    fn kept(this: &Raw) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, js_name = readyState)]
    fn ready_state(this: &Raw) -> u16;

    type Context;

    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn answered(this: &Context, socket: &Raw) -> Result<JsValue, JsValue>;
}

/// What `readyState` is while both sides may send.
const OPEN: u16 = 1;

/// One socket.
pub(super) struct Wire(Raw);

/// A text as JavaScript has it, made once for all sockets.
pub(super) fn text(text: &str) -> JsValue {
    JsValue::from_str(text)
}

impl Wire {
    pub fn of(socket: &WebSocket) -> Self {
        let socket: &JsValue = socket.as_ref().as_ref();
        Self(socket.clone().unchecked_into())
    }

    pub fn is_open(&self) -> bool {
        self.0.ready_state() == OPEN
    }

    /// Sends a frame; false where it can't be.
    pub fn send(&self, frame: &JsValue) -> bool {
        self.0.send(frame).is_ok()
    }

    /// Closes it; one that is closed already stays so.
    pub fn close(&self, code: u16, why: &str) {
        let _ = self.0.close(code, why);
    }

    pub fn keep(&self, bytes: &[u8]) {
        // The room has measured it; without it, the client comes back after the next hibernation.
        let _ = self.0.keep(&Uint8Array::from(bytes));
    }

    pub fn kept(&self) -> Option<Vec<u8>> {
        let bytes = self.0.kept().ok()?.dyn_into::<Uint8Array>().ok()?;
        Some(bytes.to_vec())
    }

    /// When the platform last answered its ping, in milliseconds since 1970.
    pub fn answered(&self, state: &State) -> Option<u64> {
        let context: &JsValue = state.as_raw().as_ref();
        let answered = context.unchecked_ref::<Context>().answered(&self.0).ok()?;
        Some(answered.dyn_into::<Date>().ok()?.get_time() as u64)
    }
}
