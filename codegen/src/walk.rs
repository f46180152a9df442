//! From the crate root along `mod` to every module, by rustc's rules for finding files.
//!
//! Invariant: what cannot be found or read is left out in silence, for rustc reports it. Both
//! sides of a `#[cfg]` are followed: which one is active is decided where the code is compiled.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use crate::attribute::{Annotation, negate};
use crate::model::{Barrier, Crate, CronName, Function, Imports, Place, Segment, Site, Table};
use crate::rules;
use crate::scan::{self, Call, Content, Item, MAX_DEPTH, Scan, Scope};
use crate::source::{Source, Sources};

/// How many calls of macros are expanded in one crate: a bound, far above what people write, for macros without end.
const MAX_EXPANSIONS: usize = 10_000;

/// As [`MAX_EXPANSIONS`]: how deep in each other.
const MAX_CALLS: usize = 32;

/// Collects what the crate with this root declares.
pub(crate) fn walk(root: &Path, scan: &Scan, sources: &mut Sources) -> Crate {
    let mut walk = Walk::new(root, sources, HashMap::new());
    let module = Module {
        segments: Vec::new(),
        barrier: None,
        deprecated: false,
        file: root.to_owned(),
        folder: parent(root),
        stem: None,
    };
    walk.items(scan, &module);
    // By its path, a macro can be called before it is defined.
    if walk.unknown.iter().any(|name| walk.rules.contains_key(name)) {
        walk = Walk::new(root, walk.sources, walk.rules);
        walk.items(scan, &module);
    }
    walk.found
}

struct Walk<'a> {
    sources: &'a mut Sources,
    found: Crate,
    /// The files being read, to stop at a module that contains itself.
    open: Vec<PathBuf>,
    /// The macros of the crate that are known so far, by name, and whether they make annotated functions by themselves.
    rules: HashMap<String, (String, bool)>,
    /// Macros that were called and not known.
    unknown: HashSet<String>,
    /// How many calls of macros were expanded.
    expansions: usize,
    /// How many of them what is being read stands in.
    calls: usize,
}

/// The module whose items are being read.
#[derive(Clone)]
struct Module {
    segments: Vec<Segment>,
    barrier: Option<Barrier>,
    deprecated: bool,
    /// The file that its text is in.
    file: PathBuf,
    /// Where `#[path]` starts, and the files of its modules when there is no `stem`.
    folder: PathBuf,
    /// In `name.rs`, which is not a mod.rs: the folder `name` holds the files of its modules.
    stem: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(root: &Path, sources: &'a mut Sources, rules: HashMap<String, (String, bool)>) -> Self {
        let open = vec![identity(root)];
        Self {
            sources,
            found: Crate::default(),
            open,
            rules,
            unknown: HashSet::new(),
            expansions: 0,
            calls: 0,
        }
    }

    fn items(&mut self, scan: &Scan, module: &Module) {
        let is_of_functions =
            |item: &Item| matches!(item.content, Content::Function(_)) && !item.attributes.crons;
        if scan.items.iter().any(is_of_functions) {
            let file = self.sources.display(&module.file);
            self.found.imports.push(Imports { file, names: scan.imports.clone() });
        }
        for item in &scan.items {
            match &item.content {
                Content::Function(names) => {
                    if item.attributes.crons {
                        // As with functions, what the registry names is not the user's own item.
                        let site = self.site(item, module, module.barrier.clone());
                        let of_name = |found: &scan::CronName| {
                            let place = self.place(found.at, module);
                            CronName { name: found.name.clone(), site: Site { place, ..site.clone() } }
                        };
                        let names: Vec<_> = names.iter().map(of_name).collect();
                        self.found.cron_names.extend(names);
                        self.found.crons.push(site);
                    }
                    for Annotation { kind, visibility, conditions } in item.attributes.functions.clone() {
                        // The call that is generated for a private function is public.
                        let mut site = self.site(item, module, module.barrier.clone());
                        site.cfgs.extend(conditions);
                        self.found.functions.push(Function { kind, visibility, site });
                    }
                }
                // Tests may define functions where they use them.
                Content::Local if self.site(item, module, None).is_only_in_tests() => {}
                Content::Member | Content::Local => {
                    let place = self.place(item.at, module);
                    self.found.members.push(place);
                }
                Content::Table => {
                    if let Some(table) = item.attributes.table.clone() {
                        let site = self.site(item, module, self.barrier(item, "struct", "", module));
                        self.found.tables.push(Table { table, site });
                    }
                }
                Content::Value => {
                    let site = self.site(item, module, None);
                    self.found.values.push(site);
                }
                Content::Inline(scan) => self.inline_module(item, scan, module),
                Content::File => self.file_module(item, module),
                Content::Rules(rules, is_annotated) => {
                    self.rules.insert(item.name.text.clone(), (rules.clone(), *is_annotated));
                }
                Content::Call(call) => self.call(item, call, module),
                Content::Include(argument) => self.include(item, argument, module),
            }
        }
    }

