//! The report over a restart: a file beside the store, with what it was made of, so that it is known whether it is
//! still true. What cannot be read is made anew; nothing is lost with it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::domain::{Candidate, ListingId, MatchKey, Money, NoCandidate, Reason, Side, Text, Timestamp, VariantPair};
use crate::protocol::{NoticeLevel, Topic};
use crate::rules::CatalogueView;
use crate::store::Beside;

use super::super::aside::aside;
use super::super::catalogue::Snapshot;
use super::super::truth::Truth;
use super::suggested::Suggested;
use super::{Counts, Report, UNKNOWN};

/// Grows with each change of [`Form`].
const FORM: u8 = 1;
const NAME: &str = "link-report";

/// The report as it lies in the file.
#[derive(Serialize, Deserialize)]
struct Form {
    made_at: Timestamp,
    /// Of what matching looked at.
    print: u64,
    candidates: Vec<(ListingId, ListingId, Vec<u8>, Vec<VariantPair>)>,
    without: Vec<(ListingId, Vec<ReasonForm>)>,
    suggested: Suggested,
    compared: Vec<String>,
    notes: Vec<String>,
}

/// A reason as it lies in the file, which holds no names of fields.
#[derive(Serialize, Deserialize)]
enum ReasonForm {
    PriceDiffers(ListingId, Option<Money>, Option<Money>),
    BrandDiffers(ListingId, Option<Text>, Option<Text>),
    StructureDiffers(ListingId, bool),
    VariantsDiffer(ListingId, Vec<Text>),
    DuplicateKey(MatchKey, Text, Vec<ListingId>),
    DuplicateVariant(ListingId, Text),
    Inactive,
    OtherInactive(ListingId),
    OtherLinked(ListingId),
    OtherHasMore(ListingId, Vec<Text>),
    OtherMatched(ListingId, MatchKey, ListingId),
    SeveralCounterparts(MatchKey, ListingId, Vec<ListingId>),
    PartlyLinked(ListingId, Vec<Text>),
    SpecialCharacter(ListingId, MatchKey, Text, Text),
    SpellingNear(ListingId, MatchKey, Text, Text, u8),
    InvalidBarcode(Text, u8),
    NoKey,
    NoCounterpart,
    Rejected(ListingId),
}

impl From<&Reason> for ReasonForm {
    fn from(reason: &Reason) -> Self {
        match reason.clone() {
            Reason::PriceDiffers { other, ours, theirs } => Self::PriceDiffers(other, ours, theirs),
            Reason::BrandDiffers { other, ours, theirs } => Self::BrandDiffers(other, ours, theirs),
            Reason::StructureDiffers { other, ours_variable } => Self::StructureDiffers(other, ours_variable),
            Reason::VariantsDiffer { other, without } => Self::VariantsDiffer(other, without),
            Reason::DuplicateKey { key, value, listings } => Self::DuplicateKey(key, value, listings),
            Reason::DuplicateVariant { listing, label } => Self::DuplicateVariant(listing, label),
            Reason::Inactive => Self::Inactive,
            Reason::OtherInactive { other } => Self::OtherInactive(other),
            Reason::OtherLinked { other } => Self::OtherLinked(other),
            Reason::OtherHasMore { other, without } => Self::OtherHasMore(other, without),
            Reason::OtherMatched { other, by, with } => Self::OtherMatched(other, by, with),
            Reason::SeveralCounterparts { key, of, listings } => Self::SeveralCounterparts(key, of, listings),
            Reason::PartlyLinked { other, without } => Self::PartlyLinked(other, without),
            Reason::SpecialCharacter { other, key, ours, theirs } => Self::SpecialCharacter(other, key, ours, theirs),
            Reason::SpellingNear { other, key, ours, theirs, distance } => {
                Self::SpellingNear(other, key, ours, theirs, distance)
            }
            Reason::InvalidBarcode { value, check_digit } => Self::InvalidBarcode(value, check_digit),
            Reason::NoKey => Self::NoKey,
            Reason::NoCounterpart => Self::NoCounterpart,
            Reason::Rejected { other } => Self::Rejected(other),
        }
    }
}

impl From<ReasonForm> for Reason {
    fn from(form: ReasonForm) -> Self {
        match form {
            ReasonForm::PriceDiffers(other, ours, theirs) => Self::PriceDiffers { other, ours, theirs },
            ReasonForm::BrandDiffers(other, ours, theirs) => Self::BrandDiffers { other, ours, theirs },
            ReasonForm::StructureDiffers(other, ours_variable) => Self::StructureDiffers { other, ours_variable },
            ReasonForm::VariantsDiffer(other, without) => Self::VariantsDiffer { other, without },
            ReasonForm::DuplicateKey(key, value, listings) => Self::DuplicateKey { key, value, listings },
            ReasonForm::DuplicateVariant(listing, label) => Self::DuplicateVariant { listing, label },
            ReasonForm::Inactive => Self::Inactive,
            ReasonForm::OtherInactive(other) => Self::OtherInactive { other },
            ReasonForm::OtherLinked(other) => Self::OtherLinked { other },
            ReasonForm::OtherHasMore(other, without) => Self::OtherHasMore { other, without },
            ReasonForm::OtherMatched(other, by, with) => Self::OtherMatched { other, by, with },
            ReasonForm::SeveralCounterparts(key, of, listings) => Self::SeveralCounterparts { key, of, listings },
            ReasonForm::PartlyLinked(other, without) => Self::PartlyLinked { other, without },
            ReasonForm::SpecialCharacter(other, key, ours, theirs) => {
                Self::SpecialCharacter { other, key, ours, theirs }
            }
            ReasonForm::SpellingNear(other, key, ours, theirs, distance) => {
                Self::SpellingNear { other, key, ours, theirs, distance }
            }
            ReasonForm::InvalidBarcode(value, check_digit) => Self::InvalidBarcode { value, check_digit },
            ReasonForm::NoKey => Self::NoKey,
            ReasonForm::NoCounterpart => Self::NoCounterpart,
            ReasonForm::Rejected(other) => Self::Rejected { other },
        }
    }
}

