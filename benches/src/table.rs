//! Tables of figures: made by the programs here, written between marks into documents.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

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

/// Times of one thing.
#[derive(Debug, Default)]
pub struct Series(Vec<Duration>);

impl Series {
    /// So many readings of the clock, each over a batch; what is done must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub fn read(&mut self, readings: usize, batch: u32, run: &dyn Fn() -> bool) {
        assert!((0..batch).all(|_| run()), "what is measured must succeed");
        for _ in 0..readings {
            let start = Instant::now();
            let succeeded = (0..batch).all(|_| run());
            self.0.push(start.elapsed() / batch);
            assert!(succeeded, "what is measured must succeed");
        }
    }

    /// One more.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The middle one.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn quantile(&self, share: f64) -> Duration {
        let mut times = self.0.clone();
        times.sort();
        times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default()
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", micros(self.median()), micros(self.quantile(0.99)))
    }
}

/// In microseconds, with three digits that count.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn micros(time: Duration) -> String {
    let micros = time.as_nanos() as f64 / 1_000.0;
    let places = if micros < 10.0 { 2 } else { usize::from(micros < 100.0) };
    format!("{micros:.places$} µs")
}

/// The middle one.
#[must_use]
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
