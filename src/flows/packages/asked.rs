//! What crosses between who wants packages and who builds them.

use super::{PackageRequest, PackageSheets, Progress, Rates, SheetRequest};
use overskill_model::ContentHash;
use overskill_packages::PackageSet;
use overskill_ports::Fault;
use serde::{Deserialize, Serialize};

/// What a builder is asked for.
#[derive(Serialize, Deserialize)]
pub enum Asked {
    /// The packages of an app.
    Set(Box<PackageRequest>),
    /// Sheets of packages.
    Sheets(Box<SheetRequest>),
}

impl Asked {
    /// What it is told from others by; equal questions share one builder.
    pub fn key(&self) -> ContentHash {
        match self {
            Self::Set(request) => request.key(),
            Self::Sheets(request) => request.key(),
        }
    }
}

/// What a builder tells, one after the other; nothing follows what was asked for, or a fault.
#[derive(Serialize, Deserialize)]
pub enum Told {
    /// How far it is.
    Progress(Progress),
    /// The packages, and how the caches did.
    Set(Box<PackageSet>, Rates),
    /// The sheets, and how the caches did.
    Sheets(Box<PackageSheets>, Rates),
    /// It came to nothing.
    Fault(String),
}

impl Told {
    /// The fault that it is where something else is awaited.
    pub fn unexpected(self) -> Fault {
        match self {
            Self::Fault(cause) => Fault(cause),
            _ => Fault("the package builder answered another question".to_owned()),
        }
    }
}
