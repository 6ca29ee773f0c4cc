//! TLS to the carrier: public authorities, or the carrier's own.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::InvalidSmsConfig;

pub(super) fn connector(ca_pem: Option<&str>) -> Result<TlsConnector, InvalidSmsConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = ca_pem {
        let wrong = |error: &dyn std::fmt::Display| InvalidSmsConfig::Authority(error.to_string());
        let own = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| wrong(&error))?;
        roots = RootCertStore::empty();
        roots.add(own).map_err(|error| wrong(&error))?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default TLS versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

pub(super) async fn connect(
    connector: &TlsConnector,
    host: &str,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    connector.connect(name, tcp).await.map_err(|error| format!("no TLS connection: {error}"))
}