const KEYS: [MatchKey; 3] = [MatchKey::Barcode, MatchKey::Sku, MatchKey::Title];

/// The same for two catalogues that matching cannot tell apart, whatever the order in which they are gone through.
fn print(snapshot: &Snapshot) -> u64 {
    let mut print = 0u64;
    for connection in snapshot.connections() {
        let side = connection.side == Side::InStore;
        let mut hasher = DefaultHasher::new();
        (connection.id.0, side, connection.name.as_str()).hash(&mut hasher);
        print = print.wrapping_add(hasher.finish());
        snapshot.each_listing(connection.id, &mut |known| {
            let mut hasher = DefaultHasher::new();
            let listing = &known.listing;
            (known.id.0, connection.id.0, listing.title.as_str(), listing.brand.as_deref()).hash(&mut hasher);
            (listing.status as u8, listing.structure.is_variable()).hash(&mut hasher);
            for (number, variant) in known.numbered() {
                (number.0, variant.sku.as_deref(), variant.barcode.as_deref(), variant.price).hash(&mut hasher);
                for option in &variant.options {
                    (option.option.as_str(), option.value.as_str()).hash(&mut hasher);
                }
            }
            print = print.wrapping_add(hasher.finish());
        });
    }
    print
}

fn beside(truth: &Truth) -> Option<Beside> {
    truth.store.beside(NAME, truth.identity)
}

/// Keeps a report over a restart. That it cannot be is no harm: it is made anew then.
pub fn shelve(truth: &Truth, snapshot: &Snapshot, report: &Report) {
    let Some(file) = beside(truth) else { return };
    if truth.is_stopping() {
        return;
    }
    let key = |key: &MatchKey| KEYS.iter().position(|one| one == key).unwrap_or(0) as u8;
    let candidate =
        |one: &Candidate| (one.in_store, one.online, one.matched.iter().map(key).collect(), one.pairs.clone());
    let without = |one: &NoCandidate| (one.listing, one.reasons.iter().map(ReasonForm::from).collect());
    let form = Form {
        made_at: report.made_at,
        print: print(snapshot),
        candidates: report.candidates.iter().map(candidate).collect(),
        without: report.without.iter().map(without).collect(),
        suggested: report.suggested.clone(),
        compared: report.compared.clone(),
        notes: report.notes.clone(),
    };
    let kept = file.write(FORM, &mut |mut out| {
        postcard::to_io(&form, &mut out).map(|_| ()).map_err(|why| std::io::Error::other(why.to_string()))
    });
    if let Err(why) = kept {
        tracing::warn!("the link report is not kept over a restart: {why}");
    }
}

/// What the file holds, and the print of what it was made of.
fn read(truth: &Truth, file: &Beside) -> std::io::Result<Option<(Report, u64)>> {
    let Some(bytes) = file.read(FORM)? else { return Ok(None) };
    let form: Form = postcard::from_bytes(&bytes).map_err(|why| std::io::Error::other(why.to_string()))?;
    let key = |place: &u8| KEYS.get(usize::from(*place)).copied();
    let candidates = form.candidates.into_iter().map(|(in_store, online, matched, pairs)| Candidate {
        in_store,
        online,
        matched: matched.iter().filter_map(key).collect(),
        pairs,
    });
    let candidates: Vec<Candidate> = candidates.collect();
    let without = form
        .without
        .into_iter()
        .map(|(listing, reasons)| NoCandidate { listing, reasons: reasons.into_iter().map(Reason::from).collect() });
    let without: Vec<NoCandidate> = without.collect();
    let report = Report {
        number: truth.reports.number(),
        made_at: form.made_at,
        revision: AtomicU64::new(UNKNOWN),
        counts: Counts::of(&candidates, &without),
        candidates: Arc::new(candidates),
        without: Arc::new(without),
        suggested: form.suggested,
        compared: form.compared,
        notes: form.notes,
    };
    Ok(Some((report, form.print)))
}

/// Takes the report of the engine before, if there is one. Until it is known that nothing has changed since, it counts
/// as outdated; one that is damaged is made anew.
pub async fn recall(truth: &Arc<Truth>) {
    let Some(file) = beside(truth) else { return };
    let reading = truth.clone();
    let found = aside(move || read(&reading, &file)).await;
    let (report, print_then) = match found {
        Ok(Ok(Some(found))) => found,
        Ok(Ok(None)) => return,
        Ok(Err(_)) | Err(_) => {
            if super::refresh(truth).is_ok() {
                let text = "The link report that was kept could not be read and is made anew".to_owned();
                truth.announcer.notice(NoticeLevel::Warning, text, None, None);
            }
            return;
        }
    };
    let report = Arc::new(report);
    truth.reports.keep(report.clone());
    let (comparing, snapshot) = (truth.clone(), truth.snapshot());
    truth.reports.spawn(async move {
        let revision = snapshot.matching_revision;
        let same = aside(move || print(&snapshot) == print_then).await;
        if same.is_ok_and(|same| same) {
            report.revision.store(revision, Ordering::SeqCst);
            comparing.announcer.changed(&[Topic::Report]);
        }
    });
}
