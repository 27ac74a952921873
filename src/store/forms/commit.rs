//! What one commit appended to the journal. Nouns inside it carry their own version, so that a change of one does not
//! make this form a new one.

use serde::{Deserialize, Serialize, Serializer};

use super::keeping::{DriftRecord, SettingsRecord};
use super::meta::FeedV1;
use super::{Stored, decode_form, encode_form, unknown_version, unwrap, wrap};
use crate::domain::{
    ConnectionId, Cursor, JobId, LinkId, ListingId, LocationId, Quantity, RemoteId, Step, StepIndex, Timestamp,
    VariantId,
};
use crate::store::entry::Entry;
use crate::store::trouble::Outcome;

/// Entries with the moment at which they were committed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Commit {
    pub(in crate::store) at: Timestamp,
    pub(in crate::store) entries: Vec<Entry>,
}

/// A noun in its own form: `version | body`.
struct Wrapped(Vec<u8>);

impl Serialize for Wrapped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Wrapped {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.to_vec()))
    }
}

#[derive(Serialize, Deserialize)]
struct CommitV1<'a> {
    at: i64,
    #[serde(borrow)]
    entries: Vec<EntryV1<'a>>,
}

#[derive(Serialize, Deserialize)]
enum EntryV1<'a> {
    ConnectionKept(Wrapped),
    ConnectionRemoved(u32),
    ListingSeen(Wrapped),
    LevelSeen {
        listing: u64,
        variant: u64,
        location: &'a str,
        quantity: Option<i64>,
        at: i64,
    },
    ListingGone {
        listing: u64,
        at: i64,
    },
    CursorMoved {
        connection: u32,
        feed: FeedV1,
        cursor: Option<&'a str>,
        at: i64,
    },
    Swept {
        connection: u32,
        at: i64,
    },
    LinkKept(Wrapped),
    LinkRemoved {
        link: u64,
        why: &'a str,
    },
    JobPlanned {
        job: Wrapped,
        steps: Vec<StepV1>,
        refusals: Vec<Wrapped>,
    },
    JobKept(Wrapped),
    StepMoved {
        job: u64,
        step: u32,
        state: Wrapped,
    },
    BatchSent {
        job: u64,
        steps: Vec<u32>,
        generation: u32,
    },
    JobForgotten(u64),
    SettingsKept(Wrapped),
    FieldRulesKept(Wrapped),
    OrderSeen(Wrapped),
    OrdersForgotten {
        connection: u32,
        #[serde(borrow)]
        orders: Vec<&'a str>,
    },
    Noted(Wrapped),
    DriftEstimated(Wrapped),
    PairRejected(Wrapped),
    PairAllowed {
        in_store: u64,
        online: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct StepV1 {
    index: u32,
    planned: Wrapped,
    state: Wrapped,
}

fn wrapped<T: Stored>(value: &T) -> Outcome<Wrapped> {
    wrap(value).map(Wrapped)
}

fn entry_form(entry: &Entry) -> Outcome<EntryV1<'_>> {
    Ok(match entry {
        Entry::ConnectionKept(connection) => EntryV1::ConnectionKept(wrapped(connection)?),
        Entry::ConnectionRemoved(connection) => EntryV1::ConnectionRemoved(connection.0),
        Entry::ListingSeen(listing) => EntryV1::ListingSeen(wrapped(&**listing)?),
        Entry::LevelSeen { listing, variant, location, quantity, at } => EntryV1::LevelSeen {
            listing: listing.0,
            variant: variant.0,
            location: location.0.as_str(),
            quantity: quantity.map(Quantity::raw),
            at: at.0,
        },
        Entry::ListingGone { listing, at } => EntryV1::ListingGone { listing: listing.0, at: at.0 },
        Entry::CursorMoved { connection, feed, cursor, at } => EntryV1::CursorMoved {
            connection: connection.0,
            feed: (*feed).into(),
            cursor: match cursor {
                Cursor::Start => None,
                Cursor::At(place) => Some(place),
            },
            at: at.0,
        },
        Entry::Swept { connection, at } => EntryV1::Swept { connection: connection.0, at: at.0 },
        Entry::LinkKept(link) => EntryV1::LinkKept(wrapped(link)?),
        Entry::LinkRemoved { link, why } => EntryV1::LinkRemoved { link: link.0, why },
        Entry::JobPlanned { job, steps, refusals } => EntryV1::JobPlanned {
            job: wrapped(job)?,
            steps: steps
                .iter()
                .map(|step| {
                    let (planned, state) = (wrapped(&step.planned)?, wrapped(&step.state)?);
                    Ok(StepV1 { index: step.index.0, planned, state })
                })
                .collect::<Outcome<_>>()?,
            refusals: refusals.iter().map(wrapped).collect::<Outcome<_>>()?,
        },
        Entry::JobKept(job) => EntryV1::JobKept(wrapped(job)?),
        Entry::StepMoved { job, step, state } => {
            EntryV1::StepMoved { job: job.0, step: step.0, state: wrapped(state)? }
        }
        Entry::BatchSent { job, steps, generation } => {
            EntryV1::BatchSent { job: job.0, steps: steps.iter().map(|step| step.0).collect(), generation: *generation }
        }
        Entry::JobForgotten(job) => EntryV1::JobForgotten(job.0),
        Entry::SettingsKept { connection, settings } => {
            EntryV1::SettingsKept(wrapped(&SettingsRecord { connection: *connection, settings: settings.clone() })?)
        }
        Entry::FieldRulesKept(rules) => EntryV1::FieldRulesKept(wrapped(rules)?),
        Entry::OrderSeen(order) => EntryV1::OrderSeen(wrapped(&**order)?),
        Entry::OrdersForgotten { connection, orders } => {
            EntryV1::OrdersForgotten { connection: connection.0, orders: orders.iter().map(RemoteId::as_str).collect() }
        }
        Entry::Noted(record) => EntryV1::Noted(wrapped(&**record)?),
        Entry::DriftEstimated { connection, millionths } => {
            EntryV1::DriftEstimated(wrapped(&DriftRecord { connection: *connection, millionths: *millionths })?)
        }
        Entry::PairRejected(rejection) => EntryV1::PairRejected(wrapped(rejection)?),
        Entry::PairAllowed { in_store, online } => EntryV1::PairAllowed { in_store: in_store.0, online: online.0 },
    })
}

