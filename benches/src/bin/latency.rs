//! Prints how long decisions take at the end of a long task. With `--into FILE` it also writes the table there, between
//! `<!-- bench:latency -->` and `<!-- /bench -->`.
#![allow(clippy::print_stdout)]

use std::error::Error;

use benches::history;
use benches::table::{machine, write_into};

fn main() -> Result<(), Box<dyn Error>> {
    let text = format!("{}\n{}\n", history::measure()?.table(), machine());
    print!("{text}");
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        ["--into", path] => write_into(path, "latency", &text),
        _ => Err("usage: latency [--into FILE]".into()),
    }
}
