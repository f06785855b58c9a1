//! Who sandboxes are on the host: their uids and gids, and which namespaces that takes.

use std::fs;
use std::io;

use crate::limits;

/// Who a sandbox is on the host.
pub struct Ids {
    uid: u32,
    gid: u32,
    pub privileged: bool,
    /// The first of the ids that a template gives to its sandboxes.
    pub template: Option<u32>,
}

impl Ids {
    /// A uid that no other living sandbox has; without privilege, the only one there is: our own.
    pub fn of(sandbox: u64, privileged: bool) -> Self {
        if privileged {
            let id = limits::UID_BASE + (sandbox % limits::UID_RANGE) as u32;
            Self { uid: id, gid: id, privileged, template: None }
        } else {
            let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            Self { uid, gid, privileged, template: None }
        }
    }

    /// Those of a template: the first of its slice for itself, the rest for the sandboxes made from it.
    pub fn of_template(template: u64) -> Self {
        let slice = (template % limits::TEMPLATE_SLICES) as u32;
        let id = limits::TEMPLATE_UID_BASE + slice * limits::TEMPLATE_SLICE;
        Self { uid: id, gid: id, privileged: true, template: Some(id + 1) }
    }

    /// The id of the template's sandbox of this number.
    pub fn child(&self, number: u32) -> u32 {
        self.template.unwrap_or(self.uid) + number % (limits::TEMPLATE_SLICE - 1)
    }

    /// All but that of the network.
    pub fn namespaces(&self) -> u64 {
        let flags = libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        // With privilege the user namespace comes last: nothing then belongs to it, so even a process that gained
        // every capability in it would have none over the mounts, the network or the host name.
        let flags = if self.privileged { flags } else { flags | libc::CLONE_NEWUSER };
        flags as u64
    }

    /// The owner of `/tmp` as the mounting process names it.
    pub fn owner(&self) -> (u32, u32) {
        let in_hosts = self.privileged && self.template.is_none();
        if in_hosts { (self.uid, self.gid) } else { (limits::UID_INSIDE, limits::GID_INSIDE) }
    }

    pub fn map(&self, pid: i32) -> io::Result<()> {
        if !self.privileged {
            fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
        }
        let rest = self
            .template
            .map_or(String::new(), |first| format!("\n{first} {first} {}", limits::TEMPLATE_SLICE - 1));
        fs::write(format!("/proc/{pid}/gid_map"), format!("{} {} 1{rest}", limits::GID_INSIDE, self.gid))?;
        fs::write(format!("/proc/{pid}/uid_map"), format!("{} {} 1{rest}", limits::UID_INSIDE, self.uid))
    }
}
