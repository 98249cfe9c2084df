//! Hot updates: what open previews are told, and the relay that tells them. Nothing here does any IO.

pub mod message_verifier;
pub mod origin;
pub mod room;
