//! The progress bar on the terminal: share, rate and remaining time.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often it is drawn.
const INTERVAL: Duration = Duration::from_millis(200);
const WIDTH: usize = 30;

/// Draws on the error stream, where that is a terminal.
pub struct ProgressBar {
    start: Instant,
    drawn: Option<Instant>,
    visible: bool,
    bytes_before: u64,
}

impl ProgressBar {
    /// `bytes_before` were done by an earlier run and say nothing about the rate.
    pub fn new(bytes_before: u64) -> Self {
        Self { start: Instant::now(), drawn: None, visible: std::io::stderr().is_terminal(), bytes_before }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub fn show(&mut self, rows: u64, bytes: u64, bytes_total: u64) {
        if !self.visible || self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL) {
            return;
        }
        self.drawn = Some(Instant::now());
        let line = line(rows, bytes, bytes_total, bytes.saturating_sub(self.bytes_before), self.elapsed());
        let _ = write!(std::io::stderr(), "\r{line}\x1b[K");
    }

    pub fn clear(&self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(rows: u64, bytes: u64, bytes_total: u64, bytes_new: u64, elapsed: Duration) -> String {
    let share = if bytes_total == 0 { 1.0 } else { (bytes as f64 / bytes_total as f64).min(1.0) };
    let filled = (share * WIDTH as f64) as usize;
    let bar: String = (0..WIDTH).map(|cell| if cell < filled { '█' } else { '░' }).collect();
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = rows as f64 / seconds;
    let left = (bytes_total.saturating_sub(bytes)) as f64 / (bytes_new as f64 / seconds).max(1.0);
    format!("{bar} {:>3.0} %  {rows} rows  {rate:.0}/s  {:.0} s left", share * 100.0, left.ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_share_rate_and_rest() {
        let line = line(5_000, 250, 1_000, 250, Duration::from_secs(10));
        assert!(line.ends_with(" 25 %  5000 rows  500/s  30 s left"), "{line}");
        assert_eq!(line.chars().filter(|c| *c == '█').count(), 7);
    }
}
