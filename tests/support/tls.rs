//! Certificates of an authority that nobody knows, and servers that show them.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// A certificate authority made for one test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one with a name of its own.
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate, for `SSL_CERT_FILE`.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server that shows a certificate for `host`.
    pub fn server_for(&self, host: &str) -> Arc<ServerConfig> {
        self.server(CertificateParams::new([host.to_owned()]).unwrap())
    }

    /// The same, but the certificate expired at the end of 2020.
    pub fn expired_server_for(&self, host: &str) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 12, 31);
        self.server(params)
    }

    fn server(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        shows(&certificate, &key)
    }
}

/// A server whose certificate for `host` signs itself; as an authority, which is what `openssl req -x509` makes, or not.
pub fn self_signed_server_for(host: &str, as_authority: bool) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    if as_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    shows(&params.self_signed(&key).unwrap(), &key)
}

fn shows(certificate: &Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config)
}
