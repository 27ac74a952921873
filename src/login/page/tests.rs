//! The address of the page, and all that people paste.

use proptest::prelude::*;

use super::*;
use crate::domain::{LoginAddress, LoginBody, Rotation};

const LOGIN: Login = Login {
    authorize: LoginAddress { host: Some("https://page.example"), path: "/oauth/authorize" },
    regions: &[],
    token: LoginAddress { host: None, path: "/token" },
    refresh: LoginAddress { host: None, path: "/token" },
    scopes: "products:read products:write",
    pkce: true,
    body: LoginBody::Form,
    extra: &[("access", "offline")],
    brings: &[],
    rotation: Rotation::Once,
    redirect: "https://localhost/",
    code_lives: 60,
};
const BRINGING: Login = Login { brings: &[("merchant_id", "merchant")], pkce: false, extra: &[], ..LOGIN };

fn base() -> BaseUrl {
    BaseUrl::new("https://shop.example/api", false).unwrap()
}

fn begun(login: &Login) -> Begun {
    begin(login, &base(), "app-1", None, &std::array::from_fn(|at| at as u8))
}

fn parameters(url: &str) -> Vec<(String, String)> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn the_challenge_is_that_of_the_standard() {
    // RFC 7636, appendix B.
    let challenged = challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenged, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn the_page_is_told_who_asks_for_what_and_where_to_go_then() {
    let begun = begun(&LOGIN);
    assert!(begun.url.starts_with("https://page.example/oauth/authorize?"), "{}", begun.url);
    let asked = parameters(&begun.url);
    let verifier = begun.verifier.clone().unwrap();
    let challenged = challenge(verifier.reveal());
    let expected = [
        ("response_type", "code"),
        ("client_id", "app-1"),
        ("redirect_uri", "https://localhost/"),
        ("state", begun.state.as_str()),
        ("scope", "products:read products:write"),
        ("access", "offline"),
        ("code_challenge", challenged.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let expected: Vec<(String, String)> = expected.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    assert_eq!(asked, expected);
    // RFC 7636, 4.1.
    assert!((43..=128).contains(&verifier.reveal().len()));
    assert!(!begun.url.contains(verifier.reveal()) && !format!("{begun:?}").contains(verifier.reveal()));
    // What the page shows everybody is no part of what it must not know.
    assert!(!verifier.reveal().contains(&begun.state) && begun.state.len() >= 20);
}

#[test]
fn what_a_platform_does_not_know_is_left_out() {
    let plain = Login { scopes: "", ..BRINGING };
    let begun = begin(&plain, &base(), "app-1", Some("http://localhost:8088/back"), &[7; 64]);
    let names: Vec<String> = parameters(&begun.url).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["response_type", "client_id", "redirect_uri", "state"]);
    assert_eq!((begun.verifier, begun.redirect.as_str()), (None, "http://localhost:8088/back"));
}

#[test]
fn a_sandbox_has_its_page_under_its_own_address() {
    let here = BaseUrl::new("http://127.0.0.1:8101", false).unwrap();
    assert!(begin(&LOGIN, &here, "a", None, &[0; 64]).url.starts_with("http://127.0.0.1:8101/oauth/authorize?"));
}

#[test]
fn two_logins_have_nothing_in_common() {
    let (one, other) = (crate::login::random().unwrap(), crate::login::random().unwrap());
    let (one, other) = (begin(&LOGIN, &base(), "a", None, &one), begin(&LOGIN, &base(), "a", None, &other));
    assert!(one.state != other.state && one.verifier != other.verifier);
}

#[test]
fn every_way_to_paste_the_answer_is_understood() {
    let begun = begun(&LOGIN);
    let state = &begun.state;
    let whole = format!("https://localhost/?code=C-1%2Fab%3D%3D&state={state}");
    let (start, end) = whole.split_at(29);
    for pasted in [
        whole.clone(),
        format!("  \"{whole}\"\n"),
        format!("<{whole}>"),
        format!("“{whole}”"),
        format!("{start}\r\n   {end}"),
        format!("{whole}#_=_"),
        format!("localhost/?state={state}&code=C-1%2Fab%3D%3D&session_state=x"),
        format!("https://localhost/#code=C-1%2Fab%3D%3D&state={state}"),
        format!("?code=C-1%2Fab%3D%3D&state={state}"),
        format!("state={state}&code=C-1%2Fab%3D%3D"),
        "code=C-1%2Fab%3D%3D".to_owned(),
        "C-1%2Fab%3D%3D".to_owned(),
        "'C-1/ab=='".to_owned(),
        "C-1/\nab==".to_owned(),
    ] {
        let returned = returned(&LOGIN, &begun, &pasted);
        assert_eq!(returned.unwrap().code.reveal(), "C-1/ab==", "{pasted}");
    }
}

#[test]
fn what_comes_beside_the_code_is_kept_under_our_name() {
    let begun = begun(&BRINGING);
    let pasted = format!("http://localhost/?merchant_id=M1&employee_id=E&code=C-1-x&state={}", begun.state);
    let got = returned(&BRINGING, &begun, &pasted).unwrap();
    assert_eq!(got.brought, Credentials::from([("merchant".to_owned(), Secret::new("M1"))]));
    let alone = returned(&BRINGING, &begun, "C-1-x").unwrap_err();
    assert!(alone.contains("paste the whole address"), "{alone}");
}

#[test]
fn what_is_no_answer_is_told_with_what_to_paste() {
    let begun = begun(&LOGIN);
    for (pasted, said) in [
        (String::new(), "nothing was pasted"),
        ("\"\"".to_owned(), "nothing was pasted"),
        ("https://page.example/login".to_owned(), "has no code"),
        ("https://localhost/?state=other&code=abcd".to_owned(), "another login"),
        (format!("https://localhost/?state={}", begun.state), "has no code"),
        (format!("https://localhost/?code=&state={}", begun.state), "has no code"),
        (begun.url.clone(), "address of the login page"),
        (begun.state.clone(), "after code="),
        ("I said yes and it worked".to_owned(), "no code and no address"),
        ("ok".to_owned(), "no code and no address"),
        ("https://localhost/?error=access_denied".to_owned(), "somebody said no"),
        ("https://localhost/?error=invalid_scope&error_description=No+such+scope".to_owned(), "(No such scope)"),
        ("?error=odd".to_owned(), "the login was refused"),
    ] {
        let why = returned(&LOGIN, &begun, &pasted).unwrap_err();
        assert!(why.contains(said), "{pasted}: {why}");
    }
}

proptest! {
    /// Whatever is wrong with it, no sentence repeats the code, and none breaks a screen.
    #[test]
    fn no_error_repeats_a_code(
        code in "[A-Za-z0-9._~-]{12,60}", other in "[a-z0-9]{6,12}", how in 0usize..8, noise in "[ \\n\"<>#&?]{0,6}",
    ) {
        let begun = begun(&BRINGING);
        let pasted = match how {
            0 => format!("https://localhost/?code={code}&state={other}"),
            1 => format!("https://localhost/?error=access_denied&error_description=code+{code}+refused&code={code}"),
            2 => format!("https://localhost/{code}"),
            3 => code.clone(),
            4 => format!("my code is {code}"),
            5 => format!("code:{code}"),
            6 => format!("https://localhost/?state={other}&token={code}"),
            _ => format!("https://localhost/?Code={code}"),
        };
        if let Err(why) = returned(&BRINGING, &begun, &format!("{noise}{pasted}{noise}")) {
            prop_assert!(!why.contains(&code), "{why}");
            prop_assert!(!why.contains(&begun.state) && why.chars().all(|letter| !letter.is_control()), "{why}");
        }
    }

    #[test]
    fn a_code_survives_the_way_through_a_browser(code in "[!-~]{4,80}", broken in 1usize..200) {
        let begun = begun(&LOGIN);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code).append_pair("state", &begun.state).finish();
        let mut address = format!("https://localhost/?{query}");
        if broken < address.len() {
            address.insert_str(broken, "\n  ");
        }
        let got = returned(&LOGIN, &begun, &address).map(|got| got.code.reveal().to_owned());
        prop_assert_eq!(got, Ok(code));
    }
}
