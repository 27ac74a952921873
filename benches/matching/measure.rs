//! CPU time and memory of this process, from where Linux tells them.

use std::fs;

/// Seconds of CPU that the first thread has used; there is no other. Elsewhere than on Linux, the seconds that passed.
pub fn cpu() -> f64 {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    scheduled(0).unwrap_or_else(|| START.elapsed().as_secs_f64())
}

/// Seconds that the first thread could have run and had to wait because other programs had all cores.
pub fn waited() -> f64 {
    scheduled(1).unwrap_or(0.0)
}

fn scheduled(column: usize) -> Option<f64> {
    let told = fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(told.split_whitespace().nth(column)?.parse::<f64>().ok()? / 1e9)
}

/// MiB at the peak since [`forget_peak`]; not a number where nobody tells.
pub fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |kib| kib / 1024.0)
}

/// What was used before does not count.
pub fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}
