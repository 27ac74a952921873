//! Fields that are kept in step: what stands in them, whether two sides mean the same, and who follows whom.
//!
//! One side of a pair is the side of record for a field. A change there goes to the other side; a change on the other
//! side is a conflict that a person decides; and where nothing was ever agreed, a difference is shown and left alone.
//! Which of the two changed is told by fingerprints of what both held when they were last one ([`Agreed`]).
//!
//! | file | what lives there |
//! |---|---|
//! | `value.rs` | a field of a listing or a variant, read and put |
//! | `face.rs` | fingerprints: what a side shows, as far as deciding needs it |
//! | `verdict.rs` | the three-way decision |
//! | `watch.rs` | which fields of which linked listings are kept in step, and by whom they are led |
//! | `further.rs` | variants that the side of record has more |
//!
//! Nothing here overwrites by itself: a verdict says what is so, the engine plans, journals and reads again before it
//! writes.

mod face;
mod further;
mod value;
mod verdict;
mod watch;

pub use face::{Agreed, Face, face};
pub use further::{Further, further, values};
pub use value::{fits, put, same, value, writable};
pub use verdict::{Verdict, decide, newly_agreed};
pub use watch::{Pair, RuleBook, Watched, pairs, watched};
