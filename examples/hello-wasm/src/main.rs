//! A function in WebAssembly: the event comes on standard input, the answer goes to standard output, and what is
//! written to standard error is its log.

use std::io::Read;

fn main() {
    let mut event = String::new();
    std::io::stdin().read_to_string(&mut event).expect("an event");
    eprintln!("an event of {} bytes", event.len());
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    print!("{{\"hello\": \"from {name}\", \"event\": {event}}}");
}
