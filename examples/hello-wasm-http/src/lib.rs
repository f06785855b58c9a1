//! A function that answers HTTP, as a component of WASI preview 2: it says what it was asked.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

impl Guest for Hello {
    fn handle(request: IncomingRequest, place: ResponseOutparam) {
        let headers = Fields::new();
        headers.append("content-type", b"text/plain").expect("a header");
        let response = OutgoingResponse::new(headers);
        let body = response.body().expect("a body");
        ResponseOutparam::set(place, Ok(response));
        let path = request.path_with_query().unwrap_or_default();
        eprintln!("asked for {path}");
        let stream = body.write().expect("a stream");
        stream.blocking_write_and_flush(format!("hello from {path}").as_bytes()).expect("to write");
        drop(stream);
        OutgoingBody::finish(body, None).expect("to end");
    }
}

wasip2::http::proxy::export!(Hello);
