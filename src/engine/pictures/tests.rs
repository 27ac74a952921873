//! Pictures from servers that serve them well and badly, over real sockets.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::connectors;
use crate::domain::{BaseUrl, Currency, JobState, Presence, ProductId, Timestamp};
use crate::engine::{Engine, Options, RealShops};
use crate::http::{File, HttpOptions, PictureKind};
use crate::platform::{Budget, Clock, SystemClock};
use crate::protocol::{ConnectionDraft, ProductsView, Request, Window};
use crate::sandbox::{Faults, PICTURES, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Secret, SecretStore};
use crate::store::Store;

/// Answers every call in the same way, or never.
struct Server {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `None`: takes the call and says nothing.
    async fn with(answer: Option<Vec<u8>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let task = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                match &answer {
                    // Whoever hangs up before the end has seen enough.
                    Some(answer) => drop(stream.write_all(answer).await),
                    None => open.push(stream),
                }
            }
        });
        Self { address, calls, task }
    }

    async fn serving(kind: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        Self::with(Some([head.as_bytes(), b"connection: close\r\n\r\n", body].concat())).await
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Reads its picture, as a shop whose own address this is.
    async fn read(&self, pictures: &Pictures) -> Result<Arc<Small>, String> {
        self.read_for(pictures, &self.url()).await
    }

    async fn read_for(&self, pictures: &Pictures, shop: &str) -> Result<Arc<Small>, String> {
        let read = pictures.read(&http(shop), &format!("{}/a.png", self.url()), 0).await;
        read.map_err(|why| {
            let problem = why.problem("picture 1 of “Mug” in Till");
            assert!(problem.hint.is_some());
            problem.message
        })
    }
}

fn http(base_url: &str) -> Http {
    Http::new(HttpOptions {
        platform: "Test",
        base_url: BaseUrl::new(base_url, true).unwrap(),
        ca_pem: None,
        budget: Budget { burst: 100, per_second_milli: 100_000, concurrent: 4, source: "test" },
        timeout: Duration::from_secs(30),
        clock: Arc::new(SystemClock),
        secrets: Vec::new(),
        explain: |_, _| None,
        seed: 1,
    })
    .unwrap()
}

fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A quarter each of red, green, blue and white.
fn quarters(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    })
    .into()
}

/// A PNG that says that it is so large, of few bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let part = |name: &[u8; 4], body: &[u8]| {
        let named = [name.as_slice(), body].concat();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [length.as_slice(), &named, &crc32fast::hash(&named).to_be_bytes()].concat()
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let [head, body, end] =
        [part(b"IHDR", &head), part(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]), part(b"IEND", &[])];
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &body, &end].concat()
}

