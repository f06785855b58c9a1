//! The key that signs messages, and its certificate. Source: SNS developer guide, "Verifying the signatures of Amazon SNS
//! messages".

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::Internal;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer as _};
use rsa::{RsaPrivateKey, pkcs1::LineEnding};
use rsa_sha1::Sha1;
use serde::{Deserialize, Serialize};
use store::{CommitError, Expected, Record, Transaction};
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::der::EncodePem;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

use super::{Engine, rows};

const BITS: usize = 2048;
const VALID_FOR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Where the certificate is: `/SimpleNotificationService-<id>.pem`.
pub const PATH: &str = "/SimpleNotificationService-";

pub struct Signer {
    kept: Kept,
    with_sha1: SigningKey<Sha1>,
    with_sha256: SigningKey<Sha256>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    id: String,
    /// PKCS #8, PEM.
    key: String,
    certificate: String,
}

impl Record for Kept {
    const VERSION: u32 = 1;
}

impl Signer {
    fn of(kept: Kept) -> Result<Self, Internal> {
        let key = RsaPrivateKey::from_pkcs8_pem(&kept.key)
            .map_err(Internal::because("reading the signer's key"))?;
        Ok(Self { kept, with_sha1: SigningKey::new(key.clone()), with_sha256: SigningKey::new(key) })
    }

    /// Of names and values, in the order in which they are signed.
    pub fn sign(&self, parts: &[(&str, &str)], version: &str) -> Result<String, Internal> {
        let mut text = String::new();
        for (name, value) in parts {
            text.push_str(name);
            text.push('\n');
            text.push_str(value);
            text.push('\n');
        }
        let signature = match version {
            "2" => self.with_sha256.try_sign(text.as_bytes()).map(|signature| signature.to_vec()),
            _ => self.with_sha1.try_sign(text.as_bytes()).map(|signature| signature.to_vec()),
        };
        Ok(BASE64_STANDARD.encode(signature.map_err(Internal::because("signing a message"))?))
    }

    /// Where the certificate is to be had, by those who reach the platform so.
    pub fn address(&self, origin: &str) -> String {
        format!("{origin}{PATH}{}.pem", self.kept.id)
    }

    /// The certificate at a path, in PEM; `None` when there is none.
    pub fn certificate(&self, path: &str) -> Option<&str> {
        let id = path.strip_prefix(PATH)?.strip_suffix(".pem")?;
        (id == self.kept.id).then_some(self.kept.certificate.as_str())
    }
}

impl Engine {
    /// The signer: one for all, made when it is needed first.
    pub async fn signer(&self) -> Result<Arc<Signer>, Internal> {
        let signer = self.signer.get_or_try_init(|| async {
            loop {
                if let Some(row) = self.parts.table.get(&rows::signer()).await? {
                    return Signer::of(store::decode(&row.value)?).map(Arc::new);
                }
                let made = tokio::task::spawn_blocking(make).await;
                let kept = made.map_err(Internal::because("making the signer's key"))??;
                let put = Transaction::new()
                    .expect(rows::signer(), Expected::Absent)
                    .put(rows::signer(), store::encode(&kept)?);
                match self.parts.table.commit(put).await {
                    Ok(_) | Err(CommitError::Conflict(_)) => {}
                    Err(CommitError::Internal(internal)) => return Err(internal),
                }
            }
        });
        signer.await.cloned()
    }
}

fn make() -> Result<Kept, Internal> {
    let failed = "making the signer's key";
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(Internal::because(failed))?;
    let public = key.to_public_key().to_public_key_der().map_err(Internal::because(failed))?;
    let public = SubjectPublicKeyInfoOwned::try_from(public.as_bytes()).map_err(Internal::because(failed))?;
    let signing = SigningKey::<Sha256>::new(key.clone());
    let name = Name::from_str("CN=sns.amazonaws.com").map_err(Internal::because(failed))?;
    let validity = Validity::from_now(VALID_FOR).map_err(Internal::because(failed))?;
    let profile =
        Profile::Leaf { issuer: name.clone(), enable_key_agreement: false, enable_key_encipherment: true };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let serial = SerialNumber::new(&id.as_bytes()[..16]).map_err(Internal::because(failed))?;
    let builder = CertificateBuilder::new(profile, serial, validity, name, public, &signing);
    let certificate =
        builder.map_err(Internal::because(failed))?.build().map_err(Internal::because(failed))?;
    Ok(Kept {
        id,
        key: key.to_pkcs8_pem(LineEnding::LF).map_err(Internal::because(failed))?.to_string(),
        certificate: certificate.to_pem(LineEnding::LF).map_err(Internal::because(failed))?,
    })
}
