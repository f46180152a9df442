//! Owns how much memory the process may have: that of the machine, or what its control group leaves of it.
//!
//! Invariant: where the system does not tell there is no answer, and nothing fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Bytes of memory that this process may have together with the others of its control group, as far as the system tells. The
/// same for as long as the process lives.
pub(crate) fn available_bytes() -> Option<u64> {
    static BYTES: OnceLock<Option<u64>> = OnceLock::new();
    *BYTES.get_or_init(|| least(Path::new("/")))
}

/// The least of all bounds that the system below `root` tells.
fn least(root: &Path) -> Option<u64> {
    let read = |path: &Path| fs::read_to_string(root.join(path)).unwrap_or_default();
    let machine = read(Path::new("proc/meminfo"));
    let machine = machine.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let machine =
        machine.and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok()).map(|number| number << 10);
    let groups = read(Path::new("proc/self/cgroup"));
    let limits = groups.lines().flat_map(limit_files);
    // "max" is no number: there is no bound.
    limits.filter_map(|file| read(&file).trim().parse().ok()).chain(machine).min()
}

/// Where the bounds of a control group and of those above it stand, by its line in `/proc/self/cgroup`.
fn limit_files(line: &str) -> Vec<PathBuf> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (folder, file) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max"),
        "memory" => ("sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        _ => return Vec::new(),
    };
    let groups = Path::new(group.trim_start_matches('/')).ancestors();
    groups.map(|group| Path::new(folder).join(group).join(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        least(root.path())
    }

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemTotal:       24564324 kB\nMemFree:   22 kB\n");

    #[test]
    fn the_least_bound_counts() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[MACHINE]), Some(24_564_324 << 10));
        let group = ("proc/self/cgroup", "5:devices:/x\n0::/app/web\n");
        let own = ("sys/fs/cgroup/app/web/memory.max", "max\n");
        assert_eq!(told(&[MACHINE, group, own]), Some(24_564_324 << 10));
        let above = ("sys/fs/cgroup/app/memory.max", "536870912\n");
        assert_eq!(told(&[MACHINE, group, own, above]), Some(512 << 20));
        let old = [
            ("proc/self/cgroup", "4:memory:/a\n"),
            ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(told(&[&old[..], &[MACHINE]].concat()), Some(1 << 30));
    }
}
