//! Problems as the API tells them (RFC 9457): what is wrong, with which field, and what to do.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shard::Refusal;
use utoipa::ToSchema;

use crate::access::Permission;

/// RFC 9457; sent as application/problem+json with every status >= 400.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiProblem)]
pub struct Problem {
    /// A URI reference, such as `/problems/unknown-customer`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Vec<CatalogueProblem>>,
    #[serde(skip)]
    pub retry_after_seconds: Option<u64>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogueProblem {
    pub place: CataloguePlace,
    pub message: String,
    pub remedy: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CataloguePlace {
    pub file: String,
    pub path: String,
    pub column: Option<u32>,
}

impl From<model::Problem> for CatalogueProblem {
    fn from(problem: model::Problem) -> Self {
        let model::Place { file, path, column } = problem.place;
        Self {
            place: CataloguePlace { file, path, column },
            message: problem.message,
            remedy: problem.remedy,
        }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            remedy: None,
            problems: None,
            retry_after_seconds: None,
        }
    }

    fn with_remedy(mut self, remedy: &str) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "Sign in",
            "the request has no token that is valid here",
        )
        .with_remedy("Send `Authorization: Bearer …`; `throughline token` makes a new one.")
    }

    pub fn unsigned() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unsigned",
            "No valid signature",
            "there is no channel of this name whose secret signed the request, or it was signed too long ago",
        )
        .with_remedy("Sign `id.timestamp.body` with the channel's secret (Standard Webhooks), with the time of this attempt.")
    }

    pub fn unknown_write_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-write-key",
            "Unknown write key",
            "the request has no write key that is valid here",
        )
        .with_remedy(
            "Use the write key shown when the source was made, as the user name of Basic authorization.",
        )
    }

    pub fn forbidden(needed: Permission) -> Self {
        let detail = format!("the token lacks the permission `{}`", needed.as_str());
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// The caller's mistake in a field.
    pub fn invalid(field: &str, detail: impl Into<String>, remedy: &str) -> Self {
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "invalid", "Invalid request", detail).with_remedy(remedy);
        problem.field = Some(field.into());
        problem
    }

    pub fn bad_body(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "body", "The body cannot be taken", detail)
    }

    pub fn not_found(what: &str, value: impl std::fmt::Display) -> Self {
        let kind = format!("unknown-{}", what.replace(' ', "-"));
        Self::new(StatusCode::NOT_FOUND, &kind, "Not found", format!("there is no {what} `{value}`"))
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not possible now", detail)
    }

    /// Our failure. The cause goes to the log, which the caller cannot read.
    pub fn internal(cause: &impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            "something failed here; the log says what",
        )
    }

    pub fn stopping() -> Self {
        Self::from(Refusal::Stopping)
    }

    fn with_problems(mut self, problems: Vec<model::Problem>) -> Self {
        self.problems = Some(problems.into_iter().map(Into::into).collect());
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Overloaded { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", "Too much at once", detail)
                    .retry_after(retry_after.as_secs().max(1))
            }
            Refusal::DiskFull => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "disk-full", "The disk is full", detail)
                    .retry_after(5)
            }
            Refusal::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "Stopping", detail).retry_after(2)
            }
            Refusal::Failed(cause) => {
                tracing::error!(%cause, "the shard failed");
                let detail = "the store failed; the operator has to look at the log";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-failed", "The store failed", detail)
                    .retry_after(30)
            }
            Refusal::NoCustomer(id) => Self::not_found("customer", id),
            Refusal::Invalid(_) => Self::conflict(detail),
            Refusal::Problems(problems) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "catalogue", "The catalogue has problems", detail)
                    .with_problems(problems)
            }
        }
    }
}

impl From<state::StateError> for Problem {
    fn from(error: state::StateError) -> Self {
        Self::internal(&error)
    }
}

impl From<shard::ThreadError> for Problem {
    fn from(error: shard::ThreadError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_seconds;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
            headers.insert("x-ratelimit-reset", seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
