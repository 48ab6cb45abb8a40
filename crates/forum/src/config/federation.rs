//! `[federation]`: how the node speaks with others.

use std::path::PathBuf;

use super::server::Networks;
use super::setting::{choice, section};

section! {
    /// Exchange with other nodes over ActivityPub.
    Federation = "federation" {
        /// Whether the node federates at all.
        enabled: bool = "true";
        /// `open`: with every node that isn't blocked; `allowlist`: only with nodes that an administrator allowed.
        mode: FederationMode = "open";
        /// Require a signature on requests for ActivityPub documents as well, so that blocked nodes can't read them.
        signed_fetch: bool = "false";
        /// For development only: plain http, and peers on private or loopback addresses. Refused when `server.public_url` is https.
        insecure: bool = "false";
        /// Address ranges, otherwise refused, in which peers may live: an internal State network, a test rig. Works with https.
        private_networks: Networks = "";
        /// PEM file of further certificate authorities to trust for peers.
        ca_file: Option<PathBuf> = "";
        /// Put a proof of its author on what people here write (FEP-8b32), so that servers that get it second-hand need not fetch it.
        integrity_proofs: bool = "true";
        /// Deliveries in flight at once in one process. One that has waited half a second for an answer no longer counts.
        concurrency: u32 = "64", in 1..=1024;
        /// Received activities that may wait to be applied. Beyond it peers are asked to come back later, and a server of which half of that many wait before others are; nothing that was accepted is lost.
        inbox_limit: u32 = "100000", in 100..=10_000_000;
        /// Requests a second, at most, to one other server while the past of its categories is read. Four are in flight at once; a server that asks for less is given less.
        history_rate: u32 = "25", in 1..=1_000;
    }
}

choice! {
    /// With whom the node federates.
    FederationMode {
        /// Everybody but the blocked.
        Open = "open",
        /// Only the allowed.
        Allowlist = "allowlist",
    }
}
