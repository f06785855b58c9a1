//! Whom a server that root has started becomes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use model::Internal;
use sandbox_linux::User;

/// The user whom a machine's administrator makes for us.
const NAME: &str = "dayfly";

/// `None` where this process stays who it is: it is not root, or is told to remain so.
///
/// # Errors
/// When the asked user does not exist, or cannot be become.
pub fn choose(asked: Option<&str>, data: &Path) -> Result<Option<User>, Internal> {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let own = rustix::process::geteuid();
    if own.is_root() {
        let owner = fs::metadata(data).ok().map(|found| User { uid: found.uid(), gid: found.gid() });
        decide(asked, owner, &accounts).map_err(Internal::new)
    } else {
        match asked.map(|name| find(name, &accounts)).transpose().map_err(Internal::new)? {
            Some(user) if user.uid != own.as_raw() => Err(Internal::new("only root can become another user")),
            _ => Ok(None),
        }
    }
}

fn decide(asked: Option<&str>, owner: Option<User>, accounts: &str) -> Result<Option<User>, String> {
    if let Some(name) = asked {
        let user = find(name, accounts)?;
        return Ok(Some(user).filter(|user| user.uid != 0));
    }
    let user = match owner.filter(|owner| owner.uid != 0) {
        Some(owner) => with_group(owner.uid, Some(owner.gid), accounts),
        None => by_name(NAME, accounts).unwrap_or_else(User::of_servers),
    };
    Ok(Some(user))
}

/// By name or number.
fn find(name: &str, accounts: &str) -> Result<User, String> {
    let user = match name.parse() {
        Ok(uid) => with_group(uid, None, accounts),
        Err(_) => by_name(name, accounts).ok_or_else(|| format!("/etc/passwd has no user {name:?}"))?,
    };
    if user.is_of_sandboxes() {
        return Err(format!("functions run under the user id {}; the server needs another", user.uid));
    }
    Ok(user)
}

/// With the group of its account; without an account with that group, unless it is root's.
fn with_group(uid: u32, group: Option<u32>, accounts: &str) -> User {
    let account = self::accounts(accounts).map(|(_, user)| user).find(|user| user.uid == uid);
    account.unwrap_or(User { uid, gid: group.filter(|group| *group != 0).unwrap_or(uid) })
}

fn by_name(name: &str, accounts: &str) -> Option<User> {
    self::accounts(accounts).find(|(known, _)| *known == name).map(|(_, user)| user)
}

/// The lines `name:password:uid:gid:…` of passwd(5).
fn accounts(text: &str) -> impl Iterator<Item = (&str, User)> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((name, User { uid, gid }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:100::/home/ada:/bin/sh\nodd\n";
    const WITH_OURS: &str = "dayfly:x:400:401::/:/bin/false\n";

    #[test]
    fn the_asked_one_then_the_owner_then_dayfly_then_our_own() {
        let user = |uid, gid| Ok(Some(User { uid, gid }));
        let root = Some(User { uid: 0, gid: 0 });
        for (asked, owner, accounts, expected) in [
            (Some("ada"), root, ACCOUNTS, user(1000, 100)),
            (Some("1000"), root, ACCOUNTS, user(1000, 100)),
            (Some("7"), root, ACCOUNTS, user(7, 7)),
            (Some("root"), Some(User { uid: 7, gid: 7 }), ACCOUNTS, Ok(None)),
            (Some("eve"), root, ACCOUNTS, Err("/etc/passwd has no user \"eve\"")),
            (Some("1896000000"), root, ACCOUNTS, Err("functions run under")),
            (None, Some(User { uid: 1000, gid: 5 }), ACCOUNTS, user(1000, 100)),
            (None, Some(User { uid: 7, gid: 5 }), ACCOUNTS, user(7, 5)),
            (None, Some(User { uid: 7, gid: 0 }), ACCOUNTS, user(7, 7)),
            (None, root, WITH_OURS, user(400, 401)),
            (None, None, ACCOUNTS, Ok(Some(User::of_servers()))),
        ] {
            match (decide(asked, owner, accounts), expected) {
                (Err(said), Err(expected)) => assert!(said.starts_with(expected), "{said}"),
                (decided, expected) => {
                    assert_eq!(decided, expected.map_err(str::to_owned), "{asked:?} {owner:?}")
                }
            }
        }
    }
}
