//! What Windows wants to have inside each program: its icon, its version, and its manifest. Other systems get theirs from
//! the packages.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    println!("cargo:rerun-if-changed=icons/linode-bandwidth.ico");
    println!("cargo:rerun-if-changed=packaging/windows/linode-bandwidth.manifest");
    let made = winresource::WindowsResource::new()
        .set_icon("icons/linode-bandwidth.ico")
        .set_manifest_file("packaging/windows/linode-bandwidth.manifest")
        .set("ProductName", "Linode Bandwidth")
        .set("FileDescription", "Linode Bandwidth")
        .set("LegalCopyright", "The Linode Bandwidth contributors; MIT or Apache-2.0")
        .compile();
    if let Err(error) = made {
        // It runs without, only plainer: whoever has no resource compiler is not to be kept from building it.
        println!("cargo:warning=no icon and no manifest in the program: {error}");
    }
}
