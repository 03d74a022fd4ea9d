//! Tables of figures: made by the programs here, written between marks into documents.

use std::error::Error;
use std::time::Duration;

/// Puts the table between `<!-- bench:NAME -->` and `<!-- /bench -->`.
///
/// # Errors
/// When the file cannot be read or written, or has no such marks.
pub fn write_into(path: &str, name: &str, table: &str) -> Result<(), Box<dyn Error>> {
    let begin = format!("<!-- bench:{name} -->");
    let text = std::fs::read_to_string(path)?;
    let (before, rest) = text.split_once(&begin).ok_or_else(|| format!("the file has no `{begin}`"))?;
    let (_, after) = rest.split_once("<!-- /bench -->").ok_or("the file has no `<!-- /bench -->`")?;
    std::fs::write(path, format!("{before}{begin}\n{table}<!-- /bench -->{after}"))?;
    Ok(())
}

/// What the figures were measured on, as far as the system tells.
#[must_use]
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).map_or("unknown processor", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}

/// The middle one.
#[must_use]
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
