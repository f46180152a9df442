//! What of a crate is generated, and the mistakes that rustc would not report well.
//!
//! Invariant: one mistake, one message, under the `#[cfg]`s under which it is one. An item with a
//! mistake of its own is left out, so that the message is the only error it causes here.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Barrier, Crate, CronName, Function, Place, Site, Table};

/// The content of the generated file.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    /// By path on the wire.
    pub(crate) functions: Vec<(String, &'a Function)>,
    /// By Rust path.
    pub(crate) tables: Vec<(String, &'a Table)>,
    /// Functions that declare crons, by Rust path.
    pub(crate) crons: Vec<(String, &'a Site)>,
    pub(crate) mistakes: Vec<Mistake>,
    /// What rustc will say is defined twice: whatever stands beside a second definition would be there twice as well.
    pub(crate) redefined: Vec<&'a Place>,
    /// Lines for cargo to show.
    pub(crate) warnings: Vec<String>,
}

/// Becomes one `compile_error!`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) cfgs: Vec<String>,
    pub(crate) message: String,
}

/// Sorts out a crate. `root` is its root file, `complete` whether that was well-formed.
pub(crate) fn check<'a>(found: &'a Crate, root: &str, complete: bool) -> Plan<'a> {
    let mut plan = Plan::default();
    if complete && !found.has_functions_module {
        plan.mistakes.push(missing_functions(root));
    }
    let mut hidden = Vec::new();
    let mut functions = Vec::new();
    for function in &found.functions {
        match function.wire_path() {
            Some(_) if function.site.barrier.is_some() => hidden.push((&function.site, "function")),
            Some(path) => functions.push((path, function)),
            None => plan.warnings.extend(stray(function)),
        }
    }
    let mut tables = Vec::new();
    for table in &found.tables {
        match table.site.barrier {
            Some(_) => hidden.push((&table.site, "table")),
            None => tables.push((table.site.rust_path(), table)),
        }
    }
    let mut crons = Vec::new();
    for site in &found.crons {
        match site.barrier {
            Some(_) => hidden.push((site, "crons function")),
            None => crons.push((site.rust_path(), site)),
        }
    }
    plan.mistakes.extend(behind_barriers(&hidden));
    plan.crons = without_redefinitions(crons, |site| site);
    plan.crons.sort_by(|(a, x), (b, y)| (a, &x.place).cmp(&(b, &y.place)));
    plan.functions = without_redefinitions(functions, |function| &function.site);
    plan.functions.sort_by(|(a, x), (b, y)| (a, &x.site.place).cmp(&(b, &y.site.place)));
    plan.tables = without_redefinitions(tables, |table| &table.site);
    plan.tables.sort_by(|(a, x), (b, y)| (a, &x.site.place).cmp(&(b, &y.site.place)));
    let functions = found.functions.iter().map(|function| &function.site);
    let tables = found.tables.iter().map(|table| &table.site);
    plan.redefined.extend(redefined(functions));
    plan.redefined.extend(redefined(found.crons.iter()));
    plan.redefined.extend(redefined(tables.chain(&found.values)));
    plan.mistakes.extend(duplicate_functions(&plan.functions));
    plan.mistakes.extend(duplicate_tables(&plan.tables));
    plan.mistakes.extend(duplicate_crons(&found.cron_names));
    plan
}

fn missing_functions(root: &str) -> Mistake {
    let message = format!(
        "this crate has no module `functions`: annotated functions live in `crate::functions` and the modules \
         under it\nhelp: add `mod functions;` to {root} and put them in src/functions/"
    );
    Mistake { cfgs: Vec::new(), message }
}

/// Fixtures of tests are meant to stand where they are.
fn stray(function: &Function) -> Option<String> {
    if function.site.is_only_in_tests() {
        return None;
    }
    Some(format!(
        "{}: function `{}` is `#[{}]` but outside `crate::functions`, so it is in neither `api` nor `internal` and \
         cannot be run by its path; move it to a module under `functions`",
        function.site.place,
        function.site.name,
        function.annotation(),
    ))
}

/// One mistake for every private module or struct, however much is behind it.
fn behind_barriers(hidden: &[(&Site, &str)]) -> Vec<Mistake> {
    let mut by_barrier: BTreeMap<_, (&Barrier, &str, Vec<&Site>)> = BTreeMap::new();
    for (site, what) in hidden {
        if let Some(barrier) = &site.barrier
            && !site.is_only_in_tests()
        {
            let key = (&barrier.place, &barrier.path);
            by_barrier.entry(key).or_insert((barrier, what, Vec::new())).2.push(site);
        }
    }
    by_barrier.into_values().filter_map(|(barrier, what, sites)| behind(barrier, what, &sites)).collect()
}

