//! A shop: each order is placed, paid at a payment provider over HTTP and shipped, exactly once, whatever
//! crashes in between.
//!
//! Begin with `tables` (what is stored) and `functions` (what is done with it). The rest is the program
//! around them: it reads orders from a file, places them, and reports what became of them.
//!
//! ```text
//! cargo run --release -p orders
//! ```
//!
//! To kill it at any moment and start it again, run the payment provider apart, so that it remembers whom it
//! has charged:
//!
//! ```text
//! cargo run --release -p orders -- provider
//! cargo run --release -p orders -- --provider http://127.0.0.1:4242
//! ```
#![allow(unreachable_pub, reason = "a program exports nothing")]

mod cli;
mod crons;
mod functions;
mod input;
mod provider;
mod report;
mod run;
mod tables;

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, DATA};
use tracing_subscriber::EnvFilter;

mainspring::functions!();

#[tokio::main]
async fn main() -> mainspring::Result<ExitCode> {
    let arguments = std::env::args_os().skip(1);
    if let Some(command) = mainspring::Command::from_args(arguments)? {
        return Ok(command.run(run::shop(DATA.as_ref())).await);
    }
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    let colours = stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(colours).init();
    match cli.command {
        None => run::run(&cli.options).await?,
        Some(Command::Provider { listen }) => provider::run(listen).await?,
    }
    Ok(ExitCode::SUCCESS)
}
