//! The command line of an application: run it, look after its data.
//!
//! A program of its own arguments asks [`Command::from_args`] first and goes on when that is `None`; one without calls
//! [`AppBuilder::command_line`](crate::AppBuilder::command_line) and is done.
//!
//! Invariant: thin. Each command is one method of [`App`](crate::App), or a function, and a report.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt as _};

use crate::app::builder::Offline;
use crate::app::jobs::Jobs;
use crate::app::transfer::{ImportMode, ImportOptions, TransferSummary};
use crate::app::{AppBuilder, BackupSummary, CheckReport, backup, check, crons, transfer};
use crate::error::{Error, Result, StartError};
use crate::function::{KindTag, Run};

/// What is to be done with an application, besides what its own program does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Read everything and say what is wrong.
    Check {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
    },
    /// Write a backup to a file.
    Backup {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
        /// The file to write.
        file: PathBuf,
    },
    /// Make a folder of data from a backup.
    Restore {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
        /// The backup.
        file: PathBuf,
    },
    /// Write all documents and stored files to a zip archive of JSON lines.
    Export {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
        /// The archive to write.
        file: PathBuf,
    },
    /// Read documents and stored files from such an archive, or from an export of Convex.
    Import {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
        /// The archive.
        file: PathBuf,
        /// What to import, and what becomes of what is there.
        options: ImportOptions,
    },
    /// Tell what waits, what is parked and what has failed last.
    Jobs {
        /// The folder of the data, in the place of the builder's.
        data: Option<PathBuf>,
    },
    /// List the functions.
    Functions,
    /// Tell when the crons run next: those of the code, and those that were registered in a folder of data.
    Crons {
        /// The folder of the data. Without one no data is looked at, so the application may be running.
        data: Option<PathBuf>,
    },
    /// Say how all this is used.
    Help,
}

/// What each command does, for `--help`.
const HELP: &str = "\
Commands to look after the application and its data; where they read or write data, it must not be running:

  check                 read everything, the disk first, and say what is wrong; fails if something is
  backup FILE           write a backup of everything at one instant
  restore FILE          make the data from a backup; the folder must be empty or new
  export FILE.zip       write documents and stored files as lines of JSON, as Convex does
  import FILE.zip       read such an export; all of it, or nothing if a document does not fit
      --replace         delete what the tables of the export hold (else: append)
      --replace-table T delete what the table T holds
      --leave-out T     leave out a table of the export; `_storage`: the stored files
  jobs                  tell what waits in each queue, what is parked, and what has failed last
  crons                 show the crons of the code and their next runs; reads data only with `--data`, and then
                        shows those that were registered there too
  functions             list the functions: kind, path and arguments; reads no data
  help                  show this

  --data FOLDER         the folder of the data, where it is not the usual one
";

