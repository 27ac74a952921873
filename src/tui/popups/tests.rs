//! Popups, driven by keys over canned answers.

use crate::domain::{Flaw, ListingId, NamedVariant, PairRow, ProductId, Side};
use crate::files::{Done, IfThere, List, Order, PairsRead, Written};
use crate::protocol::{CleanUpView, PlanId, Problem, ProblemKind, Request};
use crate::tui::root::Incoming;
use crate::tui::tests::Desk;
use crate::tui::wish::Effect;

fn asked(desk: &Desk, wanted: impl Fn(&Request) -> bool) -> usize {
    desk.asked.iter().filter(|request| wanted(request)).count()
}

#[test]
fn a_push_is_two_enters_to_its_plan_and_never_one_to_its_writes() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space space space p").shows("Push 3 products to eCommerce").shows("(*) published");
    desk.keys("enter").shows("[ Cool, do it! Push 1 product ]").shows("2 products refused");
    let plan = Request::PlanPush {
        products: (0..3).map(|number| ProductId(ListingId(number))).collect(),
        towards: Side::Online,
        connection: Some(crate::domain::ConnectionId(2)),
        draft: false,
    };
    assert_eq!(asked(&desk, |request| *request == plan), 1, "{:?}", desk.asked.last());
    // Enter looks inside; it takes another key to do it.
    desk.keys("enter").shows("1 of 105").shows("7 → 12");
    desk.keys("f").shows("It is linked to a product there already").keys("esc").shows("Look inside");
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 0);
    desk.keys("right enter").shows("Started: Push 3 products to eCommerce").hides("ticked");
    assert_eq!(asked(&desk, |request| *request == Request::Apply { plan: PlanId(7) }), 1);
}

#[test]
fn the_inside_of_a_plan_leads_to_its_button_and_not_past_it() {
    let mut desk = Desk::new(120, 40);
    desk.keys("space space space p enter enter").shows("linked").shows("Enter: to the buttons");
    desk.keys("enter").shows("[ Cool, do it! Push 1 product ]");
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 0);
    desk.keys("enter").shows("Started");
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 1);
}

#[test]
fn a_plan_that_does_nothing_says_why_at_once() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space space p enter").shows("Nothing to push").shows("2 products refused, each with its reason");
    desk.shows("It is linked to a product there already").hides("Cool").hides("Push 0");
    desk.keys("y").shows("There is nothing to do in this plan").keys("esc").hides("Nothing to push");
    assert_eq!(asked(&desk, |request| *request == Request::DropPlan { plan: PlanId(7) }), 1);
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 0);
}

#[test]
fn a_draft_and_the_other_side_can_be_chosen() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space p up space up up right").shows("(*) draft").shows("(*) POS").keys("y");
    let pushed =
        asked(&desk, |request| matches!(request, Request::PlanPush { towards: Side::InStore, draft: true, .. }));
    assert_eq!(pushed, 1, "{:?}", desk.asked.last());
}

#[test]
fn a_cancelled_plan_is_given_back() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space p enter esc").hides("Cool").shows("1 ticked");
    assert_eq!(asked(&desk, |request| *request == Request::DropPlan { plan: PlanId(7) }), 1);
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 0);
}

#[test]
fn a_double_press_starts_a_plan_once() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 P L").shows("Cool, do it! Link 97 items");
    for _ in 0..2 {
        desk.tell(crate::tui::root::Incoming::Key("y".parse().unwrap()));
    }
    desk.answer_all();
    assert_eq!(asked(&desk, |request| matches!(request, Request::Apply { .. })), 1);
    desk.shows("Started").hides("100 of 238 ticked");
}

