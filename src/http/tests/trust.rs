//! Whom the client believes to be the shop: a server with a certificate of an authority that was made for the test.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use std::net::IpAddr;
use std::pin::Pin;

use super::*;
use crate::http::outside::Names;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Says "ok" to everybody who believes its certificate, which is for `name`. Its address, and the task.
async fn server(
    authority: &Authority,
    name: &str,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> (String, JoinHandle<()>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (address, task)
}

fn client(url: &str, ca_pem: &str) -> Result<Http, PlatformError> {
    Http::new(options(url, ca_pem))
}

fn options(url: &str, ca_pem: &str) -> HttpOptions {
    HttpOptions {
        platform: "Test",
        base_url: BaseUrl::new(url, false).unwrap(),
        ca_pem: Some(ca_pem.as_bytes().to_vec()),
        budget: Budget { burst: 100, per_second_milli: 100_000, concurrent: 4, source: "test" },
        timeout: Duration::from_secs(5),
        clock: Arc::new(ManualClock::starting_at(Timestamp(0))),
        secrets: Vec::new(),
        explain: |_, _| None,
        seed: 1,
    }
}

const ALL: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

#[tokio::test]
async fn an_authority_that_was_named_is_believed_and_no_other() {
    let (ours, others) = (authority(), authority());
    for versions in [ALL, &[&rustls::version::TLS12]] {
        let (url, task) = server(&ours, "127.0.0.1", versions).await;
        let answer = client(&url, &ours.pem()).unwrap().write(Request::post("/x")).await.unwrap();
        assert_eq!(answer.body, b"ok");

        let failed = client(&url, &others.pem()).unwrap().write(Request::post("/x")).await.unwrap_err();
        assert!(matches!(failed, WriteError::NotApplied(PlatformError::Unreachable { .. })), "{failed:?}");
        assert!(failed.to_string().contains("its certificate is not to be trusted"), "{failed}");
        task.abort();
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let ours = authority();
    let (url, task) = server(&ours, "shop.example", ALL).await;
    let failed = client(&url, &ours.pem()).unwrap().write(Request::post("/x")).await.unwrap_err();
    assert!(failed.to_string().contains("its certificate is not to be trusted"), "{failed}");
    task.abort();
}

/// Every name leads here.
struct Here;

impl Names for Here {
    fn look_up(&self, _: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

/// Whoever named the picture has the name lead to a machine next door: there it would be believed and answered.
#[tokio::test]
async fn a_public_name_that_leads_next_door_is_not_called() {
    let ours = authority();
    let (url, task) = server(&ours, "cdn.shop.example", ALL).await;
    let port = url.rsplit(':').next().unwrap().to_owned();
    let picture = format!("https://cdn.shop.example:{port}/a.png");
    let whole = Extent::Whole { most: 100 };
    let fetched = |base: String, address: String| {
        let http = Http::with_names(options(&base, &ours.pem()), Arc::new(Here)).unwrap();
        async move { http.fetch(&address, whole).await }
    };
    let failed = fetched("https://shop.example".to_owned(), picture.clone()).await.unwrap_err();
    assert!(matches!(failed, PlatformError::Refused { .. }), "{failed:?}");
    let says =
        "the file at cdn.shop.example is not read: its name leads to an address that is not of the public internet";
    assert!(failed.to_string().contains(says), "{failed}");

    // The same name with a resolver that does not look where it leads: it would have been read.
    let roots = reqwest::tls::Certificate::from_pem_bundle(ours.pem().as_bytes()).unwrap();
    let careless = reqwest::Client::builder().tls_certs_only(roots).no_proxy();
    let careless = careless.resolve("cdn.shop.example", ([127, 0, 0, 1], 0).into()).build().unwrap();
    assert_eq!(careless.get(&picture).send().await.unwrap().text().await.unwrap(), "ok");
    task.abort();

    // The merchant's own shop may be next door.
    let (url, task) = server(&ours, "localhost", ALL).await;
    let own = url.replace("127.0.0.1", "localhost");
    assert_eq!(fetched(own.clone(), format!("{own}/a.png")).await.unwrap().body, b"ok");
    task.abort();
}

#[test]
fn a_file_without_certificates_is_told() {
    let failed = client("https://shop.example", "no certificate").unwrap_err();
    assert!(failed.to_string().contains("holds no certificate in PEM form"), "{failed}");
}
