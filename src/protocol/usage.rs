//! What apps used, by day, and what that costs.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was used, by meter, and its price.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Metered {
    /// Meter to amount; `prices` has all meters.
    pub meters: BTreeMap<String, f64>,
    /// What it costs by `prices`, in dollars, before what a plan includes.
    pub dollars: f64,
}

/// A day of an app.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UsageDay {
    /// The day in UTC, as `2026-11-26`.
    pub day: String,
    /// What was used on it.
    #[serde(flatten)]
    pub used: Metered,
}

/// The answer to `GET /v1/apps/{slug}/usage`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AppUsage {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Those on which something was used or stored, in order.
    pub days: Vec<UsageDay>,
    /// All of them together.
    pub total: Metered,
    /// Dollars for one of each meter.
    pub prices: BTreeMap<String, f64>,
}

/// One app among all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageOfApp {
    /// The app's id.
    pub app_id: String,
    /// Its slug, while it is there.
    pub slug: Option<String>,
    /// What it used.
    #[serde(flatten)]
    pub used: Metered,
}

/// What the same use by a thousand apps would cost in a month of 30 days.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// How many apps used or stored something.
    pub apps: u64,
    /// What the plan costs whatever is used, in dollars a month: the price `monthly`.
    pub monthly: f64,
    /// That and what a thousand such apps use, in dollars a month.
    pub thousand_apps: f64,
}

/// The answer to `GET /v1/usage`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AllUsage {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// One page of the apps that used something, by id; deleted ones too.
    pub apps: Vec<UsageOfApp>,
    /// What to send as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// All apps together, those on other pages too.
    pub total: Metered,
    /// What that means for more of them.
    pub forecast: Forecast,
    /// Dollars for one of each meter.
    pub prices: BTreeMap<String, f64>,
}
