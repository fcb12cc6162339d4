# Sourced by tests/cross. Hard links of the active Rust toolchain plus the source of its standard library, from which
# -Zbuild-std builds the library for targets that the toolchain lacks. The source comes from the file RUST_SRC_TAR (its
# top folder is `library`), else from Debian's rust-src of exactly the same version.
toolchain=$CROSS/toolchain
library=$toolchain/lib/rustlib/src/rust/library
version=$(rustc -V | cut -d' ' -f2)

fetch_rust_src() {
    local apt mirror full suite
    mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -1)
    mkdir -p "$CROSS/apt/lists/partial" "$CROSS/apt/cache/archives/partial"
    for suite in trixie-backports forky sid; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done > "$CROSS/apt/sources.list"
    # Private package lists, so that the system's stay unchanged.
    apt=(-o Dir::Etc::sourcelist="$CROSS/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
         -o Dir::State::lists="$CROSS/apt/lists" -o Dir::Cache="$CROSS/apt/cache" -o APT::Sandbox::User=root)
    apt-get -qq "${apt[@]}" update
    full=$(apt-cache "${apt[@]}" madison rust-src | awk -v v="$version+" 'index($3, v) == 1 {print $3; exit}')
    if [[ -z $full ]]; then
        echo "Debian has no rust-src $version: set RUST_SRC_TAR to an archive of its library folder" >&2
        return 1
    fi
    (cd "$CROSS/apt" && apt-get -qq "${apt[@]}" download "rust-src=$full")
    dpkg --fsys-tarfile "$CROSS"/apt/rust-src_"$version"*.deb |
        tar -x -C "$1" --strip-components=4 "./usr/src/rustc-$version/library"
}

make_toolchain() {
    local sysroot new=$toolchain.new
    sysroot=$(rustc --print sysroot)
    rm -rf "$toolchain" "$new"
    mkdir -p "$new"
    cp -al "$sysroot/bin" "$sysroot/lib" "$new/" 2>/dev/null || cp -a "$sysroot/bin" "$sysroot/lib" "$new/"
    mkdir -p "$new/lib/rustlib/src/rust"
    if [[ -n ${RUST_SRC_TAR:-} ]]; then
        tar -xf "$RUST_SRC_TAR" -C "$new/lib/rustlib/src/rust"
    else
        fetch_rust_src "$new/lib/rustlib/src/rust"
    fi
    echo "$version" > "$new/version"
    # Rename when complete.
    mv "$new" "$toolchain"
}

if [[ $(cat "$toolchain/version" 2>/dev/null) != "$version" ]]; then
    export -f make_toolchain fetch_rust_src
    export CROSS toolchain version
    step "toolchain with the library's source" bash -euo pipefail -c make_toolchain
fi
[[ -f $library/std/Cargo.toml ]] || { echo "no standard library in $library" >&2; exit 1; }
export PATH=$toolchain/bin:$PATH RUSTC_BOOTSTRAP=1
build_std=(-Zbuild-std=std,panic_abort)
