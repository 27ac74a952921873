//! Where listings stand in a comparison.

use crate::domain::Status;

use super::goods::Tie;

/// Where a listing stands in the comparison with one other connection. In the order in which listings that share a key
/// are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Can be linked.
    Open,
    /// All its variants are linked, but none to the connection that is compared: it can be linked there as well.
    LinkedElsewhere,
    /// Some variants are linked to the other connection, others are not.
    PartlyLinked,
    /// All variants are linked to the other connection.
    Linked,
    /// Not linked, and not active.
    Inactive,
    /// Taken out.
    Gone,
}

impl Standing {
    pub(super) fn of(status: Status, ties: impl Iterator<Item = Tie>) -> Self {
        let (mut there, mut elsewhere, mut all) = (0, 0, 0);
        for tie in ties {
            all += 1;
            match tie {
                Tie::Free => {}
                Tie::Elsewhere => elsewhere += 1,
                Tie::There { .. } => there += 1,
            }
        }
        match status {
            _ if there == all => Self::Linked,
            _ if there > 0 => Self::PartlyLinked,
            _ if elsewhere == all => Self::LinkedElsewhere,
            Status::Active => Self::Open,
            Status::Draft | Status::Archived => Self::Inactive,
        }
    }
}
