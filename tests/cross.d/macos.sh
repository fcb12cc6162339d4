# Sourced by tests/cross, for the processor $cpu: types and lints. Linking and running need Apple's SDK and a Mac. zig
# compiles the C parts (ring, SQLite) with its macOS headers.
if [[ ! -f $CROSS/zig/ziglang/__main__.py ]]; then
    python3 -m pip --version >/dev/null 2>&1 || step "packages for macOS" install_missing python3=python3 pip3=python3-pip
    step "zig" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$CROSS/zig" ziglang
fi
export PYTHONPATH=$CROSS/zig ZIG_GLOBAL_CACHE_DIR=$CROSS/zig-cache ZIG_LOCAL_CACHE_DIR=$CROSS/zig-cache
# Makes mac-notification-sys leave out its Objective-C part, which needs Apple's frameworks.
export DOCS_RS=1

printf '#!/bin/sh\nexec python3 -m ziglang ar "$@"\n' > "$CROSS/zig-ar"
chmod +x "$CROSS/zig-ar"
# The build scripts' options for Apple's compiler are left out.
cat > "$CROSS/zig-cc-$cpu" <<CC
#!/usr/bin/env bash
words=()
while ((\$#)); do
    case \$1 in
        -arch) shift ;;
        --target=* | -mmac*) ;;
        *) words+=("\$1") ;;
    esac
    shift
done
exec python3 -m ziglang cc -target $cpu-macos "\${words[@]}"
CC
chmod +x "$CROSS/zig-cc-$cpu"
export "CC_${cpu}_apple_darwin=$CROSS/zig-cc-$cpu" "AR_${cpu}_apple_darwin=$CROSS/zig-ar"
step "macOS $cpu: lints" limited cargo clippy "${build_std[@]}" --locked --target "$cpu-apple-darwin" --all-targets -- -D warnings
