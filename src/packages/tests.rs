//! npm as apps, registries and attackers write it.