#[tokio::test]
async fn all_four_kinds_are_read_and_made_small() {
    for (kind, format) in [
        (PictureKind::Png, ImageFormat::Png),
        (PictureKind::Jpeg, ImageFormat::Jpeg),
        (PictureKind::Gif, ImageFormat::Gif),
        (PictureKind::WebP, ImageFormat::WebP),
    ] {
        let server = Server::serving(kind.media_type(), &file(&quarters(1280, 960), format)).await;
        let small = server.read(&Pictures::default()).await.unwrap();
        assert_eq!((small.whole, small.kind), ((1280, 960), kind));
        assert_eq!((small.points.width(), small.points.height()), (640, 480));
        let near = |x, y, colour: [u8; 3]| {
            let Rgb(found) = small.points.get_pixel(x, y);
            found.iter().zip(colour).all(|(found, wanted)| found.abs_diff(wanted) < 12)
        };
        let [red, green, blue] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
        assert!(near(99, 99, red) && near(500, 99, green) && near(99, 400, blue), "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_transparent_stands_on_white() {
    let glass = RgbaImage::from_fn(4, 1, |x, _| Rgba([0, 0, 0, [0, 255, 127, 0][x as usize]]));
    let server = Server::serving("image/png", &file(&glass.into(), ImageFormat::Png)).await;
    let small = server.read(&Pictures::default()).await.unwrap();
    assert_eq!(small.points.as_raw()[..9], [255, 255, 255, 0, 0, 0, 128, 128, 128]);
}

#[tokio::test]
async fn what_is_too_large_is_not_made_room_for() {
    for (width, height) in [(20_000, 20_000), (u32::MAX / 2, 3), (1, 21_000_000)] {
        let bomb = bomb(width, height);
        assert!(bomb.len() < 100);
        let server = Server::serving("image/png", &bomb).await;
        let why = server.read(&Pictures::default()).await.unwrap_err();
        let says =
            format!("picture 1 of “Mug” in Till has {width} × {height} points; more than 20 million are not decoded");
        // The decoder may refuse what can be no picture before it is asked how large it is.
        assert!(why == says || why.contains("cannot be decoded") || why.contains("would take more"), "{why}");
        assert!(width != 20_000 || why == says, "{why}");
    }
    let large = [&b"\x89PNG\r\n\x1a\n"[..], &vec![0; MOST_BYTES]].concat();
    let why = Server::serving("image/png", &large).await.read(&Pictures::default()).await.unwrap_err();
    assert!(why.contains(&format!("has more than {MOST_BYTES} bytes")), "{why}");
}

#[tokio::test]
async fn what_is_no_picture_or_half_of_one_is_said_to_be_so() {
    let whole = file(&quarters(300, 300), ImageFormat::Png);
    let page = b"<!DOCTYPE html><title>Log in</title>";
    for (kind, body, says) in [
        ("text/html; charset=utf-8", &page[..], "is no JPEG, PNG, GIF or WebP: at its address is \"text/html\""),
        ("image/png", &page[..], "is no JPEG, PNG, GIF or WebP"),
        ("image/png", &whole[..whole.len() / 2], "cannot be decoded, it may be broken or cut off"),
        ("image/png", &whole[..20], "cannot be decoded"),
        ("image/png", &bomb(100, 100), "cannot be decoded"),
        ("image/jpeg", &[0xFF, 0xD8, 0xFF, 0xE0, 0, 2], "cannot be decoded"),
        ("image/gif", b"GIF89a", "cannot be decoded"),
        ("image/webp", b"RIFF\x04\0\0\0WEBP", "cannot be decoded"),
    ] {
        let why = Server::serving(kind, body).await.read(&Pictures::default()).await.unwrap_err();
        assert!(why.starts_with("picture 1 of “Mug” in Till ") && why.contains(says), "{why}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let server = Server::with(None).await;
    let why = server.read(&Pictures::new(Duration::from_millis(300))).await.unwrap_err();
    assert!(why.contains("did not come within 0.3 s"), "{why}");
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_stranger_has_nothing_read_next_door() {
    let server = Server::serving("image/png", &file(&quarters(4, 4), ImageFormat::Png)).await;
    let why = server.read_for(&Pictures::default(), "https://shop.example").await.unwrap_err();
    assert!(why.contains("is not one of the public internet"), "{why}");
    assert_eq!(server.calls(), 0);
    // Nor is anybody sent there.
    let elsewhere = format!("HTTP/1.1 302 Found\r\nlocation: {}/a.png\r\ncontent-length: 0\r\n\r\n", server.url());
    let sender = Server::with(Some(elsewhere.into_bytes())).await;
    let why = sender.read(&Pictures::default()).await.unwrap_err();
    assert!(why.contains("sends us on to another address"), "{why}");
    assert_eq!((sender.calls(), server.calls()), (1, 0));
}

#[test]
fn a_photograph_stands_upright() {
    // Its camera says: turned by a quarter (orientation 6).
    let plain = file(&quarters(60, 40), ImageFormat::Jpeg);
    let tag = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
    let exif = [&b"Exif\0\0II*\0\x08\0\0\0\x01\0"[..], &tag, &[0; 4]].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let turned = [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..]].concat();
    let small = decode::decoded(&turned, PictureKind::Jpeg).unwrap();
    assert_eq!((small.whole, small.points.dimensions()), ((40, 60), (40, 60)));
    let Rgb([red, _, blue]) = small.points.get_pixel(2, 2);
    assert!(*blue > 200 && *red < 50, "the lower left corner is the upper left one now");
}

proptest! {
    #[test]
    fn what_fits_is_no_larger_than_asked(width in 1u32..300, height in 1u32..300, asked in (0u16..700, 0u16..700)) {
        let points = RgbImage::new(width, height);
        let (bytes, (wide, high)) = decode::fitted(&points, asked.0, asked.1);
        prop_assert!(wide >= 1 && high >= 1 && wide <= asked.0.max(1) && high <= asked.1.max(1));
        prop_assert!(u32::from(wide) <= width && u32::from(high) <= height);
        prop_assert_eq!(bytes.len(), usize::from(wide) * usize::from(high) * 3);
    }

    /// Whatever a file says: a picture or a sentence, and never more room than is allowed.
    #[test]
    fn no_file_breaks_the_decoder(
        kind in prop::sample::select(vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP]),
        hurts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = file(&quarters(24, 16), kind);
        for (place, byte) in hurts {
            let at = place.index(body.len());
            body[at] = byte;
        }
        body.truncate(cut.index(body.len()) + 1);
        let kind = File { kind: String::new(), body: body.clone(), length: None }.picture();
        if let Some(kind) = kind
            && let Ok(small) = decode::decoded(&body, kind)
        {
            prop_assert!(small.points.width() <= 640 && small.points.height() <= 640);
        }
    }
}

/// An engine with one shop, of the first platform there is, in which one product has pictures: one that is there, one
/// that is not, and one of a stranger.
async fn opened(folder: &Path) -> (Engine, ShopServer, ListingId) {
    let platform = connectors::all()[0];
    let mut shop = Shop::new("Till", Currency::new("EUR").unwrap(), &["Here"]);
    shop.insert(ShopProduct::simple("Mug", ShopVariant::plain()), Timestamp(0));
    let imitation = (platform.imitate)();
    let credentials = imitation.credentials();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), any).await.unwrap();
    let url = server.url();
    let stranger = "http://192.168.0.1/a.png".to_owned();
    let addresses = vec![format!("{url}{PICTURES}mug.png"), format!("{url}{PICTURES}mug.bmp"), stranger];
    server.shop().alter(|shop| shop.products.values_mut().for_each(|product| product.images = addresses.clone()));

    let (store, opened) = Store::open(&folder.join("store")).unwrap();
    let secrets = SecretStore::open(&folder.join("secrets")).unwrap();
    let options = Options { poll: None, ..Options::default() };
    let shops = RealShops::shared(clock.clone());
    let engine = Engine::start(store, opened, secrets, shops, clock, options).await.unwrap();
    let draft = ConnectionDraft {
        platform: platform.profile.id.to_owned(),
        name: String::new(),
        base_url: url,
        allow_http: false,
        ca_file: None,
        locations: Vec::new(),
        credentials: credentials.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect(),
        login: None,
    };
    let Ok(Reply::Connected { import, .. }) = engine.ask(Request::Connect { draft }).await else { panic!() };
    loop {
        let Ok(Reply::Job(row)) = engine.ask(Request::Job { job: import }).await else { panic!() };
        match row.job.state {
            JobState::Done => break,
            JobState::Queued | JobState::Running => tokio::task::yield_now().await,
            state => panic!("{state:?}"),
        }
    }
    let (view, window) = (ProductsView::default(), Window { offset: 0, limit: 10 });
    let Ok(Reply::Products { rows, .. }) = engine.ask(Request::Products { view, window }).await else { panic!() };
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let ProductId(listing) = row.product;
    assert_eq!(row.presence, Presence::InStore);
    (engine, server, listing)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_but_what_somebody_asks_to_see() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, server, listing) = opened(folder.path()).await;
    let calls = || server.requests().iter().filter(|seen| seen.path.starts_with(PICTURES)).count();
    let Ok(Reply::Product(detail)) = engine.ask(Request::Product { product: ProductId(listing) }).await else {
        panic!()
    };
    assert_eq!(detail.listings[0].images.len(), 3);
    assert_eq!(calls(), 0, "details name pictures and read none");

    let of = PictureOf { listing, place: 0, width: 60, height: 32 };
    let Ok(Reply::Picture(picture)) = engine.ask(Request::Picture { of }).await else { panic!() };
    assert_eq!((picture.width, picture.height, picture.whole), (32, 32, (400, 400)));
    assert_eq!((picture.points.len(), picture.kind.as_str(), calls()), (32 * 32 * 3, "PNG", 1));
    let larger = PictureOf { width: 9_999, height: 9_999, ..of };
    let Ok(Reply::Picture(picture)) = engine.ask(Request::Picture { of: larger }).await else { panic!() };
    assert_eq!((picture.width, picture.height, calls()), (400, 400, 1), "it is on the shelf");

    let failed = async |place: u32| {
        let problem = engine.ask(Request::Picture { of: PictureOf { place, ..of } }).await.unwrap_err();
        (problem.message, problem.hint.unwrap())
    };
    let (message, _) = failed(1).await;
    assert!(message.starts_with("picture 2 of “Mug” in Till is not there any more: "), "{message}");
    let (message, hint) = failed(2).await;
    assert!(message.contains("is not one of the public internet") && hint.contains("browser"), "{message} {hint}");
    let (message, _) = failed(3).await;
    assert!(message.starts_with("“Mug” has no picture 4 in Till: it has 3"), "{message}");
    assert_eq!(calls(), 2);
    let nowhere = PictureOf { listing: ListingId(9_999), ..of };
    assert!(engine.ask(Request::Picture { of: nowhere }).await.is_err());
    engine.stop().await;
    server.shutdown().await;
}
