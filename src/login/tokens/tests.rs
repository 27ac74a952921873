//! What token endpoints say of the end.

use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp(1_795_287_600_000);

fn ends(answer: Value) -> Option<Timestamp> {
    read(&answer, NOW).unwrap().ends
}

#[test]
fn the_end_is_told_in_many_ways() {
    let epoch = NOW.0 / 1000 + 1800;
    let in_half_an_hour = Some(NOW.plus_seconds(1800));
    for said in [
        json!({ "access_token": "a-token", "expires_in": 1800 }),
        json!({ "access_token": "a-token", "expires_in": "1800" }),
        json!({ "access_token": "a-token", "expires_in": 1800, "expires": epoch }),
        json!({ "access_token": "a-token", "expires": epoch }),
        json!({ "access_token": "a-token", "expires_at": epoch.to_string() }),
        // A moment under the name of a span.
        json!({ "access_token": "a-token", "expires_in": epoch }),
        json!({ "access_token": "a-token", "access_token_expiration": epoch }),
        json!({ "access_token": "a-token", "expires_at": epoch * 1000 }),
        json!({ "access_token": "a-token", "expires_at": NOW.plus_seconds(1800).rfc3339() }),
    ] {
        assert_eq!(ends(said.clone()), in_half_an_hour, "{said}");
    }
}

#[test]
fn an_end_that_is_none_is_not_waited_for() {
    for said in [
        json!({ "access_token": "a-token" }),
        json!({ "access_token": "a-token", "expires_in": null }),
        json!({ "access_token": "a-token", "expires_in": 0 }),
        json!({ "access_token": "a-token", "expires_in": -1 }),
        json!({ "access_token": "a-token", "expires_in": "soon" }),
        // By a clock far behind ours: the token would be renewed at every call.
        json!({ "access_token": "a-token", "expires_at": NOW.0 / 1000 - 5 }),
        json!({ "access_token": "a-token", "expires_at": "2001-01-01T00:00:00Z" }),
    ] {
        assert_eq!(ends(said.clone()), None, "{said}");
    }
}

#[test]
fn an_answer_without_a_token_is_none_and_is_not_repeated() {
    for said in [json!({ "accessToken": "canary" }), json!({ "access_token": "" }), json!(["canary"]), json!("canary")]
    {
        let why = read(&said, NOW).unwrap_err();
        assert!(!why.contains("canary"), "{why}");
    }
}

#[test]
fn what_is_kept_can_be_read_again_and_shows_nothing() {
    let tokens =
        read(&json!({ "access_token": "A-canary", "refresh_token": "R-canary", "expires_in": 60 }), NOW).unwrap();
    let kept = tokens.credentials();
    assert_eq!(kept.keys().collect::<Vec<_>>(), [ACCESS, ENDS, REFRESH]);
    assert_eq!(kept[ENDS].reveal(), (NOW.0 / 1000 + 60).to_string());
    assert!(!format!("{tokens:?} {kept:?}").contains("canary"));
    // No new refresh token: the one before stays where it is kept.
    let kept = read(&json!({ "access_token": "A" }), NOW).unwrap().credentials();
    assert!(!kept.contains_key(REFRESH) && kept[ENDS].reveal().is_empty());
}
