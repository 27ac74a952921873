//! A store without thread, files or database: for simulations that live through many histories in a second.
//!
//! Everything is done at once, on the caller's thread, and the same calls give the same answers. What is committed
//! outlives the handle, as it would on a disk: open the same [`Memory`] again after a crash, and handles from before it
//! get no further.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::model::Model;
use super::{Opened, Place, Store, StoreError};

/// What such stores hold. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Memory {
    kept: Arc<Kept>,
}

#[derive(Debug)]
struct Kept {
    identity: [u8; 16],
    model: Mutex<Model>,
    /// How often it was opened: the latest handle is the one that counts.
    opened: AtomicU64,
}

/// A store in memory from one opening to the next.
#[derive(Debug, Clone)]
pub(super) struct Session {
    kept: Arc<Kept>,
    number: u64,
}

impl Memory {
    /// An empty one. `identity`: what stands in every key that is made with it.
    pub fn new(identity: [u8; 16]) -> Self {
        let kept = Kept { identity, model: Mutex::new(Model::new()), opened: AtomicU64::new(0) };
        Self { kept: Arc::new(kept) }
    }

    /// Opens what is in it. Every handle from before is as one whose process has died.
    pub fn open(&self) -> (Store, Opened) {
        let number = self.kept.opened.fetch_add(1, Ordering::SeqCst) + 1;
        let session = Session { kept: self.kept.clone(), number };
        (Store { place: Place::Memory(session) }, Opened { notes: Vec::new(), identity: self.kept.identity })
    }

    /// As it is now, for another history that begins here.
    pub fn copied(&self) -> Self {
        let model = self.kept.model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = Kept { identity: self.kept.identity, model: Mutex::new(model), opened: AtomicU64::new(0) };
        Self { kept: Arc::new(kept) }
    }
}

impl Session {
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Model) -> T) -> Result<T, StoreError> {
        let mut model = self.kept.model.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that nothing of the old session comes after the first thing of the new one.
        if self.kept.opened.load(Ordering::SeqCst) != self.number {
            return Err(StoreError::Stopped { why: "it was opened anew meanwhile".to_owned() });
        }
        Ok(act(&mut model))
    }
}
