//! One request, from its head to its answer.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{CONTENT_LENGTH, HOST, HeaderValue, USER_AGENT};
use http::request::Parts;
use http_body::Body as _;
use iam::{Credential, Iam, RequestContext};
use lru::LruCache;
use model::{AccountId, Caller, Fault, Identity, Region, RequestId, Time};
use service::{Call, Protocol, Service};
use tasks::{Clock, Tasks};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use wire::sigv4::{Claim, Head, Malformed, Scope, SigningKey};
use wire::{Body, BodyError, Request, Response, VirtualHost};

use crate::authority::Rights;
use crate::payload::{self, Payload};
use crate::peer::Peer;
use crate::{faults, find, host, limits, presigned, verify};

/// What the front door goes by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bases of virtual hosts: `photos.s3.localhost`.
    pub domains: Vec<String>,
    /// Of requests that name none.
    pub region: Region,
}

/// The front door. Clones are the same.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

struct Shared {
    settings: Settings,
    services: std::sync::OnceLock<Vec<Arc<dyn Service>>>,
    iam: Iam,
    clock: Clock,
    tasks: Tasks,
    keys: Mutex<LruCache<(String, Scope), SigningKey>>,
    /// In KiB: what bodies from outside that are held in memory may take together.
    memory: Arc<Semaphore>,
    /// The same of all sandboxes: however many of them ask too much, nobody outside waits for them.
    memory_inside: Arc<Semaphore>,
}

/// In memory, for a body.
struct Room {
    _own: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

impl Gateway {
    /// A door without services: sandboxes are told of it before there are any. `open` gives them.
    pub fn new(settings: Settings, iam: Iam, clock: Clock, tasks: Tasks) -> Self {
        let keys = NonZeroUsize::new(limits::SIGNING_KEYS).unwrap_or(NonZeroUsize::MIN);
        Self(Arc::new(Shared {
            settings,
            services: std::sync::OnceLock::new(),
            iam,
            clock,
            tasks,
            keys: Mutex::new(LruCache::new(keys)),
            memory: Arc::new(Semaphore::new(limits::ALL_BODIES_BYTES / 1024)),
            memory_inside: Arc::new(Semaphore::new(limits::ALL_SANDBOX_BODIES_BYTES / 1024)),
        }))
    }

