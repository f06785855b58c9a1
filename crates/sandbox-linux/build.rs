//! Makes the library that lets Node.js fork, which becomes a part of the binary: nobody needs a compiler to run Dayfly.

use std::path::Path;

const SOURCE: &str = "../../guests/node/fork.c";

fn main() {
    println!("cargo:rerun-if-changed={SOURCE}");
    let directory = std::env::var_os("OUT_DIR").expect("cargo says where to build");
    let library = Path::new(&directory).join("fork.node");
    let compiler = cc::Build::new().opt_level(2).pic(true).get_compiler();
    let mut command = compiler.to_command();
    command.args(["-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-s", "-o"]);
    let status = command.arg(&library).arg(SOURCE).status();
    assert!(status.is_ok_and(|status| status.success()), "a C compiler is needed to build {SOURCE}");
}
