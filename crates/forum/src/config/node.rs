//! `[node]`: who the node is, as readers and other nodes see it.

use super::setting::section;

section! {
    /// Identity of the node.
    Node = "node" {
        /// Name shown on pages, in mail and to other nodes.
        name: String = "Forum", in 1..=100;
        /// Institution that runs the node, shown at the foot of pages.
        institution: Option<String> = "", in 1..=200;
        /// One or two sentences about the node.
        description: Option<String> = "", in 1..=1000;
        /// Mail address or web page at which the node's people can be reached.
        contact: Option<String> = "", in 1..=200;
    }
}
