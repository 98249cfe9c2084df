//! The bucket, with what nobody waits for put there later.

use crate::Bucket;
use futures_util::{StreamExt, stream};
use overskill_ports::{Blobs, Fault};
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};
use worker::{Delay, Env};

/// How much may wait; what comes on top is put there at once.
const WAITING_BYTES: usize = 24 << 20;
/// How long after the build that starts: the page that waits for it is sent and drawn meanwhile.
const DELAY: Duration = Duration::from_secs(3);
/// How many are put at a time.
const AT_ONCE: usize = 8;

/// Contents by key.
pub type Waiting = Vec<(String, Vec<u8>)>;

/// The bucket `BLOBS` during one build.
pub struct Later<'a> {
    bucket: Bucket<'a>,
    waiting: RefCell<Waiting>,
    bytes: Cell<usize>,
}

impl<'a> Later<'a> {
    /// With nothing waiting.
    pub fn new(env: &'a Env) -> Self {
        Self {
            bucket: Bucket { env },
            waiting: RefCell::default(),
            bytes: Cell::new(0),
        }
    }

    fn known(&self, key: &str) -> Option<Vec<u8>> {
        let waiting = self.waiting.borrow();
        let mut known = waiting.iter().filter(|(at, _)| at == key);
        known.next().map(|(_, bytes)| bytes.clone())
    }

    /// What waits.
    pub fn waiting(self) -> Waiting {
        self.waiting.into_inner()
    }
}

impl Blobs for Later<'_> {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        match self.known(key) {
            Some(bytes) => Ok(Some(bytes)),
            None => self.bucket.get(key).await,
        }
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        self.bucket.put(key, bytes).await
    }

    async fn keep(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        let total = self.bytes.get() + bytes.len();
        if total > WAITING_BYTES {
            return self.bucket.put(key, bytes).await;
        }
        self.bytes.set(total);
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|(at, _)| at != key);
        waiting.push((key.to_owned(), bytes));
        Ok(())
    }
}

/// Puts what waited, once who waits for the build has had its answer. What fails is made again when it is needed.
pub async fn put(env: &Env, waiting: Waiting) {
    if waiting.is_empty() {
        return;
    }
    Delay::from(DELAY).await;
    let bucket = &Bucket { env };
    let puts = waiting.into_iter().map(|(key, bytes)| async move {
        if let Err(fault) = bucket.put(&key, bytes).await {
            worker::console_warn!("{key} is not kept: {fault}");
        }
    });
    stream::iter(puts)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}
