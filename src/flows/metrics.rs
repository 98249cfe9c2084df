//! What is counted of builds, and how Prometheus reads it. Every object counts for itself and adds to the sums when it
//! flushes, some seconds after a write; the set of series is closed, whatever apps do.

use crate::packages::{Rate, Rates};
use overskill_protocol::Timings;
use std::{collections::BTreeMap, fmt::Write};

/// Upper bounds of the durations' buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// A cache whose questions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "`name` and HELP say what each is")]
pub enum Cache {
    Modules,
    Candidates,
    TailwindDesigns,
    AppPackageSets,
    PackageSets,
    Packuments,
    Tarballs,
    PackageVersions,
    PackageModules,
}

impl Cache {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Modules,
        Self::Candidates,
        Self::TailwindDesigns,
        Self::AppPackageSets,
        Self::PackageSets,
        Self::Packuments,
        Self::Tarballs,
        Self::PackageVersions,
        Self::PackageModules,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Modules => "modules",
            Self::Candidates => "tailwind_candidates",
            Self::TailwindDesigns => "tailwind_designs",
            Self::AppPackageSets => "app_package_sets",
            Self::PackageSets => "package_sets",
            Self::Packuments => "packuments",
            Self::Tarballs => "tarballs",
            Self::PackageVersions => "package_versions",
            Self::PackageModules => "package_modules",
        }
    }
}

/// What a build came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildOutcome {
    /// It is served.
    Ready,
    /// There are errors in it.
    Failed,
    /// Something outside could not be had.
    Unavailable,
}

impl BuildOutcome {
    const ALL: [Self; 3] = [Self::Ready, Self::Failed, Self::Unavailable];

    fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
        }
    }
}

const CACHE_REQUESTS: &str = "overskill_cache_requests_total";
const BUILDS: &str = "overskill_builds_total";
const BUILD: &str = "overskill_build_duration_seconds";
const STAGES: &str = "overskill_build_stage_seconds_total";
const PACKAGE_BUILD: &str = "overskill_package_build_duration_seconds";
const APPS: &str = "overskill_apps";

/// Counts, by series; they add up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts(BTreeMap<String, f64>);

