//! Parses arguments, chooses a program, sets the exit code.

fn main() {}
