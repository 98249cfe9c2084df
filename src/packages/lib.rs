//! npm: versions, package.json, exports, lockfiles.