impl Counts {
    /// What was counted, by series.
    pub fn series(&self) -> &BTreeMap<String, f64> {
        &self.0
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes others in.
    pub fn merge(&mut self, others: Self) {
        for (series, value) in others.0 {
            self.add(series, value);
        }
    }

    /// Questions to a cache.
    pub fn cache(&mut self, cache: Cache, rate: Rate) {
        self.add(cache_series(cache, "hit"), rate.hits as f64);
        self.add(cache_series(cache, "miss"), rate.misses as f64);
    }

    /// Questions to the caches of packages.
    pub fn packages(&mut self, rates: &Rates) {
        for (cache, rate) in [
            (Cache::PackageSets, rates.sets),
            (Cache::Packuments, rates.packuments),
            (Cache::Tarballs, rates.tarballs),
            (Cache::PackageVersions, rates.versions),
            (Cache::PackageModules, rates.modules),
        ] {
            self.cache(cache, rate);
        }
    }

    /// A build, and how long it and its stages took.
    pub fn build(&mut self, outcome: BuildOutcome, timings: &Timings) {
        self.add(labelled(BUILDS, "outcome", outcome.name()), 1.0);
        let mut total = 0.0;
        for (stage, milliseconds) in stages(timings) {
            self.add(labelled(STAGES, "stage", stage), milliseconds / 1000.0);
            total += milliseconds;
        }
        self.observe(BUILD, total);
    }

    /// How long the packages of a build took, in milliseconds.
    pub fn package_build(&mut self, milliseconds: f64) {
        self.observe(PACKAGE_BUILD, milliseconds);
    }

    fn observe(&mut self, histogram: &str, milliseconds: f64) {
        let seconds = milliseconds / 1000.0;
        for bound in BUCKETS.iter().filter(|bound| seconds <= **bound) {
            self.add(bucket(histogram, &bound.to_string()), 1.0);
        }
        self.add(bucket(histogram, "+Inf"), 1.0);
        self.add(format!("{histogram}_sum"), seconds);
        self.add(format!("{histogram}_count"), 1.0);
    }

    fn add(&mut self, series: String, value: f64) {
        if value > 0.0 {
            *self.0.entry(series).or_default() += value;
        }
    }
}

/// The stages of a build with how long each took, in milliseconds.
fn stages(timings: &Timings) -> [(&'static str, f64); 4] {
    [
        ("resolve", timings.resolve),
        ("compile", timings.compile),
        ("link", timings.link),
        ("publish", timings.publish),
    ]
}

fn labelled(name: &str, label: &str, value: &str) -> String {
    format!("{name}{{{label}=\"{value}\"}}")
}

fn cache_series(cache: Cache, result: &str) -> String {
    let cache = cache.name();
    format!("{CACHE_REQUESTS}{{cache=\"{cache}\",result=\"{result}\"}}")
}

fn bucket(histogram: &str, bound: &str) -> String {
    labelled(&format!("{histogram}_bucket"), "le", bound)
}

/// The sums in Prometheus's text format, those that nothing was added to yet as zero. `apps` is how many there are.
pub fn text(sums: &BTreeMap<String, f64>, apps: u64) -> String {
    let results = ["hit", "miss"];
    let caches = Cache::ALL
        .iter()
        .flat_map(|cache| results.map(|result| cache_series(*cache, result)));
    let outcomes = BuildOutcome::ALL.map(|outcome| labelled(BUILDS, "outcome", outcome.name()));
    let stages = stages(&Timings::default()).map(|(stage, _)| labelled(STAGES, "stage", stage));
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, series: Vec<String>| {
        let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for series in series {
            let value = match name {
                APPS => apps as f64,
                _ => sums.get(&series).copied().unwrap_or_default(),
            };
            let _ = writeln!(out, "{series} {value}");
        }
    };
    family(APPS, "gauge", "Apps that exist.", vec![APPS.to_owned()]);
    family(
        BUILDS,
        "counter",
        "Builds of apps, by what they came to.",
        outcomes.to_vec(),
    );
    family(
        BUILD,
        "histogram",
        "How long builds of apps took, packages included.",
        histogram(BUILD),
    );
    family(
        STAGES,
        "counter",
        "Where the time of builds went.",
        stages.to_vec(),
    );
    family(
        PACKAGE_BUILD,
        "histogram",
        "How long builds waited for packages that their object did not know.",
        histogram(PACKAGE_BUILD),
    );
    family(
        CACHE_REQUESTS,
        "counter",
        "Questions to caches, by whether they had the answer.",
        caches.collect(),
    );
    out
}

fn histogram(name: &str) -> Vec<String> {
    let bounds = BUCKETS.iter().map(|bound| bucket(name, &bound.to_string()));
    let rest = [
        bucket(name, "+Inf"),
        format!("{name}_sum"),
        format!("{name}_count"),
    ];
    bounds.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted() -> Counts {
        let mut counts = Counts::default();
        let timings = Timings {
            resolve: 20.0,
            compile: 200.0,
            link: 5.0,
            ..Timings::default()
        };
        counts.build(BuildOutcome::Ready, &timings);
        counts.build(BuildOutcome::Failed, &Timings::default());
        counts.package_build(90_000.0);
        counts.cache(Cache::Modules, Rate { hits: 3, misses: 1 });
        counts
    }

    #[test]
    fn counts_add_up_and_are_read_by_prometheus() {
        let mut sums = counted();
        sums.merge(counted());
        let text = text(sums.series(), 7);
        for line in [
            "overskill_apps 7",
            "overskill_builds_total{outcome=\"ready\"} 2",
            "overskill_builds_total{outcome=\"unavailable\"} 0",
            "overskill_build_duration_seconds_bucket{le=\"0.01\"} 2",
            "overskill_build_duration_seconds_bucket{le=\"0.1\"} 2",
            "overskill_build_duration_seconds_bucket{le=\"0.25\"} 4",
            "overskill_build_duration_seconds_bucket{le=\"+Inf\"} 4",
            "overskill_build_duration_seconds_count 4",
            "overskill_build_stage_seconds_total{stage=\"compile\"} 0.4",
            "overskill_package_build_duration_seconds_bucket{le=\"60\"} 0",
            "overskill_package_build_duration_seconds_bucket{le=\"+Inf\"} 2",
            "overskill_package_build_duration_seconds_sum 180",
            "overskill_cache_requests_total{cache=\"modules\",result=\"hit\"} 6",
            "overskill_cache_requests_total{cache=\"tarballs\",result=\"miss\"} 0",
        ] {
            assert!(text.lines().any(|at| at == line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_set_of_series_is_closed() {
        let lines = |sums: &BTreeMap<String, f64>| text(sums, 0).lines().count();
        let empty = lines(&BTreeMap::new());
        assert_eq!(lines(counted().series()), empty);
        assert_eq!(lines(&[("evil{a=\"b\"}".to_owned(), 1.0)].into()), empty);
        let shown = text(&BTreeMap::new(), 0);
        for series in counted().series().keys() {
            assert!(shown.contains(&format!("{series} 0\n")), "{series}");
        }
        let mut names: Vec<&str> = shown
            .lines()
            .filter_map(|line| line.split_once(' ').map(|(name, _)| name))
            .filter(|name| *name != "#")
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