    /// The services behind the door, in the order in which they are asked about unsigned requests. Called once.
    pub fn open(&self, services: Vec<Arc<dyn Service>>) {
        let _ = self.0.services.set(services);
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// Answers, also when the client leaves in between: what has begun is brought to its end.
    pub(crate) async fn answer_to_the_end(&self, request: Request, peer: Arc<Peer>) -> Response {
        let (telling, told) = oneshot::channel();
        let gateway = self.clone();
        self.0.tasks.work("request", async move {
            // Nobody may be waiting any more.
            let _ = telling.send(gateway.answer(request, &peer).await);
        });
        // The task is gone without an answer only when it panicked.
        told.await.unwrap_or_else(|_| wire::protocol::rest_json_fault(&faults::internal()))
    }

    /// The answer to a request.
    pub async fn answer(&self, request: Request, peer: &Peer) -> Response {
        let request_id = RequestId::random();
        let _turn = match peer {
            Peer::Inside(inside) => inside.turn().await,
            Peer::Outside(_) => None,
        };
        let (mut head, body) = request.into_parts();
        let host = host_of(&head);
        let claim = wire::sigv4::read(head.uri.query().unwrap_or_default(), &head.headers);
        let services = self.0.services.get().map(Vec::as_slice).unwrap_or_default();
        let named = host::read(&host, &self.0.settings.domains, |name| {
            services.iter().any(|service| service.signing_name() == name)
        });
        let scope = claim.as_ref().ok().and_then(Option::as_ref).map(|claim| claim.scope.service.as_str());
        let Some(service) = find::service(services, scope, &named, &head) else {
            return identified(unknown_service(scope, &head), &request_id);
        };
        let bucket = named.bucket.filter(|_| service.protocol() == Protocol::RestXml).map(str::to_owned);
        let _held = match self.hold(service, &head, body.is_end_stream(), peer).await {
            Ok(held) => held,
            Err(fault) => return refused(service, &fault, &request_id),
        };
        let signed = signed_head(&head, &host);
        let admitted = self.admit(service, claim, &signed, bucket.as_deref(), &head, body).await;
        let (caller, region, body) = match admitted {
            Ok(admitted) => admitted,
            Err(fault) => return refused(service, &fault, &request_id),
        };
        let call = self.call(service, caller, region, &head, &host, request_id, peer);
        if let Some(bucket) = bucket {
            move_into_path(&mut head, bucket);
        }
        let response = service.handle(call, http::Request::from_parts(head, body)).await;
        told(service, response, &request_id)
    }

    /// Who calls, from which region, and the body with its checks.
    async fn admit(
        &self,
        service: &Arc<dyn Service>,
        claim: Result<Option<Claim>, Malformed>,
        signed: &Head<'_>,
        bucket: Option<&str>,
        head: &Parts,
        body: Body,
    ) -> Result<(Caller, Region, Body), Fault> {
        let protocol = service.protocol();
        let claim = match claim {
            Err(_) if service.takes_any_authorization(head) => None,
            claim => claim.map_err(|malformed| faults::malformed(protocol, &malformed))?,
        };
        if let Some(claim) = claim {
            let region = Region::new(claim.scope.region.clone());
            let (caller, body) = self.signed(protocol, &claim, signed, body).await?;
            return Ok((caller, region, body));
        }
        let region = self.0.settings.region.clone();
        if protocol == Protocol::RestXml
            && let Some(claim) = wire::sigv2::read(signed.query).map_err(faults::malformed_url)?
        {
            let caller = self.presigned(&claim, signed, bucket).await?;
            return Ok((caller, region, payload::of_unsigned(signed.headers)?.checked(body, None)));
        }
        if !service.is_open(head) {
            return Err(faults::missing_signature(protocol));
        }
        let nobody = Caller { account: AccountId::default_account(), identity: Identity::Anonymous };
        Ok((nobody, region, payload::of_unsigned(signed.headers)?.checked(body, None)))
    }

    async fn presigned(
        &self,
        claim: &wire::sigv2::Claim,
        head: &Head<'_>,
        bucket: Option<&str>,
    ) -> Result<Caller, Fault> {
        let now = self.0.clock.now();
        let token = claim.session_token.as_deref();
        let credential = self.credential(Protocol::RestXml, &claim.access_key_id, token, now).await?;
        presigned::holds(claim, head, bucket, &credential.secret, now)?;
        Ok(credential.caller)
    }

    async fn signed(
        &self,
        protocol: Protocol,
        claim: &Claim,
        head: &Head<'_>,
        body: Body,
    ) -> Result<(Caller, Body), Fault> {
        let now = self.0.clock.now();
        let token = claim.session_token.as_deref();
        let credential = self.credential(protocol, &claim.access_key_id, token, now).await?;
        verify::plausible(protocol, claim, head.headers, now)?;
        let said = payload::of(protocol, claim, head.headers)?;
        let (body, read) = match said {
            Payload::ToBeHashed => {
                let bytes = read(protocol, body).await?;
                let hash = wire::sigv4::sha256_hex(&bytes);
                (wire::body_of(bytes), Some(hash))
            }
            _ => (body, None),
        };
        let key = self.signing_key(claim, &credential.secret);
        verify::holds(protocol, claim, head, said.in_signature(read.as_deref()), &key)?;
        Ok((credential.caller, said.checked(body, Some((claim, key)))))
    }

    async fn credential(
        &self,
        protocol: Protocol,
        id: &str,
        token: Option<&str>,
        now: Time,
    ) -> Result<Credential, Fault> {
        let found = self.0.iam.credential(id).await.map_err(|internal| {
            tracing::error!(error = %internal, "a credential could not be looked up");
            faults::internal()
        })?;
        let credential = found.ok_or_else(|| faults::unknown_key(protocol, id))?;
        if credential.session_token.as_deref() != token {
            return Err(faults::invalid_token(protocol, id));
        }
        if credential.expires.is_some_and(|expires| expires <= now) {
            return Err(faults::expired_token(protocol));
        }
        Ok(credential)
    }

    fn signing_key(&self, claim: &Claim, secret: &str) -> SigningKey {
        let name = (claim.access_key_id.clone(), claim.scope.clone());
        let mut keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get_or_insert(name, || SigningKey::derive(secret, &claim.scope)).clone()
    }

    /// The room in memory that a request's body may need: all of it but S3's is held until the answer.
    async fn hold(
        &self,
        service: &Arc<dyn Service>,
        head: &Parts,
        is_empty: bool,
        peer: &Peer,
    ) -> Result<Option<Room>, Fault> {
        if service.protocol() == Protocol::RestXml || is_empty {
            return Ok(None);
        }
        let said =
            head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let bytes = said.unwrap_or(limits::BODY_BYTES);
        if bytes > limits::BODY_BYTES {
            return Err(faults::body_too_large(service.protocol(), limits::BODY_BYTES));
        }
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        // First of what is its own, so that it holds nothing of what is everybody's while it waits.
        let (own, all) = match peer {
            Peer::Inside(inside) => (inside.room(kib).await, &self.0.memory_inside),
            Peer::Outside(_) => (None, &self.0.memory),
        };
        let of_all = all.clone().acquire_many_owned(kib).await.map_err(|_| faults::internal())?;
        Ok(Some(Room { _own: own, _of_all: of_all }))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a call, each known once")]
    fn call(
        &self,
        service: &Arc<dyn Service>,
        caller: Caller,
        region: Region,
        head: &Parts,
        host: &str,
        request_id: RequestId,
        peer: &Peer,
    ) -> Call {
        let user_agent =
            head.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let (source, cause) = match peer {
            Peer::Outside(address) => (Some(*address), None),
            Peer::Inside(inside) => (None, inside.speaker.cause()),
        };
        let time = self.0.clock.now();
        let context = RequestContext {
            time,
            region: region.clone(),
            source_ip: source,
            secure_transport: false,
            user_agent: user_agent.to_owned(),
        };
        let rights = Rights { iam: self.0.iam.clone(), protocol: service.protocol(), context };
        Call {
            request_id,
            caller,
            region,
            time,
            cause,
            source,
            origin: format!("http://{host}"),
            user_agent: user_agent.to_owned(),
            authority: Arc::new(rights),
        }
    }
}

/// The Host header, or the authority of HTTP/2.
fn host_of(head: &Parts) -> String {
    let header = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = || head.uri.authority().map(http::uri::Authority::as_str);
    header.or_else(authority).unwrap_or_default().to_owned()
}

/// What signatures are of.
fn signed_head<'a>(head: &'a Parts, host: &'a str) -> Head<'a> {
    let query = head.uri.query().unwrap_or_default();
    Head { method: &head.method, path: head.uri.path(), query, headers: &head.headers, host }
}

/// The whole body of a request whose signature needs its hash: until then nobody knows who sends it.
async fn read(protocol: Protocol, body: Body) -> Result<bytes::Bytes, Fault> {
    let read = tokio::time::timeout(limits::UNKNOWN_BODY_TIME, wire::collect(body, limits::BODY_BYTES));
    match read.await.map_err(|_| faults::request_timeout())? {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(faults::body_too_large(protocol, limits::BODY_BYTES)),
        Err(BodyError::Fault(fault)) => Err(fault),
        Err(BodyError::Disconnected | BodyError::Internal(_)) => Err(faults::request_timeout()),
    }
}

/// `/key` for the host `bucket.s3.localhost` is `/bucket/key`.
fn move_into_path(head: &mut Parts, bucket: String) {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let moved = format!("/{}{path}", wire::encoded(&bucket));
    if let Ok(uri) = moved.parse() {
        head.uri = uri;
        head.extensions.insert(VirtualHost(bucket));
    }
}

fn refused(service: &Arc<dyn Service>, fault: &Fault, request_id: &RequestId) -> Response {
    told(service, service.refuse(fault, request_id), request_id)
}

/// S3 names its requests in its own way.
fn told(service: &Arc<dyn Service>, response: Response, request_id: &RequestId) -> Response {
    if service.protocol() == Protocol::RestXml { response } else { identified(response, request_id) }
}

/// Every answer carries its request's id.
fn identified(mut response: Response, request_id: &RequestId) -> Response {
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// There is nobody to spell this refusal, so it comes in the spelling that the request looks like.
fn unknown_service(scope: Option<&str>, head: &Parts) -> Response {
    let fault = faults::unknown_service(scope.unwrap_or("that this request is for"));
    if head.headers.contains_key("x-amz-target") {
        return wire::protocol::json_fault(&fault, "1.0");
    }
    wire::protocol::rest_json_fault(&fault)
}
