//! The slow path, behind the fast one: clients of GitHub's and Cloudflare's APIs, and the outbox that calls them later and
//! later until they answer. No IO of its own.

pub mod cloudflare;
