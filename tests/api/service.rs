//! A service outside of the application, for tests to answer in its name.

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

/// A service that takes one request, and leaves the answer to the test.
pub(crate) struct Service {
    pub(crate) url: String,
    listener: TcpListener,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        Self { url: format!("http://{address}/slow?secret=1"), listener }
    }

    /// Waits for a whole request, and returns it with the connection.
    pub(crate) async fn request(&self) -> (String, TcpStream) {
        let (mut connection, _) = self.listener.accept().await.expect("a caller");
        let mut request = Vec::new();
        while !is_whole(&request) {
            assert_ne!(connection.read_buf(&mut request).await.expect("read"), 0, "a whole request");
        }
        (String::from_utf8(request).expect("text"), connection)
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}

/// Returns when the caller has hung up.
pub(crate) async fn hung_up(mut connection: TcpStream) {
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest).await;
}
