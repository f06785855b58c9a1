//! What comes to function URLs: let in or not, made an event, run, and answered.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use model::{AccountId, Caller, Failure, Fault, Identity, InvocationId, Permission};
use registry::{FunctionUrl, InvokeMode, UrlAuth};
use sandbox::Answer as Said;
use service::Call;
use wire::protocol::rest_json_fault;
use wire::{Body, Request, Response, body_of, empty_body};

use super::address::{Address, address_of};
use super::answer::{self, Answer};
use super::{cors, event, streamed};
use crate::engine::{Ask, Begun, Found, NotRun, check_callable, trace_id};
use crate::names::Named;
use crate::{Lambda, faults, limits};

const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: \
                         https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

impl Lambda {
    /// Answers a request to a function URL.
    pub(crate) async fn serve_url(&self, call: &Call, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let Some(address) = address_of(&head) else { return told(&no_url()) };
        let (named, url) = match self.engine.of_url(address.id).await {
            Ok(Some(found)) => found,
            Ok(None) => return told(&no_url()),
            Err(internal) => return failed(call, &internal.into()),
        };
        if let Some(cors) = url.cors.as_ref().filter(|_| cors::is_preflight(&head.method, &head.headers)) {
            let mut response = Response::new(empty_body());
            cors::tell_what_may_be(cors, &head.headers, response.headers_mut());
            return response;
        }
        let answered = self.run_url(call, &address, &head, body, &named, &url).await;
        let mut response = answered.unwrap_or_else(|failure| failed(call, &failure));
        if let Some(cors) = &url.cors {
            cors::tell(cors, &head.headers, response.headers_mut());
        }
        response
    }

    async fn run_url(
        &self,
        call: &Call,
        address: &Address<'_>,
        head: &Parts,
        body: Body,
        named: &Named,
        url: &FunctionUrl,
    ) -> Result<Response, Failure> {
        let caller = self.let_in(call, named, url).await?;
        let body = service::body(body, limits::INVOKE_BYTES, "InvokeFunctionUrl").await?;
        let found = self.engine.pick(named).await?.ok_or_else(no_url)?;
        check_callable(found.version()).map_err(|_| unavailable())?;
        let trace = trace_of(&head.headers).unwrap_or_else(|| trace_id(found.version(), call.time));
        let event = event::of(call, address, head, caller.as_ref(), &trace, &body).to_string();
        if event.len() > limits::INVOKE_BYTES {
            return Err(faults::request_too_large(limits::INVOKE_BYTES, "InvokeFunctionUrl").into());
        }
        let ask = asked(call, found, named, event.into(), trace.clone());
        let mut response = match url.mode {
            InvokeMode::Buffered => self.answer_whole(ask).await?,
            InvokeMode::ResponseStream => self.answer_in_pieces(ask).await?,
        };
        if let Ok(trace) = HeaderValue::try_from(trace) {
            response.headers_mut().insert(TRACE, trace);
        }
        Ok(response)
    }

    /// Who calls, if the function is told that. Fails when they may not.
    async fn let_in(&self, call: &Call, named: &Named, url: &FunctionUrl) -> Result<Option<Caller>, Failure> {
        for permission in self.to_call(named, url).await? {
            let allowed = match url.auth {
                UrlAuth::None => {
                    let account = AccountId::default_account();
                    let nobody = Caller { account, identity: Identity::Anonymous };
                    self.engine.parts.roles.policy_allows(&nobody, &permission).await?
                }
                UrlAuth::Iam if call.caller.identity == Identity::Anonymous => false,
                UrlAuth::Iam => match call.authority.allow(call, &permission).await {
                    Ok(()) => true,
                    Err(Failure::Fault(_)) => false,
                    Err(internal) => return Err(internal),
                },
            };
            if !allowed {
                return Err(forbidden().into());
            }
        }
        Ok((url.auth == UrlAuth::Iam).then(|| call.caller.clone()))
    }

    /// AWS: since October 2025 both are asked for.
    async fn to_call(&self, named: &Named, url: &FunctionUrl) -> Result<[Permission; 2], Failure> {
        let by_url = self.on_qualified(named, "lambda:InvokeFunctionUrl").await?;
        let run = self.on_qualified(named, "lambda:InvokeFunction").await?;
        Ok([
            by_url.with_context("lambda:FunctionUrlAuthType", url.auth.name()),
            run.with_context("lambda:InvokedViaFunctionUrl", "true"),
        ])
    }

    async fn answer_whole(&self, ask: Ask) -> Result<Response, Failure> {
        let done = self.engine.call(ask).await.map_err(refused)?;
        self.engine.parts.ledger.record(done.used).await;
        Ok(respond(done.ended.answer))
    }

    async fn answer_in_pieces(&self, ask: Ask) -> Result<Response, Failure> {
        Ok(match self.engine.stream(ask).await.map_err(refused)? {
            Begun::Ended(ended) => respond(ended.answer),
            Begun::Streams { content_type, rest } => {
                streamed::respond(&content_type, rest).await.unwrap_or_else(|_| bad_gateway())
            }
        })
    }
}

fn asked(call: &Call, found: Found, named: &Named, payload: Bytes, trace_id: String) -> Ask {
    Ask {
        found,
        invoked_arn: named.arn().to_string(),
        invocation: InvocationId::from(call.request_id),
        payload,
        client_context: None,
        trace_id,
        event: None,
        roots: Vec::new(),
        cause: call.cause.clone(),
    }
}

fn refused(not_run: NotRun) -> Failure {
    match not_run {
        NotRun::Loops(reason) => faults::recursive_invocation(&reason).into(),
        NotRun::Removed => no_url().into(),
        NotRun::Throttled(reason) => faults::throttled(reason).into(),
        NotRun::Internal(internal) => internal.into(),
    }
}

fn trace_of(headers: &HeaderMap) -> Option<String> {
    headers.get(TRACE).and_then(|trace| trace.to_str().ok()).map(str::to_owned)
}

/// AWS: an error of the function's is told to nobody outside.
fn respond(result: Said) -> Response {
    let answer = match result {
        Said::Returned(result) => answer::of(&result).ok(),
        Said::Failed(_) => None,
    };
    let Some(Answer { status, headers, body }) = answer else { return bad_gateway() };
    let mut response = Response::new(body_of(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn bad_gateway() -> Response {
    let mut response = Response::new(body_of("Internal Server Error"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn no_url() -> Fault {
    Fault::new("ResourceNotFoundException", 404, "There is no function URL of this name.")
}

fn unavailable() -> Fault {
    Fault::new("ServiceUnavailableException", 503, "Service Unavailable")
}

fn forbidden() -> Fault {
    Fault::new("AccessDeniedException", 403, FORBIDDEN)
}

fn failed(call: &Call, failure: &Failure) -> Response {
    match failure {
        Failure::Fault(fault) => told(fault),
        Failure::Internal(internal) => {
            tracing::error!(error = %internal, request = %call.request_id, "a request to a function URL failed");
            bad_gateway()
        }
    }
}

/// AWS: URLs spell `Message` with a capital.
fn told(fault: &Fault) -> Response {
    let mut spelled = fault.clone();
    if !spelled.members.iter().any(|(name, _)| name == "Type") {
        spelled = spelled.member("Message", fault.message.clone());
    }
    rest_json_fault(&spelled)
}