    /// `name!(…)`: what the crate's own macros make of it is read as if it stood there.
    fn call(&mut self, item: &Item, call: &Call, module: &Module) {
        let site = self.site(item, module, None);
        let Some((rules, is_annotated)) = self.rules.get(&item.name.text).cloned() else {
            if !call.functions.is_empty() && !site.is_only_in_tests() {
                let places = call.functions.iter().map(|function| self.place(*function, module));
                let places: Vec<_> = places.collect();
                self.found.in_macros.extend(places);
            }
            self.unknown.insert(item.name.text.clone());
            return;
        };
        self.expansions += 1;
        let is_endless = self.expansions > MAX_EXPANSIONS || self.calls >= MAX_CALLS;
        let tokens = |text: &str| text.parse::<TokenStream>().ok().filter(|_| !is_endless);
        let expansion =
            tokens(&rules).zip(tokens(&call.tokens)).and_then(|(rules, call)| rules::expand(rules, call));
        match expansion {
            Some(expansion) => {
                let mut scan = scan::scan_expansion(expansion, item.at);
                for made in &mut scan.items {
                    made.attributes.cfgs.extend(item.attributes.cfgs.iter().cloned());
                }
                self.calls += 1;
                self.items(&scan, module);
                self.calls -= 1;
            }
            None if site.is_only_in_tests() || !is_annotated && call.functions.is_empty() && !self.leads_on(&rules) => {}
            None => self.warn(format!(
                "{}: what `{}!` makes here is not understood, so annotated functions in it are in neither `api` nor \
                 `internal`; write them out",
                site.place, item.name
            )),
        }
    }

    fn warn(&mut self, warning: String) {
        if !self.found.warnings.contains(&warning) {
            self.found.warnings.push(warning);
        }
    }

    /// Whether these rules call one that makes annotated functions, as far as names tell.
    fn leads_on(&self, rules: &str) -> bool {
        self.rules.iter().any(|(name, (_, is_annotated))| *is_annotated && rules.contains(name.as_str()))
    }

    /// `include!(…)`: the items of the file are those of the module.
    fn include(&mut self, item: &Item, argument: &str, module: &Module) {
        let site = self.site(item, module, None);
        let text = argument.parse().ok().and_then(|tokens| self.sources.evaluate(tokens));
        let Some(text) = text else {
            if site.under_functions().is_some() && !site.is_only_in_tests() {
                self.warn(format!(
                    "{}: the file that is included here is not known, so annotated functions in it are in neither `api` \
                     nor `internal`; write its name as a string",
                    site.place
                ));
            }
            return;
        };
        let file = parent(&module.file).join(text);
        let mut included = module.clone();
        included.folder = parent(&file);
        included.stem = None;
        included.file = file;
        if let Some(segment) = included.segments.last_mut() {
            segment.cfgs.extend(item.attributes.cfgs.iter().cloned());
        }
        self.file(included);
    }

    /// `mod name { … }`, for the files of the modules in it. A `#[path]` names a folder here, and it
    /// does not start below `stem`; both are rustc's rules.
    fn inline_module(&mut self, item: &Item, scan: &Scan, module: &Module) {
        for (cfgs, path) in locations(item) {
            let mut inner = self.enter(item, module, cfgs);
            inner.add_inner(scan);
            inner.folder = match path {
                Some(path) => module.folder.join(path),
                None => module.submodules().join(&item.name.text),
            };
            inner.stem = None;
            self.items(scan, &inner);
        }
    }

