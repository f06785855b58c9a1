//! The network: the platform's listeners, and nothing else.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use serde_json::json;

use super::tries;
use crate::house::House;

crate::cases![there_is_no_network_but_loopback, the_hosts_services_are_not_reached,];

async fn there_is_no_network_but_loopback(house: &House) {
    let outcomes = tries(
        house,
        &[
            "[name for _, name in socket.if_nameindex()]",
            "socket.create_connection(('1.1.1.1', 443), 1)",
            "socket.create_connection(('127.0.0.1', 22), 1)",
            "socket.getaddrinfo('localhost', 80, socket.AF_INET)[0][4]",
            "socket.getaddrinfo('example.com', 80)",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
            "socket.socket(38, socket.SOCK_SEQPACKET)",
        ],
    )
    .await;
    assert_eq!(outcomes[0], json!(["lo"]));
    assert_eq!(outcomes[1..3], [json!("OSError"), json!("ConnectionRefusedError")]);
    assert_eq!(outcomes[3], json!(["127.0.0.1", 80]));
    assert_eq!(outcomes[4], "gaierror");
    assert_eq!(outcomes[5..], ["OSError", "PermissionError", "OSError", "OSError"].map(|name| json!(name)));
}

async fn the_hosts_services_are_not_reached(house: &House) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = port.local_addr().unwrap().port();
    let name = format!("dayfly-test-{}", std::process::id());
    let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let connect = |kind: &str, address: &str| {
        format!("(lambda s: (s.settimeout(2), s.connect({address})))(socket.socket({kind}))")
    };
    let attempts = [
        connect("socket.AF_INET", &format!("('127.0.0.1', {number})")),
        connect("socket.AF_INET", &format!("('127.1.2.3', {number})")),
        connect("socket.AF_INET6", &format!("('::1', {number})")),
        connect("socket.AF_INET6", &format!("('::ffff:127.0.0.1', {number})")),
        connect("socket.AF_INET", "('169.254.169.254', 80)"),
        connect("socket.AF_INET", "('169.254.170.2', 80)"),
        connect("socket.AF_INET6", "('fd00:ec2::254', 80)"),
        connect("socket.AF_INET", "('10.0.0.1', 22)"),
        connect("socket.AF_UNIX", &format!("chr(0) + '{name}'")),
        connect("socket.AF_UNIX", "'/run/docker.sock'"),
        connect("socket.AF_UNIX", "'/run/dbus/system_bus_socket'"),
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('169.254.169.254', 53))".to_owned(),
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).setsockopt(socket.SOL_SOCKET, 36, 1)".to_owned(), // SO_MARK
        "socket.socket(16, 3, 12)".to_owned(), // netlink of netfilter
        "socket.socket(16, 3, 9)".to_owned(),  // netlink of audit
    ];
    let attempts: Vec<&str> = attempts.iter().map(String::as_str).collect();
    for (attempt, outcome) in attempts.iter().zip(tries(house, &attempts).await) {
        let failed = outcome.as_str().is_some_and(|name| name.ends_with("Error") || name == "timeout");
        assert!(failed, "{attempt}: {outcome}");
    }
    port.set_nonblocking(true).unwrap();
    assert_eq!(port.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody has come");
}