#[test]
fn connecting_tests_first_and_sends_the_secret_to_the_engine_only() {
    let mut desk = Desk::new(120, 40);
    desk.keys("c j j enter").shows("Connect WooCommerce (eCommerce)");
    desk.keys("ctrl-t").shows("Address is blank; fill it in first");
    desk.letters("https://nowhere.example").keys("tab").letters("ck_1").keys("tab").letters("cs_2").keys("ctrl-t");
    desk.shows("nowhere.example cannot be reached").shows("check the address");
    desk.keys("backtab backtab ctrl-u").letters("https://woo.example").keys("ctrl-t");
    desk.shows("Found: Gift Shop").shows("May not, but should: write inventory").shows("counts, and is written to");
    // The locations in the order of ticking: the first is the one written to.
    desk.keys("up up up up space space").keys("down down down down enter");
    let draft = desk.asked.iter().find_map(|request| match request {
        Request::Connect { draft } => Some(draft.clone()),
        _ => None,
    });
    let draft = draft.expect("a shop to be connected");
    assert_eq!((draft.platform.as_str(), draft.base_url.as_str()), ("woocommerce", "https://woo.example"));
    assert_eq!(draft.locations, ["store", "main"], "the first ticked location is written to");
    assert_eq!(draft.credentials["consumer_secret"].reveal(), "cs_2");
    assert!(!format!("{desk:?}").contains("cs_2"));
    desk.shows("Gift Shop High Street is connected").hides("Connect WooCommerce");
}

/// The form of the platform with a page, filled in.
fn paged(width: u16, height: u16) -> Desk {
    let mut desk = Desk::new(width, height);
    desk.canned.paged = true;
    desk.keys("c j j j enter").shows("Connect Lagoon (POS)");
    desk
}

#[test]
fn a_login_leads_through_the_page_to_what_was_asked_for() {
    let mut desk = paged(80, 24);
    desk.keys("ctrl-t").shows("Client id is blank; fill it in first").letters("8f14e").keys("tab").letters("s3cret");
    desk.keys("ctrl-t").shows("Log in to Lagoon").shows("Open this address in a browser").shows("within 1 min");
    // Whole lines of the screen hold the address and nothing else.
    let text = desk.text();
    desk.keys("ctrl-y").shows("given to the terminal's clipboard");
    let [Effect::Copy(url)] = desk.done.as_slice() else { panic!("{:?}", desk.done) };
    assert!(url.len() > 300 && url.ends_with("=S256"));
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("https://login")).collect();
    let shown: String = rows.iter().take(url.len().div_ceil(80)).map(|line| line.trim_end()).collect();
    assert_eq!(shown, *url);

    desk.keys("enter").shows("Paste the address");
    desk.tell(Incoming::Paste("https://page.lagoon.example/".to_owned()));
    desk.keys("enter").shows("that address has no code").shows("→ the login still waits");
    desk.tell(Incoming::Paste("https://localhost/?code=canary-1&state=q1w2".to_owned()));
    desk.hides("canary").shows("****").keys("enter").shows("Found: Gift Shop").shows("Connect Lagoon (POS)");
    let tested = desk.asked.iter().rev().find_map(|request| match request {
        Request::TestConnection { draft } => Some(draft.login.clone()),
        _ => None,
    });
    assert_eq!(tested, Some(Some("a1b2c3d4e5f60718".to_owned())));
    // Logged in is logged in: connecting asks for no second yes.
    desk.keys("enter").shows("is connected");
    assert_eq!(asked(&desk, |request| matches!(request, Request::BeginLogin { .. })), 1);
    let debug = format!("{desk:?}");
    assert!(!debug.contains("canary") && !debug.contains("s3cret"));
}

#[test]
fn a_key_needs_no_page_and_another_shop_needs_another_login() {
    let mut desk = paged(120, 40);
    desk.keys("tab").letters("token").keys("ctrl-t").shows("Found: Gift Shop");
    assert_eq!(asked(&desk, |request| matches!(request, Request::BeginLogin { .. })), 0);

    let mut desk = paged(120, 40);
    desk.keys("tab tab").letters("8f14e").keys("ctrl-t");
    desk.tell(Incoming::Paste("code=abcdef&state=x".to_owned()));
    desk.keys("enter").shows("Found").keys("backtab backtab backtab backtab backtab backtab backtab backtab backtab");
    desk.letters("x").keys("ctrl-t").shows("Log in to Lagoon").keys("esc").shows("Connect Lagoon (POS)");
    assert_eq!(asked(&desk, |request| matches!(request, Request::BeginLogin { .. })), 2);
}

#[test]
fn leaving_the_form_forgets_what_was_typed() {
    let mut desk = Desk::new(80, 24);
    desk.keys("c enter tab").letters("secret").shows("******").keys("esc enter tab").hides("******");
}

