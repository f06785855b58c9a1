//! What functions reach outside, on an internet of the test's own: a network namespace behind an interface of the host,
//! with public and private addresses.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::house::{Function, House, invoke, returned};

crate::cases![
    the_internet_is_reached_and_nothing_private,
    functions_do_not_reach_each_other,
    an_allowlist_lets_through_what_it_names,
    without_egress_the_log_says_so_once,
];

pub const RESOLVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(93, 184, 215, 2)), 53);

/// Gone when it is dropped.
pub struct Internet(Child);

const NAMESPACE: &str = "dayfly-internet";

impl Internet {
    pub fn open() -> Self {
        // What an earlier test that was killed has left.
        let _ = Command::new("ip").args(["netns", "del", NAMESPACE]).stderr(Stdio::null()).status();
        let _ = Command::new("ip").args(["link", "del", "dayflyout"]).stderr(Stdio::null()).status();
        for command in [
            "netns add dayfly-internet",
            "link add dayflyout type veth peer name in netns dayfly-internet",
            "addr add 93.184.215.1/24 dev dayflyout",
            "addr add 10.77.0.1/24 dev dayflyout",
            "link set dayflyout up",
            "-n dayfly-internet link set lo up",
            "-n dayfly-internet addr add 93.184.215.2/24 dev in",
            "-n dayfly-internet addr add 93.184.215.3/24 dev in",
            "-n dayfly-internet addr add 10.77.0.2/24 dev in",
            "-n dayfly-internet addr add 169.254.169.254/32 dev in",
            "-n dayfly-internet link set in up",
            "route add 169.254.169.254 dev dayflyout",
        ] {
            let status = Command::new("ip").args(command.split(' ')).status().expect("ip is here");
            assert!(status.success(), "{command}");
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sandboxes/internet.py");
        let names = [
            "public.test=93.184.215.2",
            "other.test=93.184.215.3",
            "private.test=10.77.0.2",
            "metadata.test=169.254.169.254",
        ];
        let mut server = Command::new("ip")
            .args(["netns", "exec", NAMESPACE, "python3", script])
            .args(names)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(server)
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
        // A namespace takes its interfaces along only some time after it has gone.
        let _ = Command::new("ip").args(["link", "del", "dayflyout"]).status();
        let _ = Command::new("ip").args(["netns", "del", NAMESPACE]).status();
    }
}

/// Asks for the pages of a list of hosts and ports, and tells what came of each.
const VISITOR: &str = "import socket
def visit(place):
    host, port = place
    try:
        with socket.create_connection((host, port), 3) as connection:
            connection.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
            text = b''
            while part := connection.recv(4096):
                text += part
            return text.decode().split('\\r\\n')[-1]
    except OSError as error:
        return type(error).__name__ + ' ' + str(error.errno)
def handler(event, context):
    return [visit(place) for place in event]
";

async fn visits(house: &House, egress: &'static str, places: &[(&str, u16)]) -> Vec<Value> {
    let function = Function { egress, ..Function::python(VISITOR) };
    returned(&house.once(&function, &json!(places).to_string()).await).as_array().unwrap().clone()
}

const FORBIDDEN: &str = "OSError 113";
const UNREACHABLE: &str = "OSError 101";
const NO_NAME: &str = "gaierror -3";

async fn the_internet_is_reached_and_nothing_private(house: &House) {
    let _internet = Internet::open();
    let host = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let places = [
        ("93.184.215.2", 80),
        ("public.test", 80),
        ("10.77.0.2", 80),
        ("private.test", 80),
        ("169.254.169.254", 80),
        ("metadata.test", 80),
        ("93.184.215.1", port),
        ("10.77.0.1", port),
        ("169.254.0.1", port),
        ("198.18.0.1", port),
        ("nowhere.test", 80),
        ("::1", port),
        ("2606:4700::1111", 80),
    ];
    let outcomes = visits(house, "internet", &places).await;
    let page = "93.184.215.2 to 93.184.215.1";
    assert_eq!(outcomes[..2], [page, page].map(|text| json!(text)));
    for (place, outcome) in places.iter().zip(&outcomes).skip(2) {
        let expected = match place.0 {
            "nowhere.test" => "gaierror -2",
            "2606:4700::1111" => UNREACHABLE,
            "::1" => "ConnectionRefusedError 111",
            // Its own, or nobody's.
            "198.18.0.1" if outcome == "ConnectionRefusedError 111" => continue,
            _ => FORBIDDEN,
        };
        assert_eq!(outcome, expected, "{place:?}");
    }
}

async fn functions_do_not_reach_each_other(house: &House) {
    let text = "import socket
server = socket.create_server(('', 7000))
def handler(event, context):
    if event:
        try:
            socket.create_connection((event, 7000), 3)
            return 'reached'
        except OSError as error:
            return 'OSError ' + str(error.errno)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.connect(('93.184.215.2', 9))
        return asker.getsockname()[0]
";
    let function = Function { egress: "internet", ..Function::python(text) };
    let (mut one, mut other) = (house.start(&function).await, house.start(&function).await);
    let address = returned(&invoke(&mut *one, "\"\"").await);
    let others = returned(&invoke(&mut *other, "\"\"").await);
    assert!(address.as_str().unwrap().starts_with("198.18."), "{address}");
    assert_ne!(address, others);
    assert_eq!(returned(&invoke(&mut *one, &address.to_string()).await), "reached", "its own");
    assert_eq!(returned(&invoke(&mut *one, &others.to_string()).await), FORBIDDEN);
}

async fn an_allowlist_lets_through_what_it_names(house: &House) {
    let _internet = Internet::open();
    let places = [
        ("public.test", 80),
        ("public.test", 8081),
        ("93.184.215.2", 80),
        ("other.test", 80),
        ("93.184.215.3", 80),
        ("93.184.215.3", 8081),
        ("private.test", 80),
    ];
    let (two, three) = ("93.184.215.2 to 93.184.215.1", "93.184.215.3 to 93.184.215.1");
    for (egress, expected) in [
        ("public.test", [two, two, two, NO_NAME, FORBIDDEN, FORBIDDEN, NO_NAME]),
        ("PUBLIC.test:80", [two, FORBIDDEN, two, NO_NAME, FORBIDDEN, FORBIDDEN, NO_NAME]),
        ("*.test", [two, two, two, three, three, three, FORBIDDEN]),
        ("93.184.215.3/32:80", [NO_NAME, NO_NAME, FORBIDDEN, NO_NAME, three, FORBIDDEN, NO_NAME]),
        ("0.0.0.0/0:80,private.test", [NO_NAME, NO_NAME, two, NO_NAME, three, FORBIDDEN, FORBIDDEN]),
        ("public.test:80,93.184.215.0/31", [two, FORBIDDEN, two, NO_NAME, FORBIDDEN, FORBIDDEN, NO_NAME]),
    ] {
        assert_eq!(visits(house, egress, &places).await, expected.map(|text| json!(text)), "{egress}");
    }
}

async fn without_egress_the_log_says_so_once(house: &House) {
    let text = "import socket\ndef handler(event, context):\n    try:\n        socket.getaddrinfo(event, 80)\n    \
                except socket.gaierror as error:\n        return error.errno\n";
    for (egress, told) in [
        ("none", "Egress of this function is none: it may not reach one.example. To allow it: dayfly deploy"),
        ("a.example", "Egress of this function is a.example: it may not reach one.example."),
    ] {
        let mut instance = house.start(&Function { egress, ..Function::python(text) }).await;
        house.lines.take();
        let first = invoke(&mut *instance, "\"one.example\"").await;
        assert_eq!(returned(&first), -3);
        let tail = String::from_utf8(first.log_tail.to_vec()).unwrap();
        assert!(tail.contains(told), "{tail}");
        assert_eq!(returned(&invoke(&mut *instance, "\"two.example\"").await), -3);
        let said = house.lines.take().iter().filter(|line| line.contains("Egress of this")).count();
        assert_eq!(said, 1, "once for each instance");
    }
}