fn entry_of(form: EntryV1<'_>) -> Outcome<Entry> {
    Ok(match form {
        EntryV1::ConnectionKept(bytes) => Entry::ConnectionKept(unwrap(&bytes.0)?),
        EntryV1::ConnectionRemoved(connection) => Entry::ConnectionRemoved(ConnectionId(connection)),
        EntryV1::ListingSeen(bytes) => Entry::ListingSeen(Box::new(unwrap(&bytes.0)?)),
        EntryV1::LevelSeen { listing, variant, location, quantity, at } => Entry::LevelSeen {
            listing: ListingId(listing),
            variant: VariantId(variant),
            location: LocationId(RemoteId::new(location)?),
            quantity: quantity.map(Quantity::from_raw),
            at: Timestamp(at),
        },
        EntryV1::ListingGone { listing, at } => Entry::ListingGone { listing: ListingId(listing), at: Timestamp(at) },
        EntryV1::CursorMoved { connection, feed, cursor, at } => Entry::CursorMoved {
            connection: ConnectionId(connection),
            feed: feed.into(),
            cursor: cursor.map_or(Cursor::Start, |place| Cursor::At(place.to_owned())),
            at: Timestamp(at),
        },
        EntryV1::Swept { connection, at } => Entry::Swept { connection: ConnectionId(connection), at: Timestamp(at) },
        EntryV1::LinkKept(bytes) => Entry::LinkKept(unwrap(&bytes.0)?),
        EntryV1::LinkRemoved { link, why } => Entry::LinkRemoved { link: LinkId(link), why: why.to_owned() },
        EntryV1::JobPlanned { job, steps, refusals } => Entry::JobPlanned {
            job: unwrap(&job.0)?,
            steps: steps
                .into_iter()
                .map(|step| {
                    let (planned, state) = (unwrap(&step.planned.0)?, unwrap(&step.state.0)?);
                    Ok(Step { index: StepIndex(step.index), planned, state })
                })
                .collect::<Outcome<_>>()?,
            refusals: refusals.iter().map(|refusal| unwrap(&refusal.0)).collect::<Outcome<_>>()?,
        },
        EntryV1::JobKept(bytes) => Entry::JobKept(unwrap(&bytes.0)?),
        EntryV1::StepMoved { job, step, state } => {
            Entry::StepMoved { job: JobId(job), step: StepIndex(step), state: unwrap(&state.0)? }
        }
        EntryV1::BatchSent { job, steps, generation } => {
            Entry::BatchSent { job: JobId(job), steps: steps.into_iter().map(StepIndex).collect(), generation }
        }
        EntryV1::JobForgotten(job) => Entry::JobForgotten(JobId(job)),
        EntryV1::SettingsKept(bytes) => {
            let SettingsRecord { connection, settings } = unwrap(&bytes.0)?;
            Entry::SettingsKept { connection, settings }
        }
        EntryV1::FieldRulesKept(bytes) => Entry::FieldRulesKept(unwrap(&bytes.0)?),
        EntryV1::OrderSeen(bytes) => Entry::OrderSeen(Box::new(unwrap(&bytes.0)?)),
        EntryV1::OrdersForgotten { connection, orders } => Entry::OrdersForgotten {
            connection: ConnectionId(connection),
            orders: orders.into_iter().map(RemoteId::new).collect::<Result<_, _>>()?,
        },
        EntryV1::Noted(bytes) => Entry::Noted(Box::new(unwrap(&bytes.0)?)),
        EntryV1::DriftEstimated(bytes) => {
            let DriftRecord { connection, millionths } = unwrap(&bytes.0)?;
            Entry::DriftEstimated { connection, millionths }
        }
        EntryV1::PairRejected(bytes) => Entry::PairRejected(unwrap(&bytes.0)?),
        EntryV1::PairAllowed { in_store, online } => {
            Entry::PairAllowed { in_store: ListingId(in_store), online: ListingId(online) }
        }
    })
}

