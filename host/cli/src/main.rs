//! The `provisor` command.
//!
//! What was typed is in [`arguments`], what it does in [`commands`] (a file for each), and how it
//! is shown in [`output`]. No rule about provisioning lives here: every command is a few calls of
//! the `provisor` library.
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | could not be done; the message says why |
//! | 2 | the command line is wrong |
//! | 3 | the configuration has mistakes |
//! | 4 | the export was refused |
//! | 5 | the export is held until a person decides |
//! | 6 | the component does not conform |
//! | 75 | could not be done now; the same command may succeed later |

mod arguments;
mod commands;
mod output;
mod session;
mod table;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let output = output::Output::new(arguments.json, arguments.color);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return output.failure(&anyhow::Error::new(error).context("cannot start"));
        }
    };
    match runtime.block_on(commands::run(arguments, &output)) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => output.failure(&error),
    }
}

/// Whoever reads our output may stop reading, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = match cause.downcast_ref::<std::io::Error>() {
            Some(error) => Some(error.kind()),
            None => cause
                .downcast_ref::<serde_json::Error>()
                .and_then(serde_json::Error::io_error_kind),
        };
        kind == Some(std::io::ErrorKind::BrokenPipe)
    })
}
