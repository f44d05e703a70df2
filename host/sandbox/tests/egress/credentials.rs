//! Credentials: they reach the system, and never the component.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use provisor_sandbox::egress::{Credential, Grant, Secret};
use provisor_sandbox::{Egress, EgressConfig};
use serde_json::json;
use tokio::sync::Notify;

use crate::fixture::{World, system, url};
use crate::server::{Act, Seen, Server, always, answer};

/// Nothing that a component is told may contain it.
const CANARY: &str = "canary-Tr0ub4dor-and-3-secret";

fn with(port: u16, credential: Credential) -> Grant {
    let mut grant = system(port);
    grant.credential = Some(credential);
    grant
}

fn client_credentials(port: u16) -> Credential {
    Credential::ClientCredentials {
        token_url: format!("http://tokens.example:{port}/token?tenant=1"),
        client_id: "provisor: the client".to_owned(),
        client_secret: Secret::new(CANARY),
        scope: Some("tickets.write".to_owned()),
        in_form: false,
    }
}

fn login(port: u16) -> Credential {
    Credential::Login {
        url: url(port, "/api/jwt/login"),
        username: "provisor".to_owned(),
        password: Secret::new(CANARY),
        header: "authorization".to_owned(),
        prefix: "AR-JWT ".to_owned(),
        lifetime: None,
    }
}

/// Sends everything back that it got, in the head and in the content.
fn echo(seen: &Seen) -> Act {
    let fields = ["authorization", "x-api-key"]
        .iter()
        .flat_map(|name| seen.fields(name))
        .collect::<Vec<_>>()
        .join(" ");
    Act::Answer(answer(
        200,
        &[("x-echo", &fields), ("set-cookie", CANARY)],
        &seen.head,
    ))
}

#[tokio::test]
async fn what_stands_in_the_configuration_is_added_and_never_shown_even_if_it_is_sent_back() {
    let world = World::open().await;
    let basic = Credential::Basic {
        username: "provisor".to_owned(),
        password: Secret::new(CANARY),
    };
    let bearer = Credential::Bearer {
        token: Secret::new(CANARY),
    };
    let header = Credential::Header {
        name: "x-api-key".to_owned(),
        value: Secret::new(CANARY),
    };
    const ENCODED: &str = "cHJvdmlzb3I6Y2FuYXJ5LVRyMHViNGRvci1hbmQtMy1zZWNyZXQ=";
    for (credential, field, value) in [
        (basic, "authorization", format!("Basic {ENCODED}")),
        (bearer, "authorization", format!("Bearer {CANARY}")),
        (header, "x-api-key", CANARY.to_owned()),
    ] {
        let server = Server::start(echo).await;
        let grant = with(server.port(), credential);
        assert!(!format!("{grant:?}").contains(CANARY));
        let egress = world.egress([grant]);
        assert!(!format!("{egress:?}").contains(CANARY));
        let told = world.get(&egress, &url(server.port(), "/")).await.unwrap();
        assert!(told.contains("[removed]"), "{told}");
        assert!(!told.contains(CANARY) && !told.contains(ENCODED), "{told}");
        assert_eq!(server.seen()[0].fields(field), [value]);

        let request = json!({
            "url": url(server.port(), "/"),
            "headers": [[field.to_uppercase(), "my own"]],
        });
        let told = world.one(&egress, request).await.unwrap();
        assert!(told.starts_with("Configuration: "), "{told}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_answer_and_nothing_is_repeated() {
    let world = World::open().await;
    let server = Server::start(always(401, &[], "")).await;
    let token = Secret::new("wrong");
    let egress = world.egress([with(server.port(), Credential::Bearer { token })]);
    let told = world.post(&egress, &url(server.port(), "/")).await.unwrap();
    assert!(told.starts_with("401: "), "{told}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn credentials_go_to_their_own_system_only() {
    let world = World::open().await;
    let (own, other) = (Server::start(echo).await, Server::start(echo).await);
    let token = Secret::new(CANARY);
    let egress = world.egress([
        with(own.port(), Credential::Bearer { token }),
        system(other.port()),
    ]);
    for port in [own.port(), other.port()] {
        world.get(&egress, &url(port, "/")).await.unwrap();
    }
    assert_eq!(own.seen()[0].fields("authorization").len(), 1);
    assert_eq!(other.seen()[0].fields("authorization").len(), 0);
}

/// Gives tokens `token-canary-…-N`, each good for so many seconds.
async fn tokens(expires_in: u32) -> Server {
    let number = AtomicU32::new(0);
    Server::start(move |_| {
        let number = number.fetch_add(1, Ordering::Relaxed) + 1;
        let json = json!({
            "access_token": format!("{CANARY}-{number}"),
            "token_type": "Bearer",
            "expires_in": expires_in,
        });
        Act::Answer(answer(
            200,
            &[("content-type", "application/json")],
            &json.to_string(),
        ))
    })
    .await
}

fn authorizations(server: &Server) -> Vec<String> {
    let seen = server.seen();
    seen.iter()
        .map(|seen| seen.fields("authorization").concat())
        .collect()
}

#[tokio::test]
async fn a_token_is_fetched_once_and_kept_until_shortly_before_it_expires() {
    let world = World::open().await;
    let (api, tokens) = (Server::start(echo).await, tokens(600).await);
    let egress = world.egress([with(api.port(), client_credentials(tokens.port()))]);
    for advance in [0, 500, 69, 1] {
        world.hand.advance(advance);
        let told = world.post(&egress, &url(api.port(), "/")).await.unwrap();
        assert!(
            told.starts_with("200: ") && !told.contains(CANARY),
            "{told}"
        );
    }
    let bearer = |number: u32| format!("Bearer {CANARY}-{number}");
    assert_eq!(
        authorizations(&api),
        [bearer(1), bearer(1), bearer(1), bearer(2)]
    );
    let asked = tokens.seen();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].line(), "POST /token?tenant=1 HTTP/1.1");
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&scope=tickets.write"
    );
    // `provisor%3A+the+client:canary-Tr0ub4dor-and-3-secret`
    assert_eq!(
        authorizations(&tokens)[0],
        "Basic cHJvdmlzb3IlM0ErdGhlK2NsaWVudDpjYW5hcnktVHIwdWI0ZG9yLWFuZC0zLXNlY3JldA=="
    );
}