    /// `mod name;`
    fn file_module(&mut self, item: &Item, module: &Module) {
        for (cfgs, path) in locations(item) {
            let mut inner = self.enter(item, module, cfgs);
            inner.stem = None;
            inner.file = if let Some(path) = path {
                module.folder.join(path)
            } else {
                let (folder, name) = (module.submodules(), &item.name.text);
                let (beside, within) = (folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs"));
                if within.exists() && !beside.exists() {
                    within
                } else {
                    inner.stem = Some(name.clone());
                    beside
                }
            };
            inner.folder = parent(&inner.file);
            self.file(inner);
        }
    }

    fn file(&mut self, mut module: Module) {
        let identity = identity(&module.file);
        if self.open.contains(&identity) || self.open.len() >= MAX_DEPTH {
            return;
        }
        if !module.file.exists() {
            self.await_file(&module);
            return;
        }
        // Unreadable is rustc's to report.
        let Ok(Source::Good(scan) | Source::Broken(Some(scan))) = self.sources.read(&module.file) else {
            return;
        };
        module.add_inner(&scan);
        self.open.push(identity);
        self.items(&scan, &module);
        self.open.pop();
    }

    /// Runs again once a missing file is there.
    fn await_file(&mut self, module: &Module) {
        if module.segments.iter().all(|segment| segment.cfgs.is_empty()) {
            self.sources.watch(&module.file);
            return;
        }
        // Where it is configured out it may be missing for good, and cargo would run the build
        // script at every build. A folder that exists is watched without that.
        if let Some(folder) = module.file.ancestors().skip(1).find(|folder| folder.is_dir()) {
            self.sources.watch(folder);
        }
    }

    /// The module that `item` declares, still with its parent's file.
    fn enter(&mut self, item: &Item, parent: &Module, mut cfgs: Vec<String>) -> Module {
        self.found.has_functions_module |= parent.segments.is_empty() && item.name.text == "functions";
        cfgs.extend(item.attributes.cfgs.iter().cloned());
        let end = if item.content == Content::File { ";" } else { "" };
        let mut segments = parent.segments.clone();
        segments.push(Segment { name: item.name.clone(), cfgs });
        Module {
            segments,
            barrier: self.barrier(item, "mod", end, parent),
            deprecated: parent.deprecated || item.attributes.deprecated,
            ..parent.clone()
        }
    }

    fn site(&self, item: &Item, module: &Module, barrier: Option<Barrier>) -> Site {
        Site {
            name: item.name.clone(),
            modules: module.segments.clone(),
            cfgs: item.attributes.cfgs.clone(),
            place: self.place(item.at, module),
            barrier,
            deprecated: module.deprecated || item.attributes.deprecated,
        }
    }

    /// What the crate root cannot pass to reach `item`: something around it, or itself.
    fn barrier(&self, item: &Item, keyword: &str, end: &str, module: &Module) -> Option<Barrier> {
        let reaches_root = match &item.scope {
            Scope::Crate => true,
            Scope::Up(levels) => *levels >= module.segments.len(),
            Scope::In(modules) => modules.is_empty(),
        };
        let own = || {
            let declaration = format!("{keyword} {}{end}", item.name);
            let path = self.site(item, module, None).rust_path();
            Barrier { declaration, path, place: self.place(item.at, module) }
        };
        module.barrier.clone().or_else(|| (!reaches_root).then(own))
    }

    fn place(&self, (line, column): (usize, usize), module: &Module) -> Place {
        Place { file: self.sources.display(&module.file), line, column: column + 1 }
    }
}

impl Module {
    /// The folder with the files of the modules in this one.
    fn submodules(&self) -> PathBuf {
        self.stem.as_ref().map_or_else(|| self.folder.clone(), |stem| self.folder.join(stem))
    }

    /// `#![…]` at the top of the module's text counts like `#[…]` on its declaration.
    fn add_inner(&mut self, scan: &Scan) {
        self.deprecated |= scan.inner.deprecated;
        if let Some(segment) = self.segments.last_mut() {
            segment.cfgs.extend(scan.inner.cfgs.iter().cloned());
        }
    }
}

/// Where a module may be: under which predicates at which `#[path]`, or where its name says.
fn locations(item: &Item) -> Vec<(Vec<String>, Option<&str>)> {
    let mut locations = Vec::new();
    let mut refused = Vec::new();
    for (conditions, path) in &item.attributes.paths {
        let cfgs = refused.iter().chain(conditions).cloned().collect();
        locations.push((cfgs, Some(path.as_str())));
        // The first `#[path]` that applies is the one that counts.
        if conditions.is_empty() {
            return locations;
        }
        refused.push(negate(conditions));
    }
    locations.push((refused, None));
    locations
}

fn parent(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

fn identity(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}
