//! The program `parvis`; everything it does is in the library beside it, so that tests can do the same in one process.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    parvis::cli::main().await
}
