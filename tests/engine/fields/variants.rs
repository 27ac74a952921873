//! Variants that are added, products that are deleted.

use super::*;

pub fn shirt(shop: &FakeShop, id: &str, colours: &[&str]) {
    shop.put(id, "unused", 5);
    shop.change(id, |listing| {
        listing.title = Text::new("Shirt");
        listing.structure = Structure::Variable { options: vec![Text::new("Colour")] };
        listing.variants.clear();
    });
    colours.iter().for_each(|colour| add(shop, id, colour, 5));
}

fn add(shop: &FakeShop, id: &str, colour: &str, quantity: i64) {
    let option = OptionValue { option: Text::new("Colour"), value: Text::new(colour) };
    shop.change(id, |listing| {
        let number = listing.variants.len() + 1;
        listing.variants.push(Variant {
            remote: remote(&format!("{id}.{number}")),
            inventory: None,
            options: vec![option],
            sku: Text::some(&format!("SHIRT-{colour}")),
            barcode: None,
            price: price(1000),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock: Stock::Tracked([(location(), Quantity::units(quantity))].into()),
        });
    });
}

#[tokio::test]
async fn a_variant_that_the_till_gets_is_added_with_its_count_and_one_of_the_web_shop_stays_there() {
    for fault in [None, Some(Fault::LostBefore), Some(Fault::LostAfter)] {
        let world = World::alive(&EDITING);
        shirt(&world.till, "t0", &["Red"]);
        shirt(&world.web, "w0", &["Red"]);
        let bed = world.connected().await;
        bed.link(Side::InStore).await;
        preset(&bed, "Lightspeed POS + E-Series").await;
        quiet(&world, &bed).await;

        world.web.fails(Call::Add, fault.as_slice());
        add(&world.till, "t0", "Blue", 7);
        bed.while_not("the blue one's count", || {
            let there = world.web.listing("w0");
            there.variants.get(1).and_then(|blue| blue.stock.at(&location())) == Some(Quantity::units(7))
        })
        .await;
        bed.until("the link", || async {
            let row = bed.product("SHIRT-Red").await;
            ((row.link, row.variants, row.online) == (LinkMark::Linked, 2, counted(12))).then_some(())
        })
        .await;

        add(&world.web, "w0", "Green", 3);
        quiet(&world, &bed).await;
        assert_eq!(world.till.listing("t0").variants.len(), 2, "not added to the record");
        let added = world.web.effects().into_iter().filter(|effect| matches!(effect, Effect::Added { .. })).count();
        assert_eq!((added, world.web.listing("w0").variants.len()), (1, 3), "{fault:?}");
        assert!(conflicts(&bed).await.is_empty());

        // A sale of the new one counts on both sides.
        world.till.change("t0", |listing| {
            listing.variants[1].stock = Stock::Tracked([(location(), Quantity::units(6))].into());
        });
        bed.while_not("the sale", || {
            world.web.listing("w0").variants[1].stock.at(&location()) == Some(Quantity::units(6))
        })
        .await;
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn what_is_deleted_at_the_till_is_deleted_in_the_web_shop_and_not_the_other_way_round() {
    for web in [&EDITING, &BINNING] {
        for fault in [None, Some(Fault::LostBefore), Some(Fault::LostAfter)] {
            let world = World::alive(web);
            let bed = linked(&world, 2).await;
            preset(&bed, "the till is the record").await;
            quiet(&world, &bed).await;
            world.web.fails(Call::Delete, fault.as_slice());
            world.till.delete("t0");
            let gone = || world.web.inside().listings.get("w0").is_none_or(|l| l.status == Status::Archived);
            bed.while_not("the deletion", gone).await;
            world.web.delete("w1");
            quiet(&world, &bed).await;
            assert!(world.till.inside().listings.contains_key("t1"), "not deleted on the record");
            let deleted = world.till.effects().into_iter().filter(|e| matches!(e, Effect::Deleted { .. })).count();
            assert_eq!(deleted, 0);
            let presence = bed.product("SKU-0").await.presence;
            let expected = if web.id == "editing" { Presence::Neither } else { Presence::Online };
            assert!(presence == expected || presence == Presence::Neither, "{}: {presence:?}", web.id);
            bed.engine.stop().await;
        }
    }
}

#[tokio::test]
async fn without_the_rule_a_deletion_stays_where_it_was_made() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    preset(&bed, "Prices follow the till").await;
    world.till.delete("t0");
    quiet(&world, &bed).await;
    assert!(world.web.inside().listings.contains_key("w0"));
    bed.engine.stop().await;
}
