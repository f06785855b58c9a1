//! What a server does while it may still be root: it opens the data directory, takes its addresses and looks for
//! runtimes. After that it needs no right any more.

use std::net::{SocketAddr, TcpListener};

use model::Internal;
use rustix::fs::Mode;
use sandbox_linux::{Forked, Runtimes, User};

use crate::Settings;
use crate::directory::DataDirectory;
use crate::users;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// A platform that can be started, with or without rights.
pub struct Prepared {
    pub(crate) settings: Settings,
    pub(crate) data: DataDirectory,
    pub(crate) listener: TcpListener,
    pub(crate) console: Option<TcpListener>,
    pub(crate) runtimes: Runtimes,
    user: Option<User>,
}

impl Prepared {
    /// Takes for these settings what they name. Where root calls this, the data directory is given to the user that
    /// the server is to become: the one of the settings, else the directory's owner, else `dayfly`, else one of our own.
    ///
    /// # Errors
    /// When the data directory is in use or cannot be read, an address cannot be listened at, or there is no such user.
    pub fn new(settings: Settings) -> Result<Self, Internal> {
        // Functions read their code as somebody else.
        rustix::process::umask(Mode::from_raw_mode(0o022));
        let user = users::choose(settings.user.as_deref(), &settings.data)?;
        let data = DataDirectory::open(&settings.data, user)?;
        let listener = listen(settings.listen)?;
        let console = settings.console.map(listen).transpose()?;
        let runtimes = sandbox_linux::discover(&settings.runtime_directories);
        Ok(Self { settings, data, listener, console, runtimes, user })
    }

    /// Makes this process go on as that user, without any right, and with a spawner that takes nothing of the host's from
    /// it but runtimes and what lies in the data directory. Before there are threads.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn surrender(&self, forked: &Forked) -> Result<(), Internal> {
        forked.confine(self.data.root(), &self.runtimes)?;
        self.user.map_or(Ok(()), |user| sandbox_linux::surrender(user, self.data.root()))
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, Internal> {
    let listening = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        // The library's own is short.
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(listener)
    });
    listening.map_err(|error| {
        Internal::because("listening")(format!("{address}: {error}. Is another platform running?"))
    })
}