#[tokio::test]
async fn many_requests_at_once_fetch_one_token() {
    let world = World::open().await;
    let (go, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let tokens = {
        let (go, asked) = (go.clone(), asked.clone());
        Server::start(move |_| {
            asked.notify_one();
            let json = json!({ "access_token": CANARY, "expires_in": 600 });
            Act::Wait(go.clone(), answer(200, &[], &json.to_string()))
        })
        .await
    };
    let api = Server::start(always(200, &[], "")).await;
    let egress = world.egress([with(api.port(), client_credentials(tokens.port()))]);
    let url = url(api.port(), "/");
    let release = async {
        asked.notified().await;
        go.notify_one();
    };
    let (one, two, three, ()) = tokio::join!(
        world.get(&egress, &url),
        world.get(&egress, &url),
        world.get(&egress, &url),
        release
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(tokens.seen().len(), 1);
    assert_eq!(api.seen().len(), 3);
}

#[tokio::test]
async fn id_and_secret_can_stand_in_the_form() {
    let world = World::open().await;
    let (api, tokens) = (Server::start(echo).await, tokens(600).await);
    let credential = Credential::ClientCredentials {
        token_url: format!("http://tokens.example:{}/", tokens.port()),
        client_id: "me & you".to_owned(),
        client_secret: Secret::new("s=1"),
        scope: None,
        in_form: true,
    };
    let egress = world.egress([with(api.port(), credential)]);
    world.get(&egress, &url(api.port(), "/")).await.unwrap();
    assert_eq!(
        tokens.seen()[0].body,
        "grant_type=client_credentials&client_id=me+%26+you&client_secret=s%3D1"
    );
    assert_eq!(authorizations(&tokens), [""]);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_reason_is_told() {
    let world = World::open().await;
    let api = Server::start(always(200, &[], "")).await;
    const JSON: &str = r#"{"error":"invalid_client","error_description":"hunter2"}"#;
    for (status, content, kind, words) in [
        (401, JSON, "Unauthorized", "status 401 (invalid_client)"),
        (400, JSON, "Unauthorized", "correct the credential"),
        (500, "", "Unavailable", "status 500"),
        (302, "", "Unavailable", "no token"),
        (200, "<html>Sign in</html>", "Unavailable", "no token"),
        (200, "{}", "Unavailable", "no token"),
        (
            200,
            r#"{"access_token":"x","token_type":"mac"}"#,
            "Unavailable",
            "no token",
        ),
        (
            200,
            r#"{"access_token":"a\r\nb"}"#,
            "Unavailable",
            "no token",
        ),
        (200, r#"{"access_token":""}"#, "Unavailable", "no token"),
    ] {
        let tokens = Server::start(move |_| Act::Answer(answer(status, &[], content))).await;
        let egress = world.egress([with(api.port(), client_credentials(tokens.port()))]);
        let told = world.post(&egress, &url(api.port(), "/")).await.unwrap();
        assert!(told.starts_with(&format!("{kind}: ")), "{content}: {told}");
        assert!(told.contains(words) && !told.contains("hunter2"), "{told}");
    }
    assert_eq!(api.seen().len(), 0);
}

#[tokio::test]
async fn tokens_are_had_through_the_same_gates() {
    let world = World::open().await;
    let api = Server::start(always(200, &[], "")).await;
    let tokens = tokens(600).await;
    world.names.lead("tokens.example", &[&["10.0.0.1"]]);
    let egress = world.egress([with(api.port(), client_credentials(tokens.port()))]);
    let error = world.get(&egress, &url(api.port(), "/")).await.unwrap_err();
    assert_eq!(error.code(), "denied");
    assert!(error.to_string().contains("tokens.example"), "{error}");
    assert_eq!(tokens.seen().len() + api.seen().len(), 0);
}

/// A system with a login: token `N` is good until it is called back.
struct Remedy {
    server: Server,
    good: Arc<AtomicU32>,
}

impl Remedy {
    async fn start() -> Self {
        let good = Arc::new(AtomicU32::new(0));
        let shared = good.clone();
        let server = Server::start(move |seen| {
            if seen.line().contains("/login") {
                let number = shared.fetch_add(1, Ordering::Relaxed) + 1;
                return Act::Answer(answer(200, &[], &format!("{CANARY}-{number}\n")));
            }
            let wanted = format!("AR-JWT {CANARY}-{}", shared.load(Ordering::Relaxed));
            Act::Answer(match seen.fields("authorization") == [wanted.as_str()] {
                true => answer(200, &[("x-echo", &wanted)], &wanted),
                false => answer(401, &[], ""),
            })
        })
        .await;
        Remedy { server, good }
    }

    fn lines(&self) -> Vec<String> {
        let seen = self.server.seen();
        seen.iter().map(|seen| seen.line().to_owned()).collect()
    }
}

#[tokio::test]
async fn one_login_serves_all_calls_until_the_token_is_refused_and_then_another_one_does() {
    let world = World::open().await;
    let remedy = Remedy::start().await;
    let port = remedy.server.port();
    let egress = world.egress([with(port, login(port))]);
    for _ in 0..2 {
        let told = world.post(&egress, &url(port, "/entry")).await.unwrap();
        assert!(
            told.starts_with("200: ") && !told.contains(CANARY),
            "{told}"
        );
    }
    const LOGIN: &str = "POST /api/jwt/login HTTP/1.1";
    const ENTRY: &str = "POST /entry HTTP/1.1";
    assert_eq!(remedy.lines(), [LOGIN, ENTRY, ENTRY]);
    assert_eq!(
        remedy.server.seen()[0].body,
        format!("username=provisor&password={CANARY}")
    );
    remedy.good.fetch_add(1, Ordering::Relaxed);
    let told = world.post(&egress, &url(port, "/entry")).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");
    assert_eq!(remedy.lines()[3..], [ENTRY, LOGIN, ENTRY]);
}

#[tokio::test]
async fn a_system_that_refuses_every_token_is_asked_twice_and_no_more() {
    let world = World::open().await;
    let server = Server::start(|seen| {
        Act::Answer(match seen.line().contains("/login") {
            true => answer(200, &[], "token"),
            false => answer(401, &[], "not you"),
        })
    })
    .await;
    let port = server.port();
    let egress = world.egress([with(port, login(port))]);
    let told = world.post(&egress, &url(port, "/entry")).await.unwrap();
    assert!(
        told.starts_with("401: ") && told.ends_with("not you"),
        "{told}"
    );
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_login_that_failed_with_status_200_is_a_failed_login() {
    let world = World::open().await;
    for (fields, content, kind) in [
        (
            &[(
                "X-AR-Messages",
                r#"[{"messageText":"Login failed","messageNumber":623}]"#,
            )][..],
            "",
            "Unauthorized",
        ),
        (
            &[("x-ar-messages", "ERROR (623): Authentication failed")][..],
            "looks-like-a-token",
            "Unauthorized",
        ),
        (&[][..], "", "Unavailable"),
        (&[][..], "<html>down</html>", "Unavailable"),
        (&[][..], "two words", "Unavailable"),
        (&[][..], r#"{"token":"x"}"#, "Unavailable"),
    ] {
        let server = Server::start(move |_| Act::Answer(answer(200, fields, content))).await;
        let port = server.port();
        let egress = world.egress([with(port, login(port))]);
        let told = world.post(&egress, &url(port, "/entry")).await.unwrap();
        assert!(told.starts_with(&format!("{kind}: ")), "{content}: {told}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_message_beside_a_login_that_succeeded_does_no_harm() {
    let world = World::open().await;
    let fields = &[("x-ar-messages", "[]")];
    let server = Server::start(move |_| Act::Answer(answer(200, fields, "token"))).await;
    let port = server.port();
    let egress = world.egress([with(port, login(port))]);
    let told = world.post(&egress, &url(port, "/entry")).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");
}

#[tokio::test]
async fn a_token_with_a_life_is_not_used_beyond_it() {
    let world = World::open().await;
    let remedy = Remedy::start().await;
    let port = remedy.server.port();
    let mut credential = login(port);
    if let Credential::Login { lifetime, .. } = &mut credential {
        *lifetime = Some(Duration::from_secs(60));
    }
    let egress = world.egress([with(port, credential)]);
    for _ in 0..3 {
        world.post(&egress, &url(port, "/entry")).await.unwrap();
        world.hand.advance(20);
    }
    let logins = remedy.lines();
    let logins = logins.iter().filter(|line| line.contains("/login"));
    assert_eq!(logins.count(), 2);
}

#[tokio::test]
async fn credentials_that_can_never_work_are_refused_at_once_without_being_shown() {
    let world = World::open().await;
    let secret = || Secret::new(format!("{CANARY}\n"));
    let refused = [
        Credential::Basic {
            username: "a:b".to_owned(),
            password: Secret::new(CANARY),
        },
        Credential::Bearer { token: secret() },
        Credential::Bearer {
            token: Secret::new(""),
        },
        Credential::Header {
            name: "host".to_owned(),
            value: Secret::new(CANARY),
        },
        Credential::Header {
            name: "x y".to_owned(),
            value: Secret::new(CANARY),
        },
        Credential::Header {
            name: "x-api-key".to_owned(),
            value: secret(),
        },
        Credential::Login {
            url: "not a url".to_owned(),
            username: "a".to_owned(),
            password: Secret::new(CANARY),
            header: "authorization".to_owned(),
            prefix: String::new(),
            lifetime: None,
        },
    ];
    for credential in refused {
        let shown = format!("{credential:?}");
        let config = EgressConfig {
            reach: vec![with(1, credential)],
            ..EgressConfig::default()
        };
        let error = Egress::new(config, &world.origins).unwrap_err();
        assert_eq!((error.grant, error.field), (0, "credential"), "{shown}");
        assert!(!error.to_string().contains(CANARY), "{error}");
    }
}
