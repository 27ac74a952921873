//! The three-way decision: did the side of record change, did the other one, or both, since they were last one?

use crate::domain::Field;

use super::face::{Agreed, Face};

/// What is so with one field of a linked pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both mean the same, or both are as they were when it was last agreed that they may differ.
    Same,
    /// Only the side of record changed: its value goes to the other one.
    Write,
    /// The other side changed, where its word does not count. `both`: and the side of record as well. A person decides.
    Conflict { both: bool },
    /// They differ, and nothing was ever agreed: the rule is new. Shown, and left alone.
    Differs,
    /// They cannot be compared: two currencies, or a title or price that the side of record does not have.
    Apart,
}

/// What is so, from what both sides show now and what they showed when they were last one.
pub fn decide(field: Field, record: Face, other: Face, agreed: Option<Agreed>) -> Verdict {
    if record.kind != other.kind && !record.blank && !other.blank {
        return Verdict::Apart;
    }
    if record.blank && matches!(field, Field::Title | Field::Price) && !other.blank {
        return Verdict::Apart;
    }
    let record_changed = agreed.is_some_and(|agreed| agreed.record != record.own);
    let unsettled = agreed.is_some_and(|agreed| agreed.own == 0);
    let alike = if record.weak {
        // The same number of pictures says that they are the same only as long as nothing says that they are not.
        record.own == other.own
            || (record.meaning == other.meaning && !record_changed && (agreed.is_none() || unsettled))
    } else {
        record.meaning == other.meaning
    };
    if alike {
        return Verdict::Same;
    }
    let Some(agreed) = agreed else { return Verdict::Differs };
    // What we wrote last and the platform has not shown yet is no edit of somebody else's.
    let other_changed = !unsettled && agreed.own != other.own;
    match (record_changed, other_changed) {
        (false, false) => Verdict::Same,
        (true, false) => Verdict::Write,
        (both, true) => Verdict::Conflict { both },
    }
}

