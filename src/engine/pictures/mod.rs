//! Pictures of products: read from where the shop shows them when somebody asks, and made small enough for a terminal.
//!
//! | file | what lives there |
//! |---|---|
//! | `decode.rs` | from a file to points, within limits |
//! | `shelf.rs` | pictures that were looked at lately |
//!
//! Nothing here happens by itself. A picture's address is a stranger's word: it is read by the house's client for files
//! (no key, only the public internet or the shop's own address, no redirect, so many bytes), is a picture by what it is,
//! and is decoded by one task at a time, which first looks how much it would take. No terminal ever sees the file.

mod decode;
mod shelf;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::ListingId;
use crate::http::{Extent, Http};
use crate::platform::PlatformError;
use crate::protocol::{MOST_POINTS, Picture, PictureOf, Problem, ProblemKind, Reply};
use crate::rules::CatalogueView;

use super::aside;
use super::connections;
use super::problem;
use super::truth::Truth;
use decode::Why;
use shelf::{Shelf, Small};

/// A file of more bytes is not read.
const MOST_BYTES: usize = 8 << 20;
/// Somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many files are read at once, whoever asks.
const AT_ONCE: usize = 4;

/// What is read and decoded for all terminals.
pub struct Pictures {
    /// A std mutex: nothing is awaited while it is held.
    shelf: Mutex<Shelf>,
    reading: Semaphore,
    /// One at a time: each may need many times the room of what it leaves behind.
    decoding: Arc<tokio::sync::Mutex<()>>,
    patience: Duration,
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new(PATIENCE)
    }
}

impl Pictures {
    fn new(patience: Duration) -> Self {
        Self { shelf: Mutex::default(), reading: Semaphore::new(AT_ONCE), decoding: Arc::default(), patience }
    }

    /// What an address shows, from the shelf or from where it is. `now`: milliseconds, by which the shelf ages.
    async fn read(&self, http: &Http, address: &str, now: i64) -> Result<Arc<Small>, Unread> {
        if let Some(small) = self.shelved(|shelf| shelf.get(address, now)) {
            return Ok(small);
        }
        let file = {
            // It is never closed; then nobody would be kept out.
            let _leave = self.reading.acquire().await.ok();
            let fetched = http.fetch(address, Extent::Whole { most: MOST_BYTES });
            match tokio::time::timeout(self.patience, fetched).await {
                Ok(fetched) => fetched.map_err(Unread::NotFetched)?,
                Err(_) => return Err(Unread::TooSlow(self.patience)),
            }
        };
        let Some(kind) = file.picture() else { return Err(Unread::NoPicture(file.kind)) };
        let turn = self.decoding.clone().lock_owned().await;
        let decoded = aside::aside(move || {
            let decoded = decode::decoded(&file.body, kind);
            drop(turn);
            decoded
        });
        let small = match decoded.await {
            Ok(decoded) => Arc::new(decoded.map_err(Unread::NotDecoded)?),
            Err(_) => return Err(Unread::NotDecoded(Why::Broken("the decoder stumbled over it".to_owned()))),
        };
        self.shelved(|shelf| shelf.put(address, small.clone(), now));
        Ok(small)
    }

    fn shelved<T>(&self, look: impl FnOnce(&mut Shelf) -> T) -> T {
        look(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why there is nothing to show.
#[derive(Debug)]
enum Unread {
    NotFetched(PlatformError),
    TooSlow(Duration),
    /// What the file is said to be.
    NoPicture(String),
    NotDecoded(Why),
}

impl Unread {
    /// `which`: `picture 2 of “Teapot” in Harbour & Hill`.
    fn problem(self, which: &str) -> Problem {
        let in_browser = "o opens its address in a browser, if there is one";
        let (kind, message, hint) = match self {
            Self::NotFetched(error @ PlatformError::NotFound { .. }) => (
                ProblemKind::Platform,
                format!("{which} is not there any more: {error}"),
                "read the shop again: it may show another one by now".to_owned(),
            ),
            Self::NotFetched(error) => {
                let again = if error.passes() { "try again in a while; " } else { "" };
                (ProblemKind::Platform, format!("{which} was not read: {error}"), format!("{again}{in_browser}"))
            }
            Self::TooSlow(patience) => (
                ProblemKind::Platform,
                format!("{which} did not come within {} s", patience.as_secs_f32()),
                format!("try again in a while; {in_browser}"),
            ),
            Self::NoPicture(said) => {
                let said = if said.is_empty() { "something unknown".to_owned() } else { format!("{said:?}") };
                let message = format!("{which} is no JPEG, PNG, GIF or WebP: at its address is {said}");
                (ProblemKind::Platform, message, in_browser.to_owned())
            }
            Self::NotDecoded(why) => (ProblemKind::Platform, format!("{which} {why}"), in_browser.to_owned()),
        };
        Problem { kind, message, hint: Some(hint) }
    }
}

/// Reads a picture and makes it fit.
pub async fn picture(truth: &Arc<Truth>, of: PictureOf) -> Result<Reply, Problem> {
    let (http, address, which) = found(truth, of).await?;
    let read = truth.pictures.read(&http, &address, truth.now().0).await;
    let small = read.map_err(|why| why.problem(&which))?;
    let most = |points: u16| points.clamp(1, MOST_POINTS);
    let fitted = aside::aside(move || fitted(&small, most(of.width), most(of.height)));
    let fitted = fitted.await.map_err(|_| problem::broken(format!("{which} could not be made small")))?;
    Ok(Reply::Picture(Box::new(fitted)))
}

/// The client that may read it, its address, and how it is called in a sentence.
async fn found(truth: &Truth, of: PictureOf) -> Result<(Http, String, String), Problem> {
    let known = truth.store.listing(of.listing).await.map_err(problem::store)?;
    let known = known.ok_or_else(|| gone(of.listing))?;
    let connection = truth.read(|all| all.catalogue.now().connection(known.connection).cloned());
    let connection = connection.ok_or_else(|| gone(of.listing))?;
    let title = &known.listing.title;
    let place = u64::from(of.place) + 1;
    let address = usize::try_from(of.place).ok().and_then(|place| known.listing.images.get(place)).cloned();
    let address = address.ok_or_else(|| {
        problem::usage(
            format!("“{title}” has no picture {place} in {}: it has {}", connection.name, known.listing.images.len()),
            "pictures are counted from 1, the main one first",
        )
    })?;
    let client = truth.shops.file_client(&connections::kept_address(&connection));
    let http = client.map_err(|error| problem::platform(&error))?.ok_or_else(|| {
        problem::failure(
            format!("pictures of {} cannot be read here", connection.name),
            "its address stands in the product's details",
        )
    })?;
    Ok((http, address, format!("picture {place} of “{title}” in {}", connection.name)))
}

fn gone(listing: ListingId) -> Problem {
    problem::usage(
        format!("there is no listing {listing}"),
        "it was removed meanwhile; look for the product in the list of products",
    )
}

fn fitted(small: &Small, width: u16, height: u16) -> Picture {
    let (points, (width, height)) = decode::fitted(&small.points, width, height);
    Picture { width, height, points, whole: small.whole, bytes: small.bytes, kind: small.kind.name().to_owned() }
}
