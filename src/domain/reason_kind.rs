//! The kinds of reasons why a listing has no candidate: what a report is filtered by.

use serde::{Deserialize, Serialize};

use super::Reason;

macro_rules! kinds {
    ($($variant:ident $name:literal $label:literal $pattern:pat,)+) => {
        /// A [`Reason`] without its values. Names are those of the reasons as they are exported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ReasonKind { $($variant,)+ }

        impl ReasonKind {
            /// In the order in which filters offer them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As it is written on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// A few words for a filter.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Reason {
            pub const fn kind(&self) -> ReasonKind {
                match self { $($pattern => ReasonKind::$variant,)+ }
            }
        }
    };
}

kinds! {
    PriceDiffers "price_differs" "price differs" Reason::PriceDiffers { .. },
    BrandDiffers "brand_differs" "brand differs" Reason::BrandDiffers { .. },
    StructureDiffers "structure_differs" "single item against variants" Reason::StructureDiffers { .. },
    VariantsDiffer "variants_differ" "variants differ" Reason::VariantsDiffer { .. },
    OtherHasMore "other_has_more" "the other one has more variants" Reason::OtherHasMore { .. },
    DuplicateKey "duplicate_key" "same key on several" Reason::DuplicateKey { .. },
    DuplicateVariant "duplicate_variant" "two variants are the same" Reason::DuplicateVariant { .. },
    Inactive "inactive" "draft or archived" Reason::Inactive,
    OtherInactive "other_inactive" "the other one is a draft or archived" Reason::OtherInactive { .. },
    OtherLinked "other_linked" "the other one is linked already" Reason::OtherLinked { .. },
    OtherMatched "other_matched" "the other one matches another better" Reason::OtherMatched { .. },
    SeveralCounterparts "several_counterparts" "leads to several" Reason::SeveralCounterparts { .. },
    PartlyLinked "partly_linked" "linked in part" Reason::PartlyLinked { .. },
    SpecialCharacter "special_character" "special characters" Reason::SpecialCharacter { .. },
    SpellingNear "spelling_near" "spelled nearly the same" Reason::SpellingNear { .. },
    InvalidBarcode "invalid_barcode" "invalid barcode" Reason::InvalidBarcode { .. },
    NoKey "no_key" "no SKU and no barcode" Reason::NoKey,
    NoCounterpart "no_counterpart" "nothing like it there" Reason::NoCounterpart,
    Rejected "rejected" "rejected by you" Reason::Rejected { .. },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_exported_reasons() {
        for kind in ReasonKind::ALL {
            assert_eq!(ReasonKind::named(kind.name()), Some(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("{:?}", kind.name()));
        }
        let exported = serde_json::to_value(Reason::NoKey).unwrap();
        assert_eq!(exported["reason"], Reason::NoKey.kind().name());
    }
}
