//! Operations of the management API: each is registered with its handler and its description at once.
//!
//! The permission comes from the handler's own signature: a handler whose first argument is not
//! [`Needs`] cannot be registered, and the document says what the signature says.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Needs, Permission, Permit};
use crate::problem::Problem;
use crate::state::Api;

/// The argument lists of handlers that declare a permission first.
pub trait Guarded {
    const PERMISSION: Option<Permission>;
}

impl<M, P: Permit> Guarded for (M, Needs<P>) {
    const PERMISSION: Option<Permission> = P::PERMISSION;
}

impl<M, P: Permit, A> Guarded for (M, Needs<P>, A) {
    const PERMISSION: Option<Permission> = P::PERMISSION;
}

impl<M, P: Permit, A, B> Guarded for (M, Needs<P>, A, B) {
    const PERMISSION: Option<Permission> = P::PERMISSION;
}

impl<M, P: Permit, A, B, C> Guarded for (M, Needs<P>, A, B, C) {
    const PERMISSION: Option<Permission> = P::PERMISSION;
}

/// One operation's description.
pub struct Operation {
    method: Method,
    path: &'static str,
    id: &'static str,
    tag: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answer: Value,
    media: &'static str,
    status: u16,
    codes: &'static [u16],
    schemas: Vec<(String, RefOr<Schema>)>,
}

#[derive(Clone, Copy)]
enum Method {
    Get,
    Post,
}

impl Operation {
    pub fn get(path: &'static str, id: &'static str, tag: &'static str) -> Self {
        Self::new(Method::Get, path, id, tag)
    }

    pub fn post(path: &'static str, id: &'static str, tag: &'static str) -> Self {
        Self::new(Method::Post, path, id, tag)
    }

    fn new(method: Method, path: &'static str, id: &'static str, tag: &'static str) -> Self {
        let names = path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let parameter = |(name, _): (&str, &str)| {
            let schema = match name {
                "number" => json!({ "type": "integer", "format": "int64", "minimum": 0 }),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        };
        Self {
            method,
            path,
            id,
            tag,
            parameters: names.map(parameter).collect(),
            body: None,
            answer: json!({}),
            media: "application/json",
            status: 200,
            codes: &[],
            schemas: Vec::new(),
        }
    }

    pub fn query<Q: IntoParams>(mut self) -> Self {
        let parameters = Q::into_params(|| Some(ParameterIn::Query));
        self.parameters.extend(parameters.into_iter().map(|parameter| without_null(json!(parameter))));
        self
    }

    pub fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some(self.reference::<T>());
        self
    }

    pub fn answers<T: ToSchema>(mut self) -> Self {
        self.answer = self.reference::<T>();
        self
    }

    pub fn lists<T: ToSchema>(mut self) -> Self {
        self.answer = json!({ "type": "array", "items": self.reference::<T>() });
        self
    }

    /// Answers with server-sent events whose data are documents of this shape.
    pub fn streams<T: ToSchema>(mut self) -> Self {
        self.answer = self.reference::<T>();
        self.media = "text/event-stream";
        self
    }

    pub fn created(mut self) -> Self {
        self.status = 201;
        self
    }

    /// The problems it may answer with, besides 401 and 403.
    pub fn fails(mut self, codes: &'static [u16]) -> Self {
        self.codes = codes;
        self
    }

    fn reference<T: ToSchema>(&mut self) -> Value {
        let name = T::name().into_owned();
        T::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), T::schema()));
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn document(&self, permission: Option<Permission>) -> Value {
        let description = match permission {
            Some(permission) => format!("Needs `{}`.", permission.as_str()),
            None => "Needs any valid token.".to_owned(),
        };
        let problem = json!({ "description": "Problem", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ApiProblem" } } } });
        let good = if self.media == "text/event-stream" {
            "Server-sent events: each `data` is one JSON document of this schema."
        } else {
            "OK"
        };
        let mut responses = Map::new();
        responses.insert(
            self.status.to_string(),
            json!({ "description": good, "content": { self.media: { "schema": self.answer } } }),
        );
        for code in [401, 403].iter().chain(self.codes) {
            responses.insert(code.to_string(), problem.clone());
        }
        let mut operation = json!({
            "operationId": self.id, "tags": [self.tag], "description": description, "responses": responses,
            "security": [{ "bearer": [] }],
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = json!(self.parameters);
        }
        if let Some(body) = &self.body {
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": body } } });
        }
        operation
    }
}

/// A query parameter that may be left out cannot be null on top of that.
fn without_null(mut parameter: Value) -> Value {
    let schema = &mut parameter["schema"];
    if let Some(Value::Array(kinds)) = schema.get("type") {
        let kind = kinds.iter().find(|kind| *kind != "null").cloned();
        schema["type"] = json!(kind);
    }
    if let Some(Value::Array(either)) = schema.get("oneOf") {
        let given = either.iter().find(|one| one["type"] != "null").cloned();
        *schema = json!(given);
    }
    parameter
}

/// The router and the document, growing together.
pub struct Operations {
    router: Router<Api>,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Operations {
    /// No operations yet; the problem shape, which all share.
    pub fn empty() -> Self {
        let mut operations = Self { router: Router::new(), paths: Map::new(), schemas: Map::new() };
        let mut schemas = vec![(Problem::name().into_owned(), <Problem as utoipa::PartialSchema>::schema())];
        Problem::schemas(&mut schemas);
        operations.keep(schemas);
        operations
    }

    /// Adds an operation; the handler's first argument says what it needs.
    pub fn add<H, T>(mut self, operation: Operation, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: Guarded + 'static,
    {
        let (filter, method) = match operation.method {
            Method::Get => (MethodFilter::GET, "get"),
            Method::Post => (MethodFilter::POST, "post"),
        };
        let path = self.paths.entry(operation.path).or_insert_with(|| json!({}));
        path[method] = operation.document(T::PERMISSION);
        self.router = self.router.route(operation.path, on(filter, handler));
        self.keep(operation.schemas);
        self
    }

    fn keep(&mut self, schemas: Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in schemas {
            self.schemas.insert(name, json!(schema));
        }
    }

    /// The routes and the OpenAPI 3.1 document.
    pub fn finish(self) -> (Router<Api>, Value) {
        let document = json!({
            "openapi": "3.1.0",
            "info": { "title": "Throughline", "version": "1" },
            "paths": self.paths,
            "components": {
                "schemas": self.schemas,
                "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            },
        });
        (self.router, document)
    }
}
