//! The commands, one file each: what may be typed after its name, and what it does.

pub mod backfill;
pub mod category;
pub mod check;
pub mod demo;
pub mod docs;
pub mod federation;
pub mod keys;
pub mod migrate;
pub mod repair;
pub mod serve;
pub mod token;
pub mod user;
pub mod worker;

#[cfg(test)]
mod tests {
    use clap::{Args, Command, Subcommand};

    fn arguments<A: Args>() -> Command {
        A::augment_args(Command::new("parvis"))
    }

    fn subcommands<S: Subcommand>() -> Command {
        S::augment_subcommands(Command::new("parvis"))
    }

    #[test]
    fn every_commands_arguments_hold_together() {
        arguments::<super::serve::Serve>().debug_assert();
        arguments::<super::worker::Worker>().debug_assert();
        arguments::<super::demo::Demo>().debug_assert();
        arguments::<super::migrate::Migrate>().debug_assert();
        arguments::<super::check::Check>().debug_assert();
        arguments::<super::docs::Docs>().debug_assert();
        arguments::<super::repair::Repair>().debug_assert();
        subcommands::<super::user::User>().debug_assert();
        subcommands::<super::token::Token>().debug_assert();
        subcommands::<super::category::Category>().debug_assert();
        subcommands::<super::keys::Keys>().debug_assert();
        subcommands::<super::federation::Federation>().debug_assert();
    }

    #[test]
    fn scopes_come_in_one_word_group() {
        let line = [
            "parvis",
            "create",
            "--user",
            "anne",
            "--scopes",
            "read write follow admin",
        ];
        let matches = subcommands::<super::token::Token>()
            .try_get_matches_from(line)
            .unwrap();
        let token =
            <super::token::Token as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
        let super::token::Token::Create(create) = token else {
            panic!("not create")
        };
        assert_eq!(create.scopes.len(), 4);
    }
}