#[test]
fn disconnecting_asks_first() {
    let mut desk = Desk::new(80, 24);
    desk.keys("C j D").shows("Disconnect this shop?").shows("Nothing is changed in").keys("enter");
    assert_eq!(asked(&desk, |request| matches!(request, Request::Disconnect { .. })), 0);
    desk.keys("D y");
    let connection = crate::domain::ConnectionId(2);
    assert_eq!(asked(&desk, |request| *request == Request::Disconnect { connection }), 1);
}

#[test]
fn troubled_steps_are_found_with_what_to_do() {
    let mut desk = Desk::new(80, 24);
    desk.keys("3 j j j enter f").shows("1 of 2").shows("the title is in use by another product");
    desk.shows("→ change one of the titles there").keys("j").shows("nobody can tell whether the quantity arrived");
    desk.keys("f").shows("waiting").keys("t");
    assert_eq!(asked(&desk, |request| matches!(request, Request::Order { .. })), 1);
}

#[test]
fn a_product_shows_both_sides_and_what_differs_in_words() {
    let mut desk = Desk::new(120, 40);
    desk.keys("enter")
        .shows("POS · Sq Gift Shop High Street")
        .shows("eCommerce · Sh giftshop.example")
        .shows("differs");
    desk.shows("3 variants").shows("High Street 4, Warehouse ?").shows("https://giftshop.example/products/teapot");
    desk.keys("space").shows("Ticked: 1 product ticked now").keys("esc").shows("1 ticked");
}

#[test]
fn a_pair_says_what_matches_and_what_differs() {
    let mut desk = Desk::new(120, 40);
    desk.keys("2 j enter").shows("Are these the same product?").shows("matches").shows("differs").shows("same");
}

#[test]
fn help_finds_by_key_and_by_word() {
    let mut desk = Desk::new(80, 24);
    desk.keys("?").letters("ctrl-a").shows("Tick the whole page").hides("One row down");
    desk.keys("esc ?").letters("nothing of the kind").shows("Nothing here is called so");
}

#[test]
fn a_ready_made_set_of_rules_fills_the_rows() {
    let mut desk = Desk::new(120, 40);
    desk.keys(", j j j enter").shows("What is kept in step between").shows("Ready-made");
    let before = desk.text();
    // “as below”, then the two that there are: the second has the title and the brand follow the till.
    desk.keys("right right").shows("the till is right   (3 of 3");
    let filled = desk.text();
    let brand = |text: &str| text.lines().find(|line| line.contains("brand")).unwrap_or_default().to_owned();
    assert_ne!(brand(&before), brand(&filled));
    // A row that is changed by hand makes it a set of its own, and is kept with the others.
    desk.keys("down right").shows("as below   (1 of 3");
    assert_eq!(brand(&filled), brand(&desk.text()));
    // Chosen and left alone, it is kept by its name.
    let mut desk = Desk::new(120, 40);
    desk.keys(", j j j enter right right").keys(&"down ".repeat(20)).keys("up enter");
    let named =
        |request: &Request| matches!(request, Request::ApplyPreset { preset, .. } if preset == "the till is right");
    assert_eq!(asked(&desk, named), 1, "{:?}", desk.asked.last());
}

#[test]
fn a_question_about_a_pause_says_what_is_so_now() {
    let mut desk = Desk::new(120, 40);
    let mut told = 0;
    for _ in 0..8 {
        desk.keys("P");
        let text = desk.text();
        let (paused, in_step) = (text.contains("It is paused now."), text.contains("It is kept in step now."));
        assert_eq!(paused, text.contains("[ Go on") && !text.contains("[ Pause"), "{text}");
        assert_eq!(in_step, text.contains("[ Pause") && !text.contains("[ Go on"), "{text}");
        told += usize::from(paused || in_step);
        desk.keys("esc j");
    }
    assert!(told > 0, "no product that is paused or in step was asked about");
}

