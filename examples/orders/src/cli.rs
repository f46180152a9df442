//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Where the shop keeps its data, if nobody says otherwise.
pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

/// Places the orders of a file, charges and ships them, and reports what became of each.
///
/// Run it again, after a crash too, and it goes on with what is there. `RUST_LOG=info` shows what happens inside.
///
/// `orders help` shows the commands that look after the data: check, backup, restore, export, import.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the payment provider alone; hand its address to `--provider`
    Provider {
        /// Where to listen
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4242")]
        listen: SocketAddr,
    },
}

#[derive(Args)]
pub struct Options {
    /// The orders, one JSON object a line
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/orders.jsonl"))]
    pub input: PathBuf,
    /// Where the shop keeps its data
    #[arg(long, value_name = "FOLDER", default_value = DATA)]
    pub data: PathBuf,
    /// A payment provider that runs elsewhere, instead of one of our own
    #[arg(long, value_name = "URL")]
    pub provider: Option<String>,
    /// Stop when all orders are settled
    #[arg(long)]
    pub once: bool,
    /// Write the settled orders to a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
}
