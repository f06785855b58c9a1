//! Asking for names outside, as the host does.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::limits;
use crate::network::NAMES_PORT;

/// How long one server is waited for. As long as resolv.conf(5) has it for a second try.
const PATIENCE: Duration = Duration::from_secs(3);
/// resolv.conf(5), `MAXNS`.
const SERVERS: usize = 3;
/// Of a header, in which the third byte tells whether the answer was cut off.
const HEADER: usize = 12;
const CUT_OFF: u8 = 0x02;

/// Asks the first of the servers that answers. The answer has the question's number.
pub async fn ask(servers: &[SocketAddr], question: &[u8]) -> io::Result<Vec<u8>> {
    let hosts = if servers.is_empty() { hosts_servers().await } else { servers.to_vec() };
    let mut failure = io::Error::other("there is no server for names");
    for server in hosts.into_iter().take(SERVERS) {
        match timeout(PATIENCE, ask_one(server, question)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => failure = error,
            Err(late) => failure = late.into(),
        }
    }
    Err(failure)
}

/// Read each time: the host's network may have changed.
async fn hosts_servers() -> Vec<SocketAddr> {
    let text = tokio::fs::read_to_string("/etc/resolv.conf").await.unwrap_or_default();
    servers_in(&text)
}

fn servers_in(text: &str) -> Vec<SocketAddr> {
    let address = |line: &str| line.trim().strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok();
    text.lines().filter_map(address).map(|address| SocketAddr::new(address, NAMES_PORT)).collect()
}

async fn ask_one(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let own: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.connect(server).await?;
    // The function chose the number that it asked with; outside, a guess must not be enough to answer.
    let number = number()?;
    socket.send(&numbered(question, number)).await?;
    let mut space = vec![0; limits::NAME_ANSWER];
    loop {
        let length = socket.recv(&mut space).await?;
        let answer = &space[..length];
        if length >= HEADER && answer.starts_with(&number) {
            let whole = if answer[2] & CUT_OFF == 0 {
                answer.to_vec()
            } else {
                on_connection(server, question).await?
            };
            return Ok(numbered(&whole, [question[0], question[1]]));
        }
    }
}

async fn on_connection(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_u16(u16::try_from(question.len()).map_err(io::Error::other)?).await?;
    stream.write_all(question).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await?;
    if answer.len() < HEADER { Err(io::ErrorKind::InvalidData.into()) } else { Ok(answer) }
}

fn number() -> io::Result<[u8; 2]> {
    let mut number = [0; 2];
    rustix::rand::getrandom(&mut number, rustix::rand::GetRandomFlags::empty())?;
    Ok(number)
}

fn numbered(message: &[u8], number: [u8; 2]) -> Vec<u8> {
    [&number[..], &message[2..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_servers_are_read() {
        let text = "# nameserver 1.1.1.1\nsearch example.com\nnameserver 192.0.2.53\n nameserver ::1\nnameserver x\n";
        assert_eq!(servers_in(text), ["192.0.2.53:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
    }
}
