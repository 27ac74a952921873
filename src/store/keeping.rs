//! What entries about keeping in step do to the trees: orders, settings, rules, drift, rejected pairs. As pure as
//! `projection.rs`.

use super::forms::{self, DriftRecord, SettingsRecord, Stored};
use super::projection::{connection_key, was_removed};
use super::shelf::{Changes, Shelf, Tree, records};
use super::trouble::Outcome;
use crate::domain::{ConnectionId, FieldRules, KnownOrder, ListingId, Rejection, RemoteId, SyncSettings};

/// The first byte of a key in the keeping tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Drift = b'd' as isize,
    Rules = b'r' as isize,
    Settings = b's' as isize,
}

impl Kind {
    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'd' => Some(Self::Drift),
            b'r' => Some(Self::Rules),
            b's' => Some(Self::Settings),
            _ => None,
        }
    }
}

/// `other`: the second connection of a pair.
fn key(kind: Kind, connection: ConnectionId, other: ConnectionId) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = kind as u8;
    key[1..5].copy_from_slice(&connection_key(connection));
    key[5..].copy_from_slice(&connection_key(other));
    key
}

const NONE: ConnectionId = ConnectionId(0);

/// A platform's identifiers have any length, and keys of a tree have one.
fn order_key(connection: ConnectionId, remote: &RemoteId) -> [u8; 20] {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&connection_key(connection));
    key[4..].copy_from_slice(&blake3::hash(remote.as_str().as_bytes()).as_bytes()[..16]);
    key
}

pub(super) fn keep_settings(
    trees: &mut Changes<'_, impl Shelf>,
    connection: ConnectionId,
    settings: &SyncSettings,
) -> Outcome<()> {
    let record = SettingsRecord { connection, settings: settings.clone() };
    keep(trees, Kind::Settings, connection, NONE, &record)
}

pub(super) fn keep_rules(trees: &mut Changes<'_, impl Shelf>, rules: &FieldRules) -> Outcome<()> {
    if was_removed(trees, rules.online)? {
        return Ok(());
    }
    keep(trees, Kind::Rules, rules.in_store, rules.online, rules)
}

pub(super) fn keep_drift(
    trees: &mut Changes<'_, impl Shelf>,
    connection: ConnectionId,
    millionths: u64,
) -> Outcome<()> {
    keep(trees, Kind::Drift, connection, NONE, &DriftRecord { connection, millionths })
}

fn keep(
    trees: &mut Changes<'_, impl Shelf>,
    kind: Kind,
    connection: ConnectionId,
    other: ConnectionId,
    record: &impl Stored,
) -> Outcome<()> {
    if was_removed(trees, connection)? {
        return Ok(());
    }
    trees.put(Tree::Keeping, &key(kind, connection, other), &forms::seal(record)?)
}

pub(super) fn see_order(trees: &mut Changes<'_, impl Shelf>, order: &KnownOrder) -> Outcome<()> {
    if was_removed(trees, order.connection)? {
        return Ok(());
    }
    trees.put(Tree::Orders, &order_key(order.connection, &order.order.remote), &forms::seal(order)?)
}

pub(super) fn forget_orders(
    trees: &mut Changes<'_, impl Shelf>,
    connection: ConnectionId,
    orders: &[RemoteId],
) -> Outcome<()> {
    orders.iter().try_for_each(|remote| trees.remove(Tree::Orders, &order_key(connection, remote)))
}

fn pair_key(in_store: ListingId, online: ListingId) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&in_store.0.to_be_bytes());
    key[8..].copy_from_slice(&online.0.to_be_bytes());
    key
}

pub(super) fn reject(trees: &mut Changes<'_, impl Shelf>, rejection: &Rejection) -> Outcome<()> {
    if was_removed(trees, rejection.till)? || was_removed(trees, rejection.shop)? {
        return Ok(());
    }
    trees.put(Tree::Rejections, &pair_key(rejection.in_store, rejection.online), &forms::seal(rejection)?)
}

pub(super) fn allow(trees: &mut Changes<'_, impl Shelf>, in_store: ListingId, online: ListingId) -> Outcome<()> {
    trees.remove(Tree::Rejections, &pair_key(in_store, online))
}

/// With a connection go its orders, its settings, its drift, the rules between it and any other, and what was said of
/// its listings.
pub(super) fn remove_of<S: Shelf>(trees: &mut Changes<'_, S>, connection: ConnectionId) -> Outcome<()> {
    trees.remove_all(Tree::Orders, &connection_key(connection))?;
    let named = connection_key(connection);
    let mut lost = Vec::new();
    records(trees, Tree::Keeping, &[], &[], &mut |key, _| {
        if key.get(1..5) == Some(&named[..]) || key.get(5..) == Some(&named[..]) {
            lost.push(key.to_vec());
        }
        Ok(true)
    })?;
    lost.iter().try_for_each(|key| trees.remove(Tree::Keeping, key))?;
    lost.clear();
    records(trees, Tree::Rejections, &[], &[], &mut |key, bytes| {
        let rejection: Rejection = forms::open(bytes)?;
        if [rejection.till, rejection.shop].contains(&connection) {
            lost.push(key.to_vec());
        }
        Ok(true)
    })?;
    lost.iter().try_for_each(|key| trees.remove(Tree::Rejections, key))
}
