//! Our guest programs: part of the binary, written once to where sandboxes can see them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Internal;
use sha2::{Digest, Sha256};

/// Its name, and its content.
type GuestFile = (&'static str, &'static [u8]);

/// Each guest's directory name, and its files.
const GUESTS: [(&str, &[GuestFile]); 2] = [
    (
        "python",
        &[
            ("bootstrap.py", include_bytes!("../../../guests/python/bootstrap.py")),
            ("template.py", include_bytes!("../../../guests/python/template.py")),
            // Made of guests/birth.c by the build.
            ("birth.so", include_bytes!(concat!(env!("OUT_DIR"), "/birth.so"))),
            ("snapshot_restore_py.py", include_bytes!("../../../guests/python/snapshot_restore_py.py")),
        ],
    ),
    (
        "node",
        &[
            ("bootstrap.js", include_bytes!("../../../guests/node/bootstrap.js")),
            ("template.js", include_bytes!("../../../guests/node/template.js")),
            // Made of guests/node/fork.c and guests/birth.c by the build.
            ("fork.node", include_bytes!(concat!(env!("OUT_DIR"), "/fork.node"))),
            ("rehearsal.js", include_bytes!("../../../guests/node/rehearsal.js")),
            ("load.js", include_bytes!("../../../guests/node/load.js")),
            ("stream.js", include_bytes!("../../../guests/node/stream.js")),
        ],
    ),
];

pub struct Guests(PathBuf);

impl Guests {
    /// Writes them below `data_dir`, in a directory named after their content: another version of this program
    /// leaves those of running sandboxes alone.
    pub fn install(data_dir: &Path) -> io::Result<Self> {
        let mut digest = Sha256::new();
        for (path, text) in GUESTS.iter().flat_map(|(_, files)| files.iter()) {
            digest.update(path);
            digest.update(text);
        }
        let name = hex::encode(&digest.finalize()[..8]);
        let directory = fs::canonicalize(data_dir)?.join("guests").join(&name);
        if !directory.exists() {
            let unfinished = directory.with_file_name(format!("{name}.{}", std::process::id()));
            write(&unfinished)?;
            match fs::rename(&unfinished, &directory) {
                // Another process was faster, with the same content.
                Err(_) if directory.exists() => fs::remove_dir_all(&unfinished)?,
                other => other?,
            }
        }
        Ok(Self(directory))
    }

    pub fn directory(&self, guest: &str) -> Result<PathBuf, Internal> {
        let known = GUESTS.iter().any(|(name, _)| *name == guest);
        known
            .then(|| self.0.join(guest))
            .ok_or_else(|| Internal::new("a runtime names a guest that does not exist"))
    }
}

fn write(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for (guest, files) in GUESTS {
        let guest = directory.join(guest);
        fs::create_dir_all(&guest)?;
        fs::set_permissions(&guest, fs::Permissions::from_mode(0o755))?;
        for (name, text) in files {
            let path = guest.join(name);
            fs::write(&path, text)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}
