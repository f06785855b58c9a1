//! The front door as seen from inside a sandbox: the same, but whoever comes in is known by where they come from.

use std::net::TcpListener;
use std::sync::Arc;

use sandbox::{Platform, Speaker};
use tokio_util::sync::CancellationToken;

use crate::front::Gateway;
use crate::limits::SANDBOX_CONNECTIONS;
use crate::peer::{Inside, Peer};
use crate::serve;

impl Platform for Gateway {
    fn serve(&self, listener: TcpListener, speaker: Arc<Speaker>) -> Box<dyn Send + Sync> {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (gateway, tasks) = (self.clone(), self.tasks().clone());
        tasks.clone().wait("sandbox-door", async move {
            let Ok(listener) = serve::adopt(listener) else {
                tracing::error!("a sandbox's listener could not be served");
                return;
            };
            let inside = Arc::new(Inside::new(speaker));
            let peer = move |_| Peer::Inside(inside.clone());
            serve::accept(listener, gateway, tasks, SANDBOX_CONNECTIONS, stopped, peer).await;
        });
        Box::new(stop.drop_guard())
    }
}
