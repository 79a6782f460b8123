//! Tells cargo that the migrations are part of this crate: a new file among them is one that no source names.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
