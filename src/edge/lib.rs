//! The dispatch Worker: events, routes, objects, adapters; no product decisions.