impl Command {
    /// The command that `arguments` (without the program's name) ask for, or `None` if the first one names none, which
    /// leaves them to the program.
    ///
    /// # Errors
    /// When the first argument names a command and the others are not what it takes.
    pub fn from_args<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Result<Option<Self>> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let name = arguments.first().and_then(|first| first.to_str()).unwrap_or_default().to_owned();
        if !["check", "backup", "restore", "export", "import", "jobs", "functions", "crons", "help"]
            .contains(&name.as_str())
        {
            return Ok(None);
        }
        let mut parser = Parser::from_args(arguments.into_iter().skip(1));
        match parse(&name, &mut parser) {
            Ok(command) => Ok(Some(command)),
            Err(error) => Err(Error::msg(format!("{name}: {error}\n`{name} --help` shows what it takes"))),
        }
    }

    /// Does it, tells how it went, and returns what the process is to exit with: failure when it could not be done,
    /// and when a check has found something wrong.
    pub fn run(self, app: AppBuilder) -> Run<'static, ExitCode> {
        Run::new(async move {
            let mut told = Vec::new();
            let outcome = self.execute(app, &mut told).await;
            // Nobody is left to be told when this fails.
            let _ = io::stdout().write_all(&told);
            match outcome {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::FAILURE,
                Err(error) => {
                    let _ = writeln!(io::stderr(), "{error}");
                    ExitCode::FAILURE
                }
            }
        })
    }

    /// As [`run`](Self::run), telling it to `out`; whether all is well.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn execute(self, app: AppBuilder, out: &mut (impl Write + Send)) -> Result<bool> {
        match self {
            Self::Check { data } => {
                let report = check_offline(app, data).await?;
                writeln!(out, "{report}")?;
                return Ok(report.is_sound());
            }
            Self::Backup { data, file } => {
                let offline = open(app, data).await?;
                let done = backup::to_file(&offline.data, &file).await;
                offline.close().await?;
                tell_backup(out, "backed up", &done?)?;
            }
            Self::Restore { data, file } => {
                let folder = folder(&app, data)?;
                let done = backup::restore(&file, &folder).await?;
                tell_backup(out, "restored", &done)?;
            }
            Self::Export { data, file } => {
                let offline = open(app, data).await?;
                let done = transfer::export(&offline.data, &file).await;
                offline.close().await?;
                tell_transfer(out, "exported", &done?)?;
            }
            Self::Import { data, file, options } => {
                let folder = folder(&app, data)?;
                let offline = app.data_dir(folder).open_offline().await?;
                let done = match offline.catalog().await {
                    Ok(catalog) => {
                        transfer::import(&offline.data, &catalog, &file, options).await.map_err(Error::from)
                    }
                    Err(error) => Err(error.into()),
                };
                offline.close().await?;
                tell_transfer(out, "imported", &done?)?;
            }
            Self::Jobs { data } => {
                let offline = open(app, data).await?;
                let jobs = Jobs::of(&offline.data).await;
                offline.close().await?;
                writeln!(out, "{}", jobs?)?;
            }
            Self::Functions => list_functions(&app, out)?,
            Self::Crons { data } => tell_crons(app, data, out).await?,
            Self::Help => write!(out, "{HELP}")?,
        }
        Ok(true)
    }
}

impl AppBuilder {
    /// The whole of a program's `main`: does what the process's arguments ask for. Without arguments it starts the
    /// application and stops it in order when the process is asked to stop: see
    /// [`App::run_until_stopped`](crate::App::run_until_stopped).
    ///
    /// ```no_run
    /// # use mainspring::{App, Registry};
    /// # fn registry() -> Registry { Registry::new() }
    /// # async fn program() -> std::process::ExitCode {
    /// App::builder(registry()).data_dir("data").command_line().await
    /// # }
    /// ```
    pub fn command_line(self) -> Run<'static, ExitCode> {
        Run::new(command_line(self))
    }
}

async fn command_line(app: AppBuilder) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let outcome = match (Command::from_args(arguments.clone()), arguments.first()) {
        (Ok(Some(command)), _) => return command.run(app).await,
        (Ok(None), None) => serve(app).await,
        (Ok(None), Some(first)) if first == "--help" || first == "-h" => {
            return Command::Help.run(app).await;
        }
        (Ok(None), Some(first)) => Err(Error::msg(format!(
            "there is no command `{}`; `help` shows which there are",
            first.display()
        ))),
        (Err(error), _) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(app: AppBuilder) -> Result<()> {
    // Until it has started a signal ends the process: a start may take long, and nothing is lost by one that is broken off.
    app.start().await?.run_until_stopped().await
}

fn parse(name: &str, parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let (mut data, mut file) = (None, None);
    let mut options = ImportOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("data") if name != "functions" => data = Some(PathBuf::from(parser.value()?)),
            Arg::Long("replace") if name == "import" => options = options.everywhere(ImportMode::Replace),
            Arg::Long("replace-table") if name == "import" => {
                options = options.table(&parser.value()?.string()?, ImportMode::Replace);
            }
            Arg::Long("leave-out") if name == "import" => {
                options = options.leave_out(&parser.value()?.string()?);
            }
            Arg::Value(value)
                if file.is_none() && !["check", "jobs", "functions", "crons", "help"].contains(&name) =>
            {
                file = Some(PathBuf::from(value));
            }
            other => return Err(other.unexpected()),
        }
    }
    let file = || file.clone().ok_or("the file is missing");
    Ok(match name {
        "check" => Command::Check { data },
        "backup" => Command::Backup { data, file: file()? },
        "restore" => Command::Restore { data, file: file()? },
        "export" => Command::Export { data, file: file()? },
        "import" => Command::Import { data, file: file()?, options },
        "jobs" => Command::Jobs { data },
        "functions" => Command::Functions,
        "crons" => Command::Crons { data },
        _ => Command::Help,
    })
}

