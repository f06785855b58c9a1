//! Another instance that lives at the same time: its memory, environment, code, files and listeners.

use serde_json::json;

use crate::house::{Function, House, invoke, returned};

crate::cases![nothing_of_another_instance_is_found];

/// Keeps a word in memory, in its environment, in `/tmp`, on a port and under an abstract name.
const VICTIM: &str = "import os, socket\nkept = os.environ['WORD'] * 100\nheld = []\ndef handler(event, context):\n    \
    open('/tmp/word', 'w').write(kept)\n    os.chmod('/tmp/word', 0o777)\n    port = socket.socket()\n    \
    port.bind(('0.0.0.0', 7777))\n    port.listen()\n    name = socket.socket(socket.AF_UNIX)\n    \
    name.bind('\\0word')\n    name.listen()\n    held.extend([port, name])\n    return [os.getpid(), os.environ['AWS_SECRET_ACCESS_KEY']]\n";

/// Looks for a word everywhere it can.
const THIEF: &str = "import os, socket\ndef look(word):\n    found, word = [], word.encode()\n    \
    for top in ('/tmp', '/var', '/proc', '/opt', '/dev', '/run', '/data', '/work', '/home', '/mnt'):\n        \
    for folder, below, files in os.walk(top):\n            \
    if folder == '/proc/self' or folder.startswith(('/proc/%d' % os.getpid(), '/proc/thread-self')):\n                \
    below.clear()\n                continue\n            for name in files:\n                path = folder + '/' + name\n                \
    try:\n                    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:\n                        \
    if word in (file.read(1 << 20) or b''):\n                            found.append(path)\n                \
    except (OSError, ValueError):\n                    pass\n    return found\ndef connect(kind, address):\n    try:\n        \
    socket.socket(kind).connect(address)\n        return 'connected'\n    except OSError as error:\n        return error.errno\n\
    def handler(event, context):\n    pid, word = event\n    \
    return [look(word), connect(socket.AF_INET, ('127.0.0.1', 7777)), connect(socket.AF_UNIX, '\\0word'),\n            \
    os.environ['AWS_SECRET_ACCESS_KEY'], sorted(os.listdir('/tmp'))]\n";

async fn nothing_of_another_instance_is_found(house: &House) {
    let word = "a word that only the victim knows";
    let mut victim = Function::python(VICTIM);
    victim.environment.insert("WORD".into(), word.into());
    let mut victim = house.start(&victim).await;
    let told = returned(&invoke(&mut *victim, "{}").await);
    let mut thief = house.start(&Function::python(THIEF)).await;
    let found = returned(&invoke(&mut *thief, &json!([told[0], word]).to_string()).await);
    assert_eq!(found[0], json!([]));
    assert_eq!((&found[1], &found[2]), (&json!(111), &json!(111)), "refused");
    assert_ne!(found[3], told[1], "credentials are of one instance");
    assert_eq!(found[4], json!([]));
}
