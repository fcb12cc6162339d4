//! The program: parse, dispatch, print the error once.

fn main() {}