fn behind(barrier: &Barrier, what: &str, sites: &[&Site]) -> Option<Mistake> {
    // The mistake is one wherever anything behind the barrier is active.
    let mildest = sites.iter().min_by_key(|site| site.all_cfgs().len())?;
    let cfgs = mildest.all_cfgs().into_iter().map(str::to_owned).collect();
    let Barrier { declaration, path, place } = barrier;
    let is_private = if declaration.starts_with("mod ") {
        format!("module `{path}` is private, but holds the {what} `{}`", mildest.name)
    } else {
        format!("table `{path}` is private")
    };
    let message = format!(
        "{is_private}: the generated `registry()` must be able to name it from the crate root\n  {place}\nhelp: \
         write `pub {declaration}` (or `pub(crate)`)"
    );
    Some(Mistake { cfgs, message })
}

/// Drops what is certain to be defined twice at the same Rust path: rustc reports that itself.
fn without_redefinitions<T>(items: Vec<(String, &T)>, site: impl Fn(&T) -> &Site) -> Vec<(String, &T)> {
    let sites: Vec<_> = items.iter().map(|(_, item)| site(item)).collect();
    let kept = defined_once(&sites);
    items.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(item, _)| item).collect()
}

/// The items that [`without_redefinitions`] drops, by their places.
fn redefined<'a>(sites: impl Iterator<Item = &'a Site>) -> Vec<&'a Place> {
    let sites: Vec<_> = sites.collect();
    let kept = defined_once(&sites);
    sites.iter().zip(kept).filter(|(_, kept)| !kept).map(|(site, _)| &site.place).collect()
}

/// Of each item whether it stays: of those that one condition implies the other, the one with the milder condition. Only
/// items of one Rust path are compared, since this runs at every check of an application with thousands of them.
fn defined_once(sites: &[&Site]) -> Vec<bool> {
    let mut kept = vec![true; sites.len()];
    let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, site) in sites.iter().enumerate() {
        let same_path = by_path.entry(site.rust_path()).or_default();
        if same_path.iter().any(|other| implies(site, sites[*other])) {
            kept[number] = false;
            continue;
        }
        same_path.retain(|other| {
            kept[*other] = !implies(sites[*other], site);
            kept[*other]
        });
        same_path.push(number);
    }
    kept
}

/// Whether `other` is active wherever `site` is, as far as equal predicates tell.
fn implies(site: &Site, other: &Site) -> bool {
    let cfgs = site.all_cfgs();
    other.all_cfgs().iter().all(|cfg| cfgs.contains(cfg))
}

fn duplicate_functions(functions: &[(String, &Function)]) -> Vec<Mistake> {
    let fix = "rename one of them, or move it to another module";
    pairs(
        functions,
        |(path, _)| path,
        |(_, function)| &function.site,
        |(path, _)| format!("two functions have the path `{path}`: a path names one function"),
        fix,
    )
}

fn duplicate_tables(tables: &[(String, &Table)]) -> Vec<Mistake> {
    let fix = "give one of them another `name`";
    pairs(
        tables,
        |(_, table)| &table.table,
        |(_, table)| &table.site,
        |(_, table)| format!("two structs are the table `{}`: a table has one type", table.table),
        fix,
    )
}

/// Of one function, the macro finds them.
fn duplicate_crons(names: &[CronName]) -> Vec<Mistake> {
    pairs(
        names,
        |cron| &cron.name,
        |cron| &cron.site,
        |cron| format!("two crons are called `{}`: a cron is known by its name", cron.name),
        "rename one of the two",
    )
}

/// A mistake for each two items with the same name that can be active together.
fn pairs<'a, T>(
    items: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
    site: impl Fn(&'a T) -> &'a Site,
    rule: impl Fn(&'a T) -> String,
    fix: &str,
) -> Vec<Mistake> {
    let mut by_name: BTreeMap<&str, Vec<&T>> = BTreeMap::new();
    for item in items {
        by_name.entry(name(item)).or_default().push(item);
    }
    let mut mistakes = Vec::new();
    for group in by_name.into_values() {
        for (index, second) in group.iter().enumerate() {
            // One message for each item after the first, even if it clashes with several.
            let clash = group[..index].iter().find_map(|first| {
                let cfgs = together(site(first), site(second))?;
                (site(first).rust_path() != site(second).rust_path()).then_some((first, cfgs))
            });
            if let Some((first, cfgs)) = clash {
                let (one, two) = (site(first), site(second));
                let message = format!(
                    "{}\n  `{}` at {}\n  `{}` at {}\nhelp: {fix}",
                    rule(first),
                    one.rust_path(),
                    one.place,
                    two.rust_path(),
                    two.place,
                );
                mistakes.push(Mistake { cfgs, message });
            }
        }
    }
    mistakes
}

/// The predicates under which both are active; `None` when one excludes the other in plain words.
/// A contradiction that is not seen here does no harm: the mistake's own `#[cfg]`s hold it back.
fn together(one: &Site, two: &Site) -> Option<Vec<String>> {
    let mut all: Vec<String> = one.all_cfgs().into_iter().map(str::to_owned).collect();
    for cfg in two.all_cfgs() {
        if !all.iter().any(|known| known == cfg) {
            all.push(cfg.to_owned());
        }
    }
    let excluded = |cfg: &String| all.contains(&format!("not({cfg})"));
    (!all.iter().any(excluded)).then_some(all)
}
