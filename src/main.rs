//! The `capbind` program: all of it is in the library.

fn main() -> std::process::ExitCode {
    capbind::cli::main()
}