fn folder(app: &AppBuilder, data: Option<PathBuf>) -> Result<PathBuf> {
    let folder = data.or_else(|| app.folder().map(Path::to_owned));
    folder.ok_or_else(|| Error::msg("where is the data? Name its folder with `--data`"))
}

fn folder_with_data(app: &AppBuilder, data: Option<PathBuf>) -> Result<PathBuf> {
    let folder = folder(app, data)?;
    if folder.join("log").is_dir() {
        return Ok(folder);
    }
    Err(Error::msg(format!("there is no data in `{}`", folder.display())))
}

/// What lies on the disk first, without opening it: data that is damaged does not open.
async fn check_offline(app: AppBuilder, data: Option<PathBuf>) -> Result<CheckReport> {
    let folder = folder_with_data(&app, data)?;
    let place = folder.clone();
    let on_disk = app.environment().run_blocking(move || check::check_disk(&place)).await?;
    if !on_disk.is_sound() {
        return Ok(on_disk);
    }
    let offline = app.data_dir(folder).open_offline().await?;
    let Offline { data, definitions, registry, .. } = &offline;
    let report = check::check(data, definitions, registry, false).await;
    offline.close().await?;
    Ok(on_disk.join(report?))
}

/// Opens data that is there: a new folder would have nothing to look after.
async fn open(app: AppBuilder, data: Option<PathBuf>) -> Result<Offline> {
    let folder = folder_with_data(&app, data)?;
    Ok(app.data_dir(folder).open_offline().await.map_err(|error: StartError| error)?)
}

fn tell_backup(out: &mut impl Write, done: &str, summary: &BackupSummary) -> io::Result<()> {
    let BackupSummary { taken_at, documents, index_entries, files, file_bytes } = summary;
    writeln!(
        out,
        "{done} {documents} documents, {index_entries} index entries and {files} stored files ({file_bytes} bytes)"
    )?;
    writeln!(out, "as of {taken_at}")
}

fn tell_transfer(out: &mut impl Write, done: &str, summary: &TransferSummary) -> io::Result<()> {
    let TransferSummary { tables, documents, files, replaced } = summary;
    writeln!(out, "{done} {documents} documents of {tables} tables and {files} stored files")?;
    if *replaced > 0 {
        writeln!(out, "in the place of {replaced} that were there")?;
    }
    Ok(())
}

async fn tell_crons(app: AppBuilder, data: Option<PathBuf>, out: &mut impl Write) -> Result<()> {
    let now = app.environment().now();
    if data.is_none() {
        app.registry().check()?;
        return crons::tell(out, app.registry().cron_definitions(), HashMap::new(), now);
    }
    let offline = open(app, data).await?;
    let recorded = crons::recorded(&offline).await;
    offline.close().await?;
    crons::tell(out, offline.registry.cron_definitions(), recorded?, now)
}

fn list_functions(app: &AppBuilder, out: &mut impl Write) -> io::Result<()> {
    let mut entries: Vec<_> = app.registry().entries().collect();
    entries.sort_unstable_by_key(|entry| entry.path);
    for entry in entries {
        let visibility = if entry.public { "" } else { "internal " };
        let kind = match entry.handler.kind() {
            KindTag::Query => "query",
            KindTag::Mutation => "mutation",
            KindTag::Action => "action",
        };
        writeln!(
            out,
            "{:<18} {}({})",
            format!("{visibility}{kind}"),
            entry.path,
            entry.arguments.join(", ")
        )?;
    }
    Ok(())
}