#[test]
fn what_a_platform_can_is_read_from_its_connection() {
    for (width, height) in [(120, 40), (80, 24), (40, 10)] {
        let mut desk = Desk::new(width, height);
        desk.keys("C ? esc e").shows("What Square can").shows("Quantities").shows("lines 1–");
        let mut seen = desk.text();
        for _ in 0..20 {
            desk.keys("pagedown");
            seen.push_str(&desk.text());
        }
        let words = ["description_html", "both ways", "written to copies", "recognised", "exact", "compare-at price"];
        for word in words.into_iter().chain(["products: none", "variants of a product: 250", "the rules"]) {
            assert!(seen.contains(word), "{word:?} is nowhere at {width}×{height}");
        }
        desk.hides("What becomes of each field").keys("esc").shows("Connections").hides("What Square can");
    }
    let mut desk = Desk::new(80, 24);
    desk.keys("C j enter").shows("What Shopify can").keys("enter").hides("What Shopify can");
    desk.keys("?").letters("what it can").shows("how quantities are written").keys("enter").shows("What Shopify can");
    assert_eq!(asked(&desk, |request| *request == Request::Platforms), 2);
}

#[test]
fn what_is_longer_than_its_box_says_so() {
    let mut desk = Desk::new(80, 15);
    desk.keys("e").shows("lines 1–").shows("scroll");
    desk.keys("G").hides("lines 1–");
}

fn pairs_planned(desk: &Desk) -> Vec<(usize, Side)> {
    let planned = desk.asked.iter().filter_map(|request| match request {
        Request::PlanLinkPairs { pairs } => {
            assert!(pairs.iter().all(|pair| pair.primary == pairs[0].primary));
            Some((pairs.len(), pairs[0].primary))
        }
        _ => None,
    });
    planned.collect()
}

#[test]
fn variants_are_linked_to_single_items_one_by_one() {
    let mut desk = Desk::new(120, 40);
    desk.keys("B").shows("2 match, 1 is linked, 1 does not").shows("nothing ticked").shows("↔  Sh");
    // A product is ticked with all its variants that can be; one of them is unticked again.
    desk.keys("space").shows("2 variants ticked").keys("space").shows("1 variant ticked").shows("[-]");
    desk.keys("space space j space").shows("2 variants ticked");
    desk.keys("L").shows("Link 2 variants").shows("[ Leave it as it is ]").keys("enter").hides("Leave it as it is");
    assert_eq!(pairs_planned(&desk), []);
    desk.keys("L right right enter").shows("Cool, do it!");
    assert_eq!(pairs_planned(&desk), [(2, Side::Online)]);
    // What the plan is not made of stays as it was until it is carried out.
    desk.keys("esc").shows("2 variants ticked").keys("L right enter y").shows("Started").shows("nothing ticked");
    assert_eq!(pairs_planned(&desk), [(2, Side::Online), (2, Side::InStore)]);
}

#[test]
fn what_the_cursor_is_on_is_linked_without_ticks_and_what_cannot_be_says_why() {
    let mut desk = Desk::new(80, 24);
    desk.keys("B L right enter");
    assert_eq!(pairs_planned(&desk), [(2, Side::InStore)], "the product with both its variants");
    desk.keys("esc j L right enter");
    assert_eq!(pairs_planned(&desk)[1..], [(1, Side::InStore)]);
    desk.keys("esc j j j L").shows("cannot be linked: Nothing on Web outlet");
    assert_eq!(pairs_planned(&desk).len(), 2);
}

#[test]
fn all_that_a_search_finds_is_ticked_however_long_the_list_is() {
    let mut desk = Desk::new(80, 24);
    desk.keys("B a").shows("24 variants ticked").keys("A").shows("nothing ticked");
    desk.keys("/").letters("zzz").shows("Nothing is found by this search").keys("enter");
    desk.keys("/ backspace backspace backspace enter").shows("2 match").keys("a").shows("24 variants ticked");
    // The report keeps its ticks: the plan was not of them.
    let mut desk = Desk::new(120, 40);
    desk.keys("2 space").shows("1 of 238 ticked").keys("B L right enter y").shows("Started").keys("esc");
    desk.shows("1 of 238 ticked");
}

/// What is to be done with a file, answered.
fn filed(desk: &mut Desk, answer: Result<Done, Problem>) -> Order {
    let Some(Effect::File { tag, order }) = desk.done.pop() else { panic!("{:?}", desk.done) };
    desk.tell(Incoming::Filed { tag, answer });
    desk.answer_all();
    order
}

