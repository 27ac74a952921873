//! Kill -9 at a random moment while four writers commit; again and again on the same store.

use std::io::{BufRead, BufReader};

use counterpart::store::Store;

use crate::bench;
use crate::children::{Role, start};

#[tokio::test]
async fn what_was_acknowledged_survives_fifteen_kills() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let mut random = fastrand::Rng::with_seed(20_261_121);
    let mut acknowledged = vec![0u32; bench::WRITERS as usize];
    let mut all = 0;
    for kill in 0..15 {
        let mut child = start(Role::Write, &folder, None);
        let patience = random.usize(1..150);
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some((writer, number)) = acknowledgement(&line) else { continue };
            acknowledged[writer] = acknowledged[writer].max(number + 1);
            seen += 1;
            all += 1;
            if seen == patience {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= patience, "the child ended by itself after {seen} commits");

        let (store, opened) = Store::open_with(&folder, &bench::options()).unwrap();
        // A kill may leave an unfinished record at the end; it must never cost the database.
        assert!(!opened.notes.iter().any(|note| note.contains("rebuilt")), "kill {kill}: {opened:?}");
        let loaded = store.load().await.unwrap();
        bench::check(&loaded);
        for (next, acknowledged) in bench::next_numbers(&loaded).into_iter().zip(&acknowledged) {
            assert!(next >= *acknowledged, "kill {kill}: {next} of {acknowledged} acknowledged commits");
        }
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new(), "kill {kill}");
    }
    assert!(all > 500, "only {all} commits were made");
}

fn acknowledgement(line: &str) -> Option<(usize, u32)> {
    // The harness prints its own `test child ... ` before the first line.
    let (_, rest) = line.split_once("ack ")?;
    let (writer, number) = rest.split_once(' ')?;
    Some((writer.parse().ok()?, number.parse().ok()?))
}
