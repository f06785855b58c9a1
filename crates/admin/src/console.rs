//! The console: one plain page on a port of its own that shows an account to whoever reaches that port. It changes nothing.

mod guard;
mod page;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Method, Request, StatusCode};
use metering::Grouping;
use model::{AccountId, Internal, Region, Time};
use tokio::sync::Mutex;
use wire::{Response, body_of, empty_body};

use crate::admin::Admin;
use crate::limits::{CONSOLE_BILL_FRESH, CONSOLE_EVENTS, CONSOLE_ROWS};
use crate::views::{self, BillView, EventView};
use page::Shown;

const STYLE: &str = include_str!("console/console.css");

/// Nothing but our own style sheet is loaded, nothing runs, nobody frames the page.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page about one account.
pub struct Console {
    admin: Admin,
    account: AccountId,
    region: Region,
    /// The bill of the month, and when it was added up.
    bill: Mutex<Option<(Time, BillView)>>,
}

impl Console {
    /// The page about an account's functions of one region, and all else of the account.
    pub fn new(admin: Admin, account: AccountId, region: Region) -> Self {
        Self { admin, account, region, bill: Mutex::default() }
    }

    /// Answers `/` and `/console.css`, to those who came by an IP address or as `localhost`.
    pub async fn handle<B>(&self, request: Request<B>) -> Response {
        let (head, _) = request.into_parts();
        if !guard::is_from_here(&head) {
            return text(
                StatusCode::FORBIDDEN,
                "The console answers to localhost and to IP addresses only.\n",
            );
        }
        if head.method != Method::GET && head.method != Method::HEAD {
            return text(StatusCode::METHOD_NOT_ALLOWED, "The console is only looked at.\n");
        }
        let mut response = match head.uri.path() {
            "/" => match self.page().await {
                Ok(page) => answer(StatusCode::OK, "text/html; charset=utf-8", page),
                Err(internal) => {
                    tracing::error!(error = %internal, "the console could not be shown");
                    text(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made; the log says why.\n")
                }
            },
            "/console.css" => answer(StatusCode::OK, "text/css; charset=utf-8", STYLE),
            _ => text(StatusCode::NOT_FOUND, "There is nothing here.\n"),
        };
        if head.method == Method::HEAD {
            *response.body_mut() = empty_body();
        }
        response
    }

    /// The page in HTML.
    pub async fn page(&self) -> Result<String, Internal> {
        let (admin, account) = (&self.admin, &self.account);
        let (events, _) = admin.delivery.recent(account, None, CONSOLE_EVENTS).await?;
        let shown = Shown {
            version: admin.about.version,
            now: admin.clock.now(),
            started: admin.about.started,
            account: account.clone(),
            region: self.region.clone(),
            functions: admin.registry.list(account, &self.region, None, CONSOLE_ROWS + 1).await?,
            slow_starts: views::slow_starts(admin, account),
            instances: views::instances(admin, account),
            events: events.into_iter().map(EventView::from).collect(),
            bill: self.month().await?,
        };
        Ok(page::render(&shown).into_string())
    }

    /// The bill since the month began, at most a minute old.
    async fn month(&self) -> Result<BillView, Internal> {
        let now = self.admin.clock.now();
        let mut kept = self.bill.lock().await;
        if let Some((made, bill)) = &*kept
            && now.since(*made) < CONSOLE_BILL_FRESH
        {
            return Ok(bill.clone());
        }
        let begin = Time::parse_iso8601(&now.format("%Y-%m-01T00:00:00Z")).unwrap_or_default();
        let bill = views::bill(&self.admin, &self.account, begin, Grouping::Function).await?;
        *kept = Some((now, bill.clone()));
        Ok(bill)
    }
}

fn text(status: StatusCode, sentence: &'static str) -> Response {
    answer(status, "text/plain; charset=utf-8", sentence)
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<String>) -> Response {
    let mut response = Response::new(body_of(body.into()));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
