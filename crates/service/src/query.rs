//! The query protocol's driver: operations by the form's Action.

use async_trait::async_trait;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use model::{Failure, Fault, Internal, RequestId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::protocol::{MalformedInput, query_fault, read_form, write_xml};
use wire::{Request, Response, body_of};

use crate::operation::{Operation, Protocol, Service, permitted};
use crate::{Call, forms};

type Answered<'a> = BoxFuture<'a, Result<Value, Failure>>;
type Run<F> = for<'a> fn(&'a F, &'a Call, forms::Pairs) -> Answered<'a>;

/// Forms are texts of policies at most.
const BODY_BYTES: usize = 1024 * 1024;

/// One line in a face's list.
pub struct QueryOperation<F: 'static> {
    name: &'static str,
    run: Run<F>,
}

impl<F: Send + Sync + 'static> QueryOperation<F> {
    pub fn new<O>() -> Self
    where
        O: Operation<Face = F>,
        O::Input: DeserializeOwned,
        O::Output: Serialize,
    {
        Self { name: O::NAME, run: run::<O> }
    }
}

fn run<'a, O>(face: &'a O::Face, call: &'a Call, pairs: forms::Pairs) -> Answered<'a>
where
    O: Operation,
    O::Input: DeserializeOwned,
    O::Output: Serialize,
{
    Box::pin(async move {
        let input = read_form(&pairs)
            .map_err(|MalformedInput(message)| Fault::new("MalformedInput", 400, message))?;
        let output = permitted::<O>(face, call, input).await?;
        Ok(serde_json::to_value(&output).map_err(Internal::because("encoding an answer"))?)
    })
}

/// A face that speaks the query protocol.
pub struct QueryFace<F: 'static> {
    signing_name: &'static str,
    /// As in `https://iam.amazonaws.com/doc/2010-05-08/`.
    namespace: &'static str,
    face: F,
    operations: Vec<QueryOperation<F>>,
    /// Names that AWS has and this face does not.
    unbuilt: &'static [&'static str],
}

impl<F: Send + Sync + 'static> QueryFace<F> {
    pub fn new(
        signing_name: &'static str,
        namespace: &'static str,
        face: F,
        operations: Vec<QueryOperation<F>>,
        unbuilt: &'static [&'static str],
    ) -> Self {
        Self { signing_name, namespace, face, operations, unbuilt }
    }

    async fn answer(
        &self,
        call: &Call,
        request: Request,
    ) -> Result<(&'static str, Value), (Failure, String)> {
        let read = forms::read(request, BODY_BYTES).await;
        let (action, pairs) = read.map_err(|failure| (failure, String::new()))?;
        let Some(operation) = self.operations.iter().find(|operation| operation.name == action) else {
            return Err((self.missing(&action).into(), action));
        };
        let value = (operation.run)(&self.face, call, pairs).await.map_err(|failure| (failure, action))?;
        Ok((operation.name, value))
    }

    /// As in `2010-05-08`, the end of the namespace.
    fn version(&self) -> &'static str {
        self.namespace.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    fn missing(&self, action: &str) -> Fault {
        if self.unbuilt.contains(&action) {
            return Fault::not_implemented(action);
        }
        let version = self.version();
        let message = format!("Could not find operation {action} for version {version}");
        Fault::new("InvalidAction", 400, message)
    }

    /// `<XResponse><XResult>…</XResult><ResponseMetadata>…`; an operation that answers nothing has no result.
    fn document(&self, name: &str, value: &Value, request_id: &RequestId) -> String {
        let mut xml = format!("<{name}Response xmlns=\"{}\">", self.namespace);
        if !value.is_null() {
            xml.push_str(&format!("<{name}Result>"));
            write_xml(value, &mut xml);
            xml.push_str(&format!("</{name}Result>"));
        }
        xml.push_str(&format!(
            "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
        ));
        xml
    }
}

#[async_trait]
impl<F: Send + Sync + 'static> Service for QueryFace<F> {
    fn signing_name(&self) -> &'static str {
        self.signing_name
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsQuery
    }

    fn claims(&self, head: &Parts) -> bool {
        let query = head.uri.query().unwrap_or_default();
        let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // Which of the services that take forms is in the body: any of them refuses in their common spelling.
        let is_form = head.uri.path() == "/" && kind.starts_with("application/x-www-form-urlencoded");
        let names = |(name, value): &(String, String)| name == "Version" && *value == self.version();
        is_form || wire::query_pairs(query).iter().any(names)
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        match self.answer(&call, request).await {
            Ok((name, value)) => {
                let mut response = Response::new(body_of(self.document(name, &value, &call.request_id)));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
                response
            }
            Err((failure, action)) => {
                let fault = forms::fault_of(failure, &action, &call.request_id);
                query_fault(&fault, self.namespace, &call.request_id)
            }
        }
    }

    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> Response {
        query_fault(fault, self.namespace, request_id)
    }
}