#[test]
fn the_report_is_written_to_a_file_that_somebody_names() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 O").shows("Write the link report to a file").shows("report.csv").hides("the whole report");
    desk.keys("enter enter enter").shows("Writing the file…");
    let there = Problem {
        kind: ProblemKind::Usage,
        message: "report.csv is there already".to_owned(),
        hint: Some("choose another name".to_owned()),
    };
    let order = filed(&mut desk, Err(there));
    let wanted = |search: &str, if_there| Order::Write {
        list: List::Report { search: search.to_owned() },
        file: std::path::absolute("report.csv").unwrap(),
        if_there,
    };
    assert_eq!(order, wanted("", IfThere::LeaveIt));
    desk.shows("report.csv is there already: choose another name").keys("tab right tab enter");
    let order = filed(&mut desk, Ok(Done::Written(Written { file: "/home/report.csv".to_owned(), rows: 1_238 })));
    assert_eq!(order, wanted("", IfThere::WriteOver));
    desk.shows("1,238 rows written to /home/report.csv").hides("Write the link report to a file");

    // What is searched for is what is written; and who has gone on is told in the end, too.
    desk.keys("/").letters("bowl").keys("enter O").shows("found by “bowl”").keys("tab tab tab enter esc");
    let order = filed(&mut desk, Ok(Done::Written(Written { file: "bowls.csv".to_owned(), rows: 7 })));
    assert_eq!(order, wanted("bowl", IfThere::LeaveIt));
    desk.shows("7 rows written to bowls.csv");
}

#[test]
fn the_clean_up_list_is_written_as_it_is_shown() {
    let mut desk = Desk::new(80, 24);
    desk.keys("W O").shows("Write the clean-up list to a file").shows("clean-up.csv").hides("What ");
    desk.keys("esc f f O").shows("only missing SKU").keys("tab tab right").shows("the whole clean-up list");
    desk.keys("tab enter");
    let written = || Ok(Done::Written(Written { file: "/home/clean-up.csv".to_owned(), rows: 48 }));
    let wanted = |flaw| Order::Write {
        list: List::CleanUp(CleanUpView { flaw, ..CleanUpView::default() }),
        file: std::path::absolute("clean-up.csv").unwrap(),
        if_there: IfThere::LeaveIt,
    };
    assert_eq!(filed(&mut desk, written()), wanted(None));
    desk.shows("48 rows written to /home/clean-up.csv").shows("Clean up: what is wrong in the shops");
    desk.keys("O").shows("only missing SKU").keys("tab tab tab enter");
    assert_eq!(filed(&mut desk, written()), wanted(Some(Flaw::MissingSku)));
}

#[test]
fn a_file_is_linked_and_each_row_that_cannot_be_is_told() {
    let named = |id: &str| NamedVariant { id: id.to_owned(), ..NamedVariant::default() };
    let row = |line| PairRow { line, in_store: named("v1"), online: named("v2"), primary: None };
    let read = |lines: &[u64]| {
        Ok(Done::Read(PairsRead {
            pairs: lines.iter().map(|line| row(*line)).collect(),
            unread: Vec::new(),
            left_alone: 3,
        }))
    };
    let mut desk = Desk::new(80, 24);
    desk.keys("2 I").shows("Link what a file says").keys("tab right tab enter").shows("Reading the file…");
    assert_eq!(filed(&mut desk, read(&[])), Order::ReadPairs { file: std::path::absolute("report.csv").unwrap() });
    desk.shows("No row has a yes in the column `link`; 3 are left alone").keys("tab tab enter");
    filed(&mut desk, read(&[3, 4, 5]));
    desk.shows("2 rows to be linked, 0 linked already, 1 rejected").shows("Line 4: X = W-X: nothing on the POS side");
    desk.keys("down enter").shows("Cool, do it!").shows("Link 2 variants");
    let primary = |request: &Request| matches!(request, Request::PlanLinkRows { primary: Side::Online, .. });
    assert_eq!(asked(&desk, primary), 1);
    // Without a row that is rejected, the plan comes at once.
    let mut desk = Desk::new(120, 40);
    desk.keys("2 I tab tab enter");
    filed(&mut desk, read(&[3, 5]));
    desk.shows("Cool, do it!").hides("rejected");
}