impl Stored for Commit {
    const NOUN: &'static str = "commit";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let entries = self.entries.iter().map(entry_form).collect::<Outcome<_>>().map_err(|why| why.to_string())?;
        encode_form(&CommitV1 { at: self.at.0, entries }, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: CommitV1<'_> = decode_form(body)?;
        let entries = form.entries.into_iter().map(entry_of).collect::<Outcome<_>>()?;
        Ok(Self { at: Timestamp(form.at), entries })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{golden, open, seal};
    use super::*;
    use crate::store::samples;
    use proptest::prelude::*;

    #[test]
    fn version_1_stays_as_it_is() {
        let entries = samples::entries();
        assert_eq!(entries.len(), GOLDEN.len());
        for (entry, bytes) in entries.into_iter().zip(GOLDEN) {
            golden::check(&Commit { at: Timestamp(1_795_287_600_123), entries: vec![entry] }, bytes);
        }
    }

    /// Nouns have their own versions: what a commit holds of older ones is read for ever.
    #[test]
    fn commits_with_nouns_of_older_versions_are_read_for_ever() {
        let read = |hex: &str| open::<Commit>(&golden::bytes(hex)).unwrap().entries.remove(0);
        let [listing, link, job] = OLDER.map(read);
        let Entry::ListingSeen(listing) = listing else { panic!("{listing:?}") };
        assert_eq!((listing.id, listing.connection), (ListingId(9), ConnectionId(2)));
        assert_eq!(listing.listing.variants[0].weight, None);
        let Entry::LinkKept(link) = link else { panic!("{link:?}") };
        assert_eq!((link.members.len(), link.available), (2, Some(Quantity::units(4))));
        let Entry::JobPlanned { steps, refusals, .. } = job else { panic!("{job:?}") };
        assert_eq!((steps.len(), refusals.len()), (4, 1));
    }

    /// A listing of version 1, a link of version 1, a job whose first step makes a link without what is available.
    const OLDER: [&str; 3] = [
        "01f6afd6f7bf680102ad010102090080aed6f7bf680250370b54656120706f7420e88cb609486f6c64732032206c010441786973000101010453697a65025a02563101024931010453697a650153010454502d31010d34303036333831333333393331018c1f4555520001024c3180be92015b02563200010453697a65014d00000002011768747470733a2f2f782e6578616d706c652f312e6a7067011368747470733a2f2f782e6578616d706c652f370180aed6f7bf6864a63893",
        "01f6afd6f7bf6801071d01040201074601c0843dbf9a0c02095a01c0843dbf9a0c80aed6f7bf6890671a64",
        "01f6afd6f7bf680109390105010c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6504002f01000201074601c0843dbf9a0c02095a01c0843dbf9a0c0754656120706f740e504f53206973207072696d6172790002010001450101070201020180be9201002030313233343536373839616263646566303132333435363738396162636465660754656120706f740e504f53206973207072696d61727900020100022a01020200095a024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790100020100032a010202010101024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790101020100015201070754656120706f7411000102030454502d3109040454502d3109050454502d31060454502d310765640865640965640a0454502d31640ba08d060c0d0e0f10106c696e6b6564206d65616e7768696c6553e1b3ba",
    ];

    /// One commit for each kind of entry, in the order of [`samples::entries`].
    const GOLDEN: [&str; 22] = [
        "01f6afd6f7bf68010054010206737175617265010e436166c3a920e299a5204e6f726417687474703a2f2f3132372e302e302e313a383038302f78010e2f6574632f726f6f74732e70656d45555201024c310453686f700180aed6f7bf6893a8e2b6",
        "01f6afd6f7bf68010102d5299fc0",
        "01f6afd6f7bf680102c4010202090080aed6f7bf680250370b54656120706f7420e88cb609486f6c64732032206c010441786973000101010453697a65025a02563101024931010453697a650153010454502d31010d34303036333831333333393331018c1f4555520001024c3180be920101f42645555201d0f0330190a10fa0fe0af8ba095b02563200010453697a65014d00000002000000011768747470733a2f2f782e6578616d706c652f312e6a7067011368747470733a2f2f782e6578616d706c652f370180aed6f7bf682e6aefe4",
        "01f6afd6f7bf680103095a024c3101c0cf2480aed6f7bf68e8c786e7",
        "01f6afd6f7bf6801040980aed6f7bf6844b1ac43",
        "01f6afd6f7bf680105020101066e6578743d3780aed6f7bf689280c24a",
        "01f6afd6f7bf6801060280aed6f7bf68c3e28e03",
        "01f6afd6f7bf6801078a0102040201074601c0843d000202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680002095a01c0843d01c0843dc09a0c80aed6f7bf680202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf68000180ea300180aed6f7bf68c923ee12",
        "01f6afd6f7bf680108040762792068616e64187ff606",
        "01f6afd6f7bf680109390105010c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6512009b0101030201074601c0843d000202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680002095a01c0843d01c0843dc09a0c80aed6f7bf680202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680001c0843d0754656120706f740e504f53206973207072696d6172790002020001450101070201020180be9201002030313233343536373839616263646566303132333435363738396162636465660754656120706f740e504f53206973207072696d61727900020200022a01020200095a024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790100020200032a010202010101024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790101020200041b0104040754656120706f740e504f53206973207072696d61727900020200051c0105045a0754656120706f740e504f53206973207072696d617279000202000625010604bfcf240662726f6b656e0754656120706f740e504f53206973207072696d61727900020200071e01080209075a0754656120706f740e504f53206973207072696d61727900020200081c010902090754656120706f740e504f53206973207072696d61727900020200092c0107020900000003546561000754656120706f740754656120706f740e504f53206973207072696d617279000202000a2801070209015a04010001010454502d310754656120706f740e504f53206973207072696d617279000202000b2801070209015a02020002018c1f4555520754656120706f740e504f53206973207072696d617279000202000c3a010702090009030003011768747470733a2f2f782e6578616d706c652f312e6a70670754656120706f740e504f53206973207072696d617279000202000d2601070209015a0a04000401d0f0330754656120706f740e504f53206973207072696d617279000202000e2c01070209015a0b0500050190a10fa0fe0af8ba090754656120706f740e504f53206973207072696d617279000202000f2201070209000c060006010754656120706f740e504f53206973207072696d61727900020200102201070209000c060106020754656120706f740e504f53206973207072696d6172790002020011240107020900080700070101530754656120706f740e504f53206973207072696d61727900020200015401070754656120706f7412000102030454502d3109040454502d3109050454502d31060454502d310765640865640965640a0454502d31640ba08d060c0d0e0f10106c696e6b6564206d65616e7768696c651164dc8b7a86",
        "01f6afd6f7bf68010a390105000c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6585a06042",
        "01f6afd6f7bf68010b0501040201010026c20793",
        "01f6afd6f7bf68010c0502010201db80ab8a",
        "01f6afd6f7bf68010d057af34ef2",
        "01f6afd6f7bf68010e11020100010f0232c0cf240180897a00190732babf27",
        "01f6afd6f7bf68010f0c0101030003000102020c00012e121aa1",
        "01f6afd6f7bf68011046010190e7ddf7bf68024f310523313030310180aed6f7bf68c0d7ddf7bf68020131010250370102563101024c3180ea30c09a0ca08d0600013200000080ea30c09a0ca08d060023e27e52",
        "01f6afd6f7bf6801110102024f37024f38af3c0f72",
        "01f6afd6f7bf680112280180aed6f7bf68020b54656120706f7420e88cb6010454502d310109015a0102010137010135020536d27467",
        "01f6afd6f7bf680113050101d0a54cae4cb32e",
        "01f6afd6f7bf6801140b010709010280aed6f7bf68f8b62f6b",
        "01f6afd6f7bf6801150709b211ff3b",
    ];

    proptest! {
        #[test]
        fn every_entry_comes_back(entries in prop::collection::vec(samples::any_entry(), 0..8), at in any::<i64>()) {
            let commit = Commit { at: Timestamp(at), entries };
            prop_assert_eq!(open::<Commit>(&seal(&commit).unwrap()).unwrap(), commit);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unwrap::<Commit>(&bytes);
        }
    }
}
