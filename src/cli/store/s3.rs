//! A bucket as a store: Amazon S3 and whatever speaks its protocol.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};
use tokio::runtime::{Builder, Runtime};

use super::{CliError, Store, refused};

/// How long a request is made again where the server is busy or away; it is
/// [asked](super::Patient) four times.
const PATIENCE: Duration = Duration::from_secs(5);

/// A bucket, or what is below a prefix of one.
#[derive(Debug)]
pub struct S3 {
    bucket: String,
    prefix: Path,
    client: AmazonS3,
    runtime: Runtime,
}

impl S3 {
    /// The store `BUCKET/PREFIX`. Where the server is and who asks, the usual variables say:
    /// `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, or those of a role that a machine or a pod has.
    ///
    /// # Errors
    /// Where it is no name of a bucket, or a variable cannot be used.
    pub fn new(place: &str) -> Result<Self, CliError> {
        let unusable = |what: &dyn std::fmt::Display| CliError::Argument {
            message: format!("--store s3://{place}: {what}"),
            hint: "s3://BUCKET/PREFIX, with AWS_REGION and AWS_ACCESS_KEY_ID and \
                   AWS_SECRET_ACCESS_KEY or a role, and AWS_ENDPOINT_URL where it is not Amazon's"
                .to_owned(),
        };
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(unusable(&"there is no bucket"));
        }
        let prefix = Path::parse(prefix).map_err(|error| unusable(&error))?;
        // The first to be there is as good: another part of the process may have its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(RetryConfig {
                retry_timeout: PATIENCE,
                ..RetryConfig::default()
            });
        let said = |key| builder.get_config_value(&key);
        let endpoint =
            said(AmazonS3ConfigKey::S3Endpoint).or_else(|| said(AmazonS3ConfigKey::Endpoint));
        let builder = match endpoint.is_some_and(|url| is_here(&url)) {
            // Nobody listens in between.
            true => builder.with_allow_http(true),
            false => builder,
        };
        Ok(Self {
            client: builder.build().map_err(|error| unusable(&error))?,
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| unusable(&error))?,
            bucket: bucket.to_owned(),
            prefix,
        })
    }

    fn path(&self, name: &str) -> Path {
        let parts = name.split('/');
        parts.fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// What comes of asking for a name; `None` where there is nothing under it.
    fn ask<T>(
        &self,
        path: &Path,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<Option<T>, CliError> {
        match self.runtime.block_on(asked) {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => {
                let remedy = match error {
                    Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                        "; it takes s3:ListBucket, s3:GetObject and s3:PutObject"
                    }
                    _ => "",
                };
                let place = format!("s3://{}/{path}", self.bucket);
                Err(refused(&place, format!("{error}{remedy}")))
            }
        }
    }
}

impl Store for S3 {
    fn list(&self, folder: &str) -> Result<BTreeSet<String>, CliError> {
        let path = self.path(folder);
        let found = self.ask(&path, self.client.list_with_delimiter(Some(&path)))?;
        let objects = found.into_iter().flat_map(|found| found.objects);
        let names = objects.filter_map(|one| one.location.filename().map(ToOwned::to_owned));
        Ok(names.collect())
    }

    fn has(&self, name: &str) -> Result<bool, CliError> {
        let path = self.path(name);
        Ok(self.ask(&path, self.client.head(&path))?.is_some())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        let path = self.path(name);
        let bytes = async { self.client.get(&path).await?.bytes().await };
        Ok(self.ask(&path, bytes)?.map(Vec::from))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, CliError> {
        let path = self.path(name);
        let put = async {
            let bytes = bytes.to_vec().into();
            match self
                .client
                .put_opts(&path, bytes, PutMode::Create.into())
                .await
            {
                Ok(_) => Ok(true),
                Err(Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let gone = || refused(&format!("s3://{}", self.bucket), "there is no such bucket");
        self.ask(&path, put)?.ok_or_else(gone)
    }
}

/// Whether a URL is of this machine.
fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn this_machine_is_known() {
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost",
            "http://[::1]:9/x",
        ] {
            assert!(is_here(url), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.com",
            "https://s3.example.com:443",
            "http://10.0.0.1",
        ] {
            assert!(!is_here(url), "{url}");
        }
    }
}
