//! Names and addresses below the client: which may be reached, and what went wrong when none was.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::FetchError;
use crate::address::AddressPolicy;

/// How names are resolved; the ports of the addresses don't count.
pub type Names = Arc<dyn Fn(&str) -> std::io::Result<Vec<SocketAddr>> + Send + Sync>;

/// Resolves names and keeps only the addresses that may be reached.
pub(super) struct GuardedResolver {
    pub(super) policy: AddressPolicy,
    /// None asks the system.
    pub(super) names: Option<Names>,
}

/// Every address of a name is one that may not be reached.
#[derive(Debug, thiserror::Error)]
#[error("no address of this host may be reached")]
struct Unreachable;

/// The name has no address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unresolved(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, names) = (self.policy.clone(), self.names.clone());
        Box::pin(async move {
            let found = match names {
                Some(names) => names(name.as_str()),
                None => tokio::net::lookup_host((name.as_str(), 0))
                    .await
                    .map(Iterator::collect),
            };
            let all: Vec<SocketAddr> = found.map_err(|error| Unresolved(error.to_string()))?;
            let some = !all.is_empty();
            let open = permitted(all, &policy);
            if some && open.is_empty() {
                return Err(Unreachable.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

pub(super) fn permitted(all: Vec<SocketAddr>, policy: &AddressPolicy) -> Vec<SocketAddr> {
    all.into_iter()
        .filter(|address| policy.permits(address.ip()))
        .collect()
}

/// What went wrong in a request, as told by the innermost error; addresses refused by us are told apart.
pub(super) fn failure(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::Timeout;
    }
    let error = error.without_url();
    let mut kind = if error.is_connect() {
        "connection: "
    } else {
        ""
    };
    let mut innermost: &dyn std::error::Error = &error;
    loop {
        if innermost.is::<Unreachable>() {
            return FetchError::Blocked("no address of this host may be reached");
        }
        if innermost.is::<Unresolved>() {
            kind = "dns: ";
        } else if is_tls(innermost) {
            kind = "tls: ";
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => return FetchError::Network(format!("{kind}{innermost}")),
        }
    }
}

/// Whether an error is one of TLS, as it is or inside errors of input and output, which may hold one another.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .is_some_and(|inner| is_tls(inner))
}
