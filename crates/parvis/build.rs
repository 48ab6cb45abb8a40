//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Relocations take 0.1 MB instead of 2.5 MB, all of which is read at the start. A linker that doesn't know the
    // option says so and goes on.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
