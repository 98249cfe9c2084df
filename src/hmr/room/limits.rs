//! What a room bears. Each bound is a variable of the Worker with a stated default.

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Sockets of one app (`MAX_SOCKETS`).
    pub sockets: usize,
    /// Messages that a socket may send at once (`CABLE_BURST`).
    pub burst: usize,
    /// Messages that it may send a second in the long run (`CABLE_RATE`).
    pub rate: usize,
    /// Bytes of a frame that it sends (`MAX_CABLE_FRAME`).
    pub frame: usize,
    /// Subscriptions of a socket (`MAX_SUBSCRIPTIONS`).
    pub subscriptions: usize,
    /// Bytes of an identifier (`MAX_IDENTIFIER`).
    pub identifier: usize,
    /// Updates that a socket may leave unacknowledged (`MAX_UNACKNOWLEDGED`).
    pub unacknowledged: usize,
    /// Seconds for which a socket may be silent (`MAX_SILENCE`); its client pings every ten.
    pub silence: usize,
}

impl Limits {
    /// Bytes that the platform keeps with a socket.
    pub(super) const KEPT: usize = 16_000;
    /// How many broadcasts weigh as much as an update.
    pub(super) const CUSTOM: usize = 16;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets: 10_000,
            burst: 60,
            rate: 10,
            frame: 16 << 10,
            subscriptions: 32,
            identifier: 2_048,
            unacknowledged: 64,
            silence: 45,
        }
    }
}

/// How much a client may still say.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    left: f64,
    at: u64,
}

impl Bucket {
    /// A full one.
    pub fn full(limits: &Limits, now: u64) -> Self {
        Self {
            left: limits.burst as f64,
            at: now,
        }
    }

    /// Takes one message out; false when there is none left. `now` is in milliseconds.
    pub fn take(&mut self, limits: &Limits, now: u64) -> bool {
        let passed = now.saturating_sub(self.at) as f64 / 1000.0;
        self.at = now.max(self.at);
        self.left = (self.left + passed * limits.rate as f64).min(limits.burst as f64);
        let some = self.left >= 1.0;
        if some {
            self.left -= 1.0;
        }
        some
    }
}
