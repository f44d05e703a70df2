//! A server that answers as a script says and remembers what it was asked, byte by byte.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Request line and header fields.
    pub head: String,
    pub body: String,
    /// Over which connection, counted from 0.
    pub connection: usize,
}

impl Seen {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or("")
    }

    /// All values of a field.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

/// What the script wants.
pub enum Act {
    /// These bytes are the answer, and the connection stays.
    Answer(Vec<u8>),
    /// The same, once somebody says so.
    Wait(Arc<Notify>, Vec<u8>),
    /// The connection closes without an answer.
    Close,
    /// The rest of the connection is that to another server.
    Tunnel(SocketAddr),
}

/// A server that answers as a script says.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::listen(None, script).await
    }

    pub async fn encrypted(
        config: ServerConfig,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(config))), script).await
    }

    async fn listen(
        acceptor: Option<TlsAcceptor>,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<dyn Fn(&Seen) -> Act + Send + Sync> = Arc::new(script);
        let record = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, record) = (Arc::clone(&script), Arc::clone(&record));
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    match acceptor {
                        None => serve(stream, number, &*script, &record).await,
                        Some(acceptor) => match acceptor.accept(stream).into_fallible().await {
                            Ok(stream) => serve(stream, number, &*script, &record).await,
                            // The client is to hear why, which a reset would keep from it.
                            Err((_, mut stream)) => {
                                let _rest = stream.read_to_end(&mut Vec::new()).await;
                            }
                        },
                    }
                });
            }
        });
        Server {
            address,
            seen,
            task,
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    connection: usize,
    script: &(dyn Fn(&Seen) -> Act + Send + Sync),
    record: &Mutex<Vec<Seen>>,
) {
    while let Some(seen) = request(&mut stream, connection).await {
        record.lock().unwrap().push(seen.clone());
        let answer = match script(&seen) {
            Act::Answer(answer) => answer,
            Act::Wait(go, answer) => {
                go.notified().await;
                answer
            }
            Act::Close => return,
            Act::Tunnel(to) => {
                let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
                stream.write_all(established).await.unwrap();
                let mut other = TcpStream::connect(to).await.unwrap();
                let _closed = tokio::io::copy_bidirectional(&mut stream, &mut other).await;
                return;
            }
        };
        if stream.write_all(&answer).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn request<S: AsyncRead + Unpin>(stream: &mut S, connection: usize) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let mut seen = Seen {
        head: String::from_utf8_lossy(&head).into_owned(),
        body: String::new(),
        connection,
    };
    let length = seen
        .fields("content-length")
        .first()
        .and_then(|it| it.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Some(seen)
}

/// An answer with this content.
pub fn answer(status: u16, fields: &[(&str, &str)], content: &str) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status} It\r\ncontent-length: {}\r\n",
        content.len()
    );
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{content}").into_bytes()
}

/// Always the same.
pub fn always(
    status: u16,
    fields: &'static [(&'static str, &'static str)],
    content: &'static str,
) -> impl Fn(&Seen) -> Act + Send + Sync + 'static {
    move |_| Act::Answer(answer(status, fields, content))
}
