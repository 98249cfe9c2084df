//! What is metered of apps, day by day, and what it costs.

use overskill_protocol::Metered;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that is counted, or held for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each is")]
pub enum Meter {
    Requests,
    SentBytes,
    Uploads,
    UploadBytes,
    Builds,
    BuildMs,
    ServerRequests,
    ServerCpuMs,
    ObjectRequests,
    ObjectMs,
    ObjectRowsRead,
    ObjectRowsWritten,
    DatabaseReads,
    DatabaseWrites,
    StoreReads,
    StoreWrites,
    StoredByteDays,
    ObjectByteDays,
}

/// One meter: its name, which is its column's, and dollars for one of it.
struct Row(Meter, &'static str, f64);

const MILLION: f64 = 1e6;
/// A byte that is held for a day, at dollars per GB and month of 30 days.
const BYTE_DAY: f64 = 1e9 * 30.0;

/// What Cloudflare asked in November 2026 on the paid plan, beyond what that includes (developers.cloudflare.com:
/// `workers/platform/pricing`, `durable-objects/platform/pricing`, `d1/platform/pricing`, `r2/pricing`). Sending is free
/// there, and uploads and builds are paid by what they make happen. An object is charged by time with 128 MB; the time
/// that a build takes is nearly all the compiler's.
const METERS: [Row; 18] = [
    Row(Meter::Requests, "requests", 0.30 / MILLION),
    Row(Meter::SentBytes, "sentBytes", 0.0),
    Row(Meter::Uploads, "uploads", 0.0),
    Row(Meter::UploadBytes, "uploadBytes", 0.0),
    Row(Meter::Builds, "builds", 0.0),
    Row(Meter::BuildMs, "buildMs", 0.02 / MILLION),
    Row(Meter::ServerRequests, "serverRequests", 0.30 / MILLION),
    Row(Meter::ServerCpuMs, "serverCpuMs", 0.02 / MILLION),
    Row(Meter::ObjectRequests, "objectRequests", 0.15 / MILLION),
    Row(
        Meter::ObjectMs,
        "objectMs",
        12.50 / MILLION * 0.128 / 1000.0,
    ),
    Row(Meter::ObjectRowsRead, "objectRowsRead", 0.001 / MILLION),
    Row(
        Meter::ObjectRowsWritten,
        "objectRowsWritten",
        1.00 / MILLION,
    ),
    Row(Meter::DatabaseReads, "databaseReads", 0.001 / MILLION),
    Row(Meter::DatabaseWrites, "databaseWrites", 1.00 / MILLION),
    Row(Meter::StoreReads, "storeReads", 0.36 / MILLION),
    Row(Meter::StoreWrites, "storeWrites", 4.50 / MILLION),
    Row(Meter::StoredByteDays, "storedByteDays", 0.015 / BYTE_DAY),
    Row(Meter::ObjectByteDays, "objectByteDays", 0.20 / BYTE_DAY),
];

/// The price that is paid each month whatever is used: the plan's.
const MONTHLY: &str = "monthly";
const MONTHLY_DOLLARS: f64 = 5.0;

impl Meter {
    /// How many there are.
    pub const COUNT: usize = METERS.len();

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        METERS.iter().map(|row| row.0)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        METERS[self as usize].1
    }

    /// Whether it is a level that holds until it is measured again, rather than a count that adds up.
    pub fn is_level(self) -> bool {
        matches!(self, Self::StoredByteDays | Self::ObjectByteDays)
    }
}

/// What was counted since it was last told. A level is the newest that was measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally([Option<f64>; Meter::COUNT]);

impl Tally {
    /// Counts.
    pub fn add(&mut self, meter: Meter, amount: f64) {
        let slot = &mut self.0[meter as usize];
        *slot = match meter.is_level() {
            true => Some(amount),
            false => Some(slot.unwrap_or_default() + amount),
        };
    }

    /// Takes in what was counted elsewhere, or later.
    pub fn merge(&mut self, other: &Self) {
        for meter in Meter::all() {
            if let Some(amount) = other.get(meter) {
                self.add(meter, amount);
            }
        }
    }

    /// What was counted of one; nothing where nothing was.
    pub fn get(&self, meter: Meter) -> Option<f64> {
        self.0[meter as usize]
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// By name, as the database takes it.
    pub fn named(&self) -> BTreeMap<&'static str, f64> {
        let amounts = Meter::all().filter_map(|meter| Some((meter.name(), self.get(meter)?)));
        amounts.collect()
    }
}

/// Dollars for one of each meter, and the plan's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices(BTreeMap<String, f64>);

impl Prices {
    /// Cloudflare's, with those of `configured`, a JSON object of name to dollars, in their place.
    ///
    /// # Errors
    /// When it is no such object, names no meter, or a price is below zero.
    pub fn read(configured: Option<&str>) -> Result<Self, String> {
        let defaults = METERS.iter().map(|row| (row.1.to_owned(), row.2));
        let mut prices: BTreeMap<String, f64> = defaults.collect();
        prices.insert(MONTHLY.to_owned(), MONTHLY_DOLLARS);
        let set: BTreeMap<String, f64> = match configured {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
        };
        for (name, dollars) in set {
            let Some(price) = prices.get_mut(&name) else {
                return Err(format!("`{name}` is no meter"));
            };
            if dollars < 0.0 {
                return Err(format!("the price of `{name}` is below zero"));
            }
            *price = dollars;
        }
        Ok(Self(prices))
    }

