//! What a crate declares, after its modules were followed.
//!
//! Invariant: plain data in the order of the sources. Nothing here knows of tokens, files that
//! are broken, or how the generated code looks.

use std::fmt;

/// Everything that matters of one crate.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// Annotated functions, wherever they are.
    pub(crate) functions: Vec<Function>,
    pub(crate) tables: Vec<Table>,
    /// Of these, only what is declared twice matters.
    pub(crate) values: Vec<Site>,
    /// Annotated functions that stand in blocks and bodies.
    pub(crate) members: Vec<Place>,
    /// Annotated functions and tables that stand in calls of macros.
    pub(crate) in_macros: Vec<Place>,
    /// What modules with functions import that their bodies may not call.
    pub(crate) imports: Vec<Imports>,
    /// What is not understood, for cargo to show.
    pub(crate) warnings: Vec<String>,
    /// Functions that declare crons.
    pub(crate) crons: Vec<Site>,
    /// The crons that they declare.
    pub(crate) cron_names: Vec<CronName>,
    /// Whether the root declares `mod functions`.
    pub(crate) has_functions_module: bool,
}

/// What a module imports.
#[derive(Clone, Debug)]
pub(crate) struct Imports {
    pub(crate) file: String,
    /// Each name with the path that it stands for.
    pub(crate) names: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) kind: Kind,
    pub(crate) visibility: Visibility,
    pub(crate) site: Site,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// As in `#[table(name = "…")]`.
    pub(crate) table: String,
    pub(crate) site: Site,
}

#[derive(Clone, Debug)]
pub(crate) struct CronName {
    pub(crate) name: String,
    /// The function that declares it, and the place of its name.
    pub(crate) site: Site,
}

/// Where an item is and under which conditions.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) name: Name,
    /// From the crate root down to the module that holds the item.
    pub(crate) modules: Vec<Segment>,
    /// The item's own `#[cfg]` predicates.
    pub(crate) cfgs: Vec<String>,
    pub(crate) place: Place,
    /// The outermost thing on the way to the item that the crate root cannot name.
    pub(crate) barrier: Option<Barrier>,
    /// Whether the item or a module around it is `#[deprecated]`.
    pub(crate) deprecated: bool,
}

/// One module on the way to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) name: Name,
    pub(crate) cfgs: Vec<String>,
}

/// Something private on the way to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Barrier {
    /// As it would be declared, without visibility: `mod jobs;`, `struct Job`.
    pub(crate) declaration: String,
    /// `crate::functions::jobs`
    pub(crate) path: String,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Query,
    Mutation,
    Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    Internal,
}

/// An identifier, with whether the user wrote it as `r#…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// Without `r#`.
    pub(crate) text: String,
    pub(crate) raw: bool,
}

/// `file:line:column`, both from 1. The file is relative to the package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Site {
    /// All predicates on the way to the item, each once.
    pub(crate) fn all_cfgs(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for cfg in self.modules.iter().flat_map(|module| &module.cfgs).chain(&self.cfgs) {
            if !all.contains(&cfg.as_str()) {
                all.push(cfg.as_str());
            }
        }
        all
    }

    /// Whether it is compiled for nothing but tests, as plainly as that can be written.
    pub(crate) fn is_only_in_tests(&self) -> bool {
        self.all_cfgs().iter().any(|cfg| *cfg == "test" || cfg.starts_with("all(test,"))
    }

    /// `crate::functions::jobs`, the module that holds the item.
    pub(crate) fn module_path(&self) -> String {
        self.modules.iter().fold("crate".to_owned(), |path, module| format!("{path}::{}", module.name))
    }

    /// `crate::functions::jobs::process`
    pub(crate) fn rust_path(&self) -> String {
        format!("{}::{}", self.module_path(), self.name)
    }

    /// The modules under `crate::functions`; `None` outside it.
    pub(crate) fn under_functions(&self) -> Option<&[Segment]> {
        match self.modules.split_first() {
            Some((first, rest)) if first.name.text == "functions" => Some(rest),
            _ => None,
        }
    }
}

impl Function {
    /// The name on the wire, `a/b:name`; `functions:name` in the module `functions` itself.
    pub(crate) fn wire_path(&self) -> Option<String> {
        let modules = self.site.under_functions()?;
        let modules: Vec<&str> = modules.iter().map(|module| module.name.text.as_str()).collect();
        let module = if modules.is_empty() { "functions".to_owned() } else { modules.join("/") };
        Some(format!("{module}:{}", self.site.name.text))
    }

    /// The attribute that was written, without its path: `internal_query`.
    pub(crate) fn annotation(&self) -> String {
        match self.visibility {
            Visibility::Public => self.kind.to_string(),
            Visibility::Internal => format!("internal_{}", self.kind),
        }
    }
}

impl Name {
    /// The name that `written` spells.
    pub(crate) fn new(written: &str) -> Self {
        match written.strip_prefix("r#") {
            Some(text) => Self { text: text.to_owned(), raw: true },
            None => Self { text: written.to_owned(), raw: false },
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.raw { "r#" } else { "" }, self.text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Action => "action",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
