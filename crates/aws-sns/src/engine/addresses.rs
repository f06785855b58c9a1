//! Which addresses names stand for, and which of them may be posted to.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::Name;
use sandbox::is_private;
use tower_service::Service;

/// What an endpoint's addresses may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    /// Whoever asked for it may not look behind this machine's walls.
    Public,
}

impl Reach {
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Everywhere || !is_private(address)
    }
}

/// The system's resolver, without what is out of reach: a name that stands for something else at the second asking
/// gains nothing.
#[derive(Debug, Clone)]
pub struct Resolver(pub Reach);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| reach.allows(address.ip())).collect();
            match allowed.is_empty() {
                true => Err(io::Error::other(format!("{name} has no address that may be posted to"))),
                false => Ok(allowed.into_iter()),
            }
        })
    }
}

/// Whether a host is an address, and one that is out of reach: those are not asked of a resolver.
pub fn is_out_of_reach(host: &str, reach: Reach) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().is_ok_and(|address| !reach.allows(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_endpoints_are_looked_at_too() {
        for (host, out) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("[::ffff:169.254.169.254]", true),
            ("93.184.216.34", false),
            ("example.com", false),
        ] {
            assert_eq!(is_out_of_reach(host, Reach::Public), out, "{host}");
            assert!(!is_out_of_reach(host, Reach::Everywhere), "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_out_of_reach() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Resolver(Reach::Public).call(name()).await.is_err());
        assert!(Resolver(Reach::Everywhere).call(name()).await.is_ok());
    }
}
