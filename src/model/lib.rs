//! Names of things: slugs, ids, hashes, module paths and the limits they obey. Parsing is construction.

mod hash;
mod ids;
mod limits;
mod path;
mod slug;
mod url;

pub use hash::{ContentHash, ContentHasher, InvalidHash};
pub use ids::{AppId, InvalidAppId};
pub use limits::Limits;
pub use path::{InvalidPath, ModulePath};
pub use slug::{InvalidSlug, Slug};
pub use url::may_name_file;
