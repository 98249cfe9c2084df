//! What Tailwind would see of an app: the class candidates in a text, and which files are content.
//!
//! A candidate is any text that might be a class. Tailwind's own compiler decides which of them are, so a candidate too many costs time only, and one too few a missing style. The two major versions find candidates in different ways, and both are told apart from here: [`v3`] and [`v4`].

pub mod v3;
pub mod v4;