    /// By name.
    pub fn table(&self) -> BTreeMap<String, f64> {
        self.0.clone()
    }

    /// What the plan costs in a month.
    pub fn monthly(&self) -> f64 {
        self.0[MONTHLY]
    }

    /// Amounts with their price. What isn't a meter is left out, and so is what is zero.
    pub fn price(&self, amounts: impl IntoIterator<Item = (String, f64)>) -> Metered {
        let known = |name: &String| METERS.iter().any(|row| row.1 == name);
        let meters: BTreeMap<String, f64> = amounts
            .into_iter()
            .filter(|(name, amount)| known(name) && *amount != 0.0)
            .collect();
        // Added from zero up: an empty sum of floats is below zero.
        let dollars = meters
            .iter()
            .fold(0.0, |sum, (name, amount)| sum + amount * self.0[name]);
        Metered { meters, dollars }
    }
}

/// Milliseconds of a day.
const DAY: u64 = 24 * 3600 * 1000;
/// Most days that are told of at once.
const LONGEST: u64 = 366;

/// The day of a time in milliseconds since 1970, as a number of days since then.
pub fn day_of(milliseconds: u64) -> u64 {
    milliseconds / DAY
}

/// A day as `2026-11-26`.
pub fn written(day: u64) -> String {
    let (year, month, day) = date(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date of a day, by the Gregorian calendar; years are counted from March, so that a leap day is the last.
fn date(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

/// Reads such a day.
fn read_day(text: &str) -> Option<u64> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month) = (parts.next()??, parts.next()??);
    let of_month = parts.next()??;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || of_month == 0 {
        return None;
    }
    let (shifted, from_march) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400;
    let day = (days + (153 * from_march + 2) / 5 + of_month).checked_sub(719_469)?;
    // What isn't a date, or is one in other words, is written otherwise.
    (written(day) == text).then_some(day)
}

/// The first and the last day that a caller asks for: by default this month up to today.
pub fn span(from: Option<&str>, to: Option<&str>, now: u64) -> Option<(u64, u64)> {
    let today = day_of(now);
    let to = to.map_or(Some(today), read_day)?;
    let from = match from {
        Some(from) => read_day(from)?,
        None => to - (date(to).2 - 1),
    };
    (from <= to && to - from < LONGEST).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_meters_is_in_the_order_of_their_names_and_has_a_column_each() {
        let migration = include_str!("../../migrations/0007_safety.sql");
        for (at, row) in METERS.iter().enumerate() {
            assert_eq!(row.0 as usize, at);
            assert!(migration.contains(&format!("\n  {} ", row.1)), "{}", row.1);
        }
    }

    #[test]
    fn counts_add_up_and_levels_are_the_newest() {
        let mut tally = Tally::default();
        assert!(tally.is_empty());
        tally.add(Meter::Requests, 2.0);
        tally.add(Meter::StoredByteDays, 10.0);
        let mut later = Tally::default();
        later.add(Meter::Requests, 1.0);
        later.add(Meter::StoredByteDays, 0.0);
        tally.merge(&later);
        assert_eq!(
            tally.named(),
            [("requests", 3.0), ("storedByteDays", 0.0)].into()
        );
    }

    #[test]
    fn use_is_priced_by_the_table_or_by_what_is_configured() {
        let amounts = || {
            [
                ("requests".to_owned(), 2e6),
                ("storedByteDays".to_owned(), 30e9),
            ]
        };
        let priced = Prices::read(None).unwrap().price(amounts());
        assert!((priced.dollars - 0.615).abs() < 1e-9, "{priced:?}");
        let own = Prices::read(Some(r#"{"requests":1,"monthly":30}"#)).unwrap();
        assert_eq!(own.monthly(), 30.0);
        assert!((own.price(amounts()).dollars - 2_000_000.015).abs() < 1e-6);
        let other = own.price([("x".to_owned(), 1.0), ("uploads".to_owned(), 0.0)]);
        assert_eq!(other, Metered::default());
        assert!(other.dollars.is_sign_positive());
        for bad in [
            "",
            "[]",
            r#"{"x":1}"#,
            r#"{"requests":-1}"#,
            r#"{"requests":"1"}"#,
        ] {
            assert!(Prices::read(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_dates() {
        for (day, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_783, "2026-11-26"),
        ] {
            assert_eq!(written(day), text);
            assert_eq!(read_day(text), Some(day));
        }
        for day in 0..40_000 {
            assert_eq!(read_day(&written(day)), Some(day));
        }
        for bad in [
            "",
            "2026",
            "2026-02-29",
            "2026-1-1",
            "1969-12-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-01-01-01",
            "+2026-01-01",
            "99999-01-01",
            "2026-01-1٣",
        ] {
            assert_eq!(read_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_span_is_this_month_unless_it_is_asked_for() {
        let now = 20_783 * DAY + 5;
        assert_eq!(span(None, None, now), Some((20_758, 20_783)));
        assert_eq!(span(Some("2026-11-26"), None, now), Some((20_783, 20_783)));
        assert_eq!(span(None, Some("1970-01-01"), now), Some((0, 0)));
        assert_eq!(span(Some("2026-11-27"), None, now), None);
        assert_eq!(span(Some("2025-11-26"), None, now), Some((20_418, 20_783)));
        assert_eq!(span(Some("2025-11-25"), None, now), None);
        assert_eq!(span(Some("x"), None, now), None);
    }
}
