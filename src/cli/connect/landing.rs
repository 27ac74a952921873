//! Where a browser on this machine is sent back to: one plain page on the loopback interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::{Host, Url};

use crate::secrets::Secret;

/// A browser sends its question at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longer questions are no browser's.
const MOST_BYTES: usize = 32 * 1024;

const THANKS: &str = "counterpart has what it needs and goes on in the terminal. You can close this page.";
const STRANGE: &str = "This is not the answer that counterpart waits for. Look at the terminal.";

pub struct Landing {
    listener: TcpListener,
    path: String,
    /// What the page gives back unchanged. Any page on the net could send a browser here; only the right one knows it.
    state: String,
}

impl Landing {
    /// `None` where nobody can listen: the redirect is not plain http to this machine, or its port is in use.
    pub async fn open(redirect: &str, page: &str) -> Option<Self> {
        let redirect = Url::parse(redirect).ok().filter(|url| url.scheme() == "http")?;
        let address: IpAddr = match redirect.host()? {
            Host::Domain("localhost") => Ipv4Addr::LOCALHOST.into(),
            Host::Ipv4(ip) if ip.is_loopback() => ip.into(),
            Host::Ipv6(ip) if ip.is_loopback() => Ipv6Addr::LOCALHOST.into(),
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => return None,
        };
        let page = Url::parse(page).ok()?;
        let (_, state) = page.query_pairs().find(|(name, _)| name == "state")?;
        let listener = TcpListener::bind((address, redirect.port_or_known_default()?)).await.ok()?;
        Some(Self { listener, path: redirect.path().to_owned(), state: state.into_owned() })
    }

    /// The query with which the right page sent the browser here.
    pub async fn next(&self) -> Secret {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else {
                // Out of file handles, or the like: it passes.
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            let asked = tokio::time::timeout(PATIENCE, question(&mut stream)).await.ok().flatten();
            let query = asked.and_then(|asked| self.answer_in(&asked));
            let (status, words) = if query.is_some() { ("200 OK", THANKS) } else { ("404 Not Found", STRANGE) };
            let _ = tokio::time::timeout(PATIENCE, say(&mut stream, status, words)).await;
            if let Some(query) = query {
                return query;
            }
        }
    }

    fn answer_in(&self, target: &str) -> Option<Secret> {
        let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
        let ours = url.query_pairs().any(|(name, value)| name == "state" && value == self.state.as_str());
        let query = url.query().filter(|_| ours && url.path() == self.path)?;
        Some(Secret::new(format!("?{query}")))
    }
}

/// What a browser asks for: the middle of the first line.
async fn question(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    // To its end: a connection that is closed with something unread is reset, and the page with it.
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MOST_BYTES {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(part.get(..read)?),
        }
    }
    let text = String::from_utf8(head).ok()?;
    let mut words = text.lines().next()?.split(' ');
    (words.next()? == "GET").then_some(())?;
    words.next().map(str::to_owned)
}

async fn say(stream: &mut TcpStream, status: &str, words: &str) -> std::io::Result<()> {
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>counterpart</title>\
         <body style=\"font: 1.2em sans-serif; margin: 3em\"><p>{words}</p>"
    );
    let length = page.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{page}").as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_answer_of_the_page_that_was_opened_is_taken() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let redirect = format!("http://localhost:{port}/back");
        let landing = Landing::open(&redirect, "https://page.example/?client_id=x&state=s-1").await.unwrap();
        let browser = async {
            assert!(asked(port, "/favicon.ico").await.contains("404"));
            assert!(asked(port, "/back?code=stolen&state=other").await.contains("404"));
            assert!(asked(port, "/back?code=stolen").await.contains("404"));
            let page = asked(port, "/back?code=c%2F1&state=s-1").await;
            assert!(page.contains("200 OK") && page.contains("You can close this page"), "{page}");
            assert!(!page.contains("c%2F1"), "{page}");
        };
        let (answer, ()) = tokio::join!(landing.next(), browser);
        assert_eq!(answer.reveal(), "?code=c%2F1&state=s-1");
    }

    #[tokio::test]
    async fn nobody_listens_for_what_cannot_come_here() {
        let page = "https://page.example/?state=s";
        for redirect in ["https://localhost:8443/", "http://shop.example/back", "http://10.0.0.1/", "nonsense"] {
            assert!(Landing::open(redirect, page).await.is_none(), "{redirect}");
        }
    }
}