/// What is to be kept as agreed after a verdict, if it is anything new. Both mean the same: that is what was agreed.
pub fn newly_agreed(verdict: Verdict, record: Face, other: Face, agreed: Option<Agreed>) -> Option<Agreed> {
    let now = Agreed::of(record, other);
    let certain = if record.weak { record.own == other.own } else { record.meaning == other.meaning };
    let alike = match agreed {
        None => true,
        Some(agreed) if agreed.own == 0 => record.meaning == other.meaning,
        Some(_) => certain,
    };
    (verdict == Verdict::Same && alike && agreed != Some(now)).then_some(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::face::face;
    use super::*;
    use crate::domain::{Currency, FieldValue, Money, Text};

    fn title(raw: &str) -> FieldValue {
        FieldValue::Text(Text::new(raw))
    }

    fn pictures(names: &[&str]) -> FieldValue {
        FieldValue::Images(names.iter().map(|name| format!("https://x.example/{name}")).collect())
    }

    /// A pair with what was agreed between them, moved by the rules alone.
    struct World {
        field: Field,
        record: FieldValue,
        other: FieldValue,
        agreed: Option<Agreed>,
        writes: u32,
    }

    impl World {
        fn new(field: Field, record: FieldValue, other: FieldValue) -> Self {
            Self { field, record, other, agreed: None, writes: 0 }
        }

        /// One look at both sides, and what follows from it.
        fn look(&mut self) -> Verdict {
            let (record, other) = (face(self.field, &self.record), face(self.field, &self.other));
            let verdict = decide(self.field, record, other, self.agreed);
            if let Some(agreed) = newly_agreed(verdict, record, other, self.agreed) {
                self.agreed = Some(agreed);
            }
            if verdict == Verdict::Write {
                self.writes += 1;
                self.other = self.record.clone();
                self.agreed = Some(Agreed::of(record, face(self.field, &self.other)));
            }
            verdict
        }
    }

    #[test]
    fn each_direction_has_its_verdict() {
        let mut world = World::new(Field::Title, title("Mug"), title("Mug"));
        assert_eq!(world.look(), Verdict::Same);
        world.record = title("Big mug");
        assert_eq!(world.look(), Verdict::Write);
        assert_eq!((world.other.clone(), world.look()), (title("Big mug"), Verdict::Same));
        world.other = title("Huge mug");
        assert_eq!(world.look(), Verdict::Conflict { both: false });
        world.record = title("Small mug");
        assert_eq!(world.look(), Verdict::Conflict { both: true });
        world.other = title("Small mug");
        assert_eq!(world.look(), Verdict::Same, "they came together by themselves");
        assert_eq!(world.writes, 1);
    }

    #[test]
    fn a_new_rule_overwrites_nothing() {
        let mut world = World::new(Field::Title, title("Mug"), title("Mug, blue"));
        assert_eq!(world.look(), Verdict::Differs);
        world.record = title("Cup");
        assert_eq!(world.look(), Verdict::Differs, "nothing was ever agreed");
    }

    #[test]
    fn what_a_person_lets_be_stays_until_somebody_changes_it() {
        let mut world = World::new(Field::Title, title("Mug"), title("Mug, blue"));
        world.agreed = Some(Agreed::of(face(Field::Title, &world.record), face(Field::Title, &world.other)));
        assert_eq!(world.look(), Verdict::Same);
        world.record = title("Cup");
        assert_eq!(world.look(), Verdict::Write);
    }

    #[test]
    fn pictures_are_compared_by_number_only_as_long_as_nothing_is_agreed() {
        let mut world = World::new(Field::Images, pictures(&["a/1.jpg"]), pictures(&["shop/77.webp"]));
        assert_eq!(world.look(), Verdict::Same, "one each");
        world.record = pictures(&["a/2.jpg"]);
        assert_eq!(world.look(), Verdict::Write, "still one each, and it is another one");
        let mut world = World::new(Field::Images, pictures(&["a/1.jpg"]), pictures(&[]));
        assert_eq!(world.look(), Verdict::Differs);
    }

    #[test]
    fn pictures_that_the_platform_still_works_on_are_no_edit() {
        let field = Field::Images;
        let (record, none) = (face(field, &pictures(&["a/1.jpg"])), face(field, &pictures(&[])));
        let written = Some(Agreed { record: record.own, own: 0 });
        assert_eq!(decide(field, record, none, written), Verdict::Same);
        assert_eq!(newly_agreed(Verdict::Same, record, none, written), None, "not yet");
        let shown = face(field, &pictures(&["shop/77.webp"]));
        assert_eq!(decide(field, record, shown, written), Verdict::Same);
        assert_eq!(newly_agreed(Verdict::Same, record, shown, written), Some(Agreed::of(record, shown)));
        let next = face(field, &pictures(&["a/2.jpg"]));
        assert_eq!(decide(field, next, shown, written), Verdict::Write);
    }

    #[test]
    fn two_currencies_are_left_apart() {
        let price = |minor, code| FieldValue::Money(Some(Money::new(minor, Currency::new(code).unwrap())));
        let mut world = World::new(Field::Price, price(1000, "EUR"), price(1000, "USD"));
        assert_eq!(world.look(), Verdict::Apart);
        world.record = FieldValue::Money(None);
        assert_eq!(world.look(), Verdict::Apart, "a price that the till asks for is not written");
    }

    #[derive(Debug, Clone)]
    enum Happening {
        Record(u8),
        Other(u8),
        Look,
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![(0u8..4).prop_map(Happening::Record), (0u8..4).prop_map(Happening::Other), Just(Happening::Look)]
    }

    fn of(field: Field, number: u8) -> FieldValue {
        match field {
            Field::Images => pictures(&["a/1.jpg", "b/2.jpg", "c/3.jpg"][..usize::from(number)]),
            Field::Price => {
                let money = Money::new(i64::from(number) * 100, Currency::new("EUR").unwrap());
                FieldValue::Money((number > 0).then_some(money))
            }
            _ => title(["Mug", "Cup", "Pot", "Jug"][usize::from(number)]),
        }
    }

    proptest! {
        /// No ping-pong: after a look there is nothing more to write. And an edit on the side that is not of record is
        /// never overwritten: what a write replaces is what was last seen in agreement.
        #[test]
        fn one_write_settles_it_and_no_edit_is_lost(
            field in prop::sample::select(vec![Field::Title, Field::Price, Field::Images]),
            start in (0u8..4, 0u8..4),
            what in prop::collection::vec(happening(), 0..40),
        ) {
            let mut world = World::new(field, of(field, start.0), of(field, start.1));
            let mut accepted = None;
            for happening in what {
                match happening {
                    Happening::Record(number) => world.record = of(field, number),
                    Happening::Other(number) => world.other = of(field, number),
                    Happening::Look => {
                        let before = face(field, &world.other).own;
                        let verdict = world.look();
                        if verdict == Verdict::Write {
                            prop_assert_eq!(accepted, Some(before), "an edit was overwritten");
                            let writes = world.writes;
                            prop_assert_eq!(world.look(), Verdict::Same);
                            prop_assert_eq!(world.writes, writes, "no second write");
                        }
                        if matches!(verdict, Verdict::Same | Verdict::Write) {
                            accepted = Some(face(field, &world.other).own);
                        }
                    }
                }
            }
        }

        /// Whatever was agreed: a value on the other side that was not agreed is never written over.
        #[test]
        fn only_what_was_agreed_is_written_over(record in 0u8..4, other in 0u8..4, then in (0u8..4, 0u8..4)) {
            let field = Field::Title;
            let agreed = Agreed::of(face(field, &of(field, then.0)), face(field, &of(field, then.1)));
            let verdict = decide(field, face(field, &of(field, record)), face(field, &of(field, other)), Some(agreed));
            prop_assert!(verdict != Verdict::Write || other == then.1);
            let conflict = matches!(verdict, Verdict::Conflict { .. });
            prop_assert!(!conflict || other != then.1);
        }
    }
}
