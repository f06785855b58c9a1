//! System calls that are not for functions.

use serde_json::json;

use super::all_come_to;
use crate::house::House;

crate::cases![forbidden_system_calls_are_refused,];

async fn forbidden_system_calls_are_refused(house: &House) {
    let calls = [
        "sys(165, b'none', b'/tmp', b'tmpfs', 0, 0)", // mount
        "sys(166, b'/tmp', 0)",                       // umount2
        "sys(272, 0x10000000)",                       // unshare(CLONE_NEWUSER)
        "sys(308, 3, 0)",                             // setns
        "sys(101, 0, 0, 0, 0)",                       // ptrace(TRACEME)
        "sys(56, 0x10000011, 0, 0, 0, 0)",            // clone(CLONE_NEWUSER)
        "sys(250, 0, 0, 0, 0, 0)",                    // keyctl
        "sys(321, 0, 0, 0)",                          // bpf
        "sys(298, 0, 0, 0, 0, 0)",                    // perf_event_open
        "sys(323, 0)",                                // userfaultfd
        "sys(310, 1, 0, 0, 0, 0, 0)",                 // process_vm_readv
        "sys(304, 3, 0, 0)",                          // open_by_handle_at
        "sys(161, b'/tmp')",                          // chroot
        "sys(169, 0, 0, 0, 0)",                       // reboot
        "sys(170, b'x', 1)",                          // sethostname
        "sys(175, 0, 0, 0)",                          // init_module
        "sys(428, -1, b'/', 1)",                      // open_tree
        "sys(314, 0, bytes(48), 0)",                  // sched_setattr
        "sys(135, 0x0040000)",                        // personality(ADDR_NO_RANDOMIZE)
        "sys(133, b'/tmp/node', 0o20666, 0x103) and os.strerror(ctypes.get_errno())", // mknod
    ];
    all_come_to(house, &calls, json!("Operation not permitted")).await;
    let absent = ["sys(425, 1, 0)", "sys(435, 0, 0)", "sys(0x40000000 + 39)", "sys(9999)"];
    all_come_to(house, &absent, json!("Function not implemented")).await;
}
