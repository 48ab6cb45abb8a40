//! `[metrics]`: figures for whoever watches over the node.

use std::net::SocketAddr;

use super::setting::section;

section! {
    /// Figures for Prometheus.
    Metrics = "metrics" {
        /// Address of a listener of its own, with `/metrics`, `/healthz` and `/readyz`: `127.0.0.1:9464`. Anyone who reaches it can read them; unset, there is none. Of several processes on one machine each needs its own.
        bind: Option<SocketAddr> = "";
    }
}
