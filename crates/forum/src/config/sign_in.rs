//! `[sign_in]`: what signing in takes.

use super::Config;
use super::setting::{choice, section};

section! {
    /// Signing in.
    SignIn = "sign_in" {
        /// Who needs a second factor: `offered`: nobody has to; `staff`: who moderates or administers; `all`: everybody. Who has none may sign in, but is led to set one up. Not enforced while `server.public_url` is plain http.
        second_factor: SecondFactor = "staff";
    }
}

choice! {
    /// Who needs a second factor.
    SecondFactor {
        /// Nobody has to have one.
        Offered = "offered",
        /// Moderators, administrators, and who moderates a category.
        Staff = "staff",
        /// Everybody.
        All = "all",
    }
}

impl Config {
    /// Whether somebody has to have a second factor; `staff` says whether they moderate or administer. Nobody has to on a
    /// trial node, which is one without https.
    pub fn demands_second_factor(&self, staff: Staff) -> bool {
        self.is_https()
            && match self.sign_in.second_factor {
                SecondFactor::Offered => false,
                SecondFactor::Staff => staff == Staff::Yes,
                SecondFactor::All => true,
            }
    }
}

/// Whether somebody moderates or administers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staff {
    /// They do.
    Yes,
    /// They don't.
    No,
}
