//! Makes the libraries by which templates fork, which become a part of the binary: nobody needs a compiler to run Dayfly.

use std::path::Path;

const BIRTH: &str = "../../guests/birth.c";
const NODE: &str = "../../guests/node/fork.c";

fn main() {
    println!("cargo:rerun-if-changed=../../guests/birth.h");
    library("birth.so", &[BIRTH]);
    library("fork.node", &[NODE, BIRTH]);
}

fn library(name: &str, sources: &[&str]) {
    sources.iter().for_each(|source| println!("cargo:rerun-if-changed={source}"));
    let directory = std::env::var_os("OUT_DIR").expect("cargo says where to build");
    let compiler = cc::Build::new().opt_level(2).pic(true).get_compiler();
    let mut command = compiler.to_command();
    command.args(["-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-s", "-o"]);
    let status = command.arg(Path::new(&directory).join(name)).args(sources).status();
    assert!(status.is_ok_and(|status| status.success()), "a C compiler is needed to build {sources:?}");
}
