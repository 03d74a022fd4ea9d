//! The program `bailiwick`; everything is in the library, so that the Python and Node packages can run it too.

fn main() -> std::process::ExitCode {
    bailiwick_cli::run(std::env::args_os()).into()
}
