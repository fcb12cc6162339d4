# Sourced by tests/cross. Links with mingw-w64 and runs under Wine.
step "packages for Windows" install_missing x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64 wine=wine \
    /usr/lib/wine/wine64=wine64 Xvfb=xvfb xauth=xauth import=imagemagick rsvg-convert=librsvg2-bin icotool=icoutils \
    png2icns=icnsutils wixl=wixl msiinfo=msitools xdotool=xdotool zip=zip unzip=unzip

export WINEPREFIX=$CROSS/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" RUST_BACKTRACE=0
# A home of its own: Wine writes menu entries into it.
mkdir -p "$CROSS/home"
printf '#!/bin/sh\nHOME=%q exec timeout 600 wine "$@"\n' "$CROSS/home" > "$CROSS/wine-run"
chmod +x "$CROSS/wine-run"
# Its processes outlive the tests and would block a reader of our output.
trap 'failed_step; wineserver -k 2>/dev/null || true' EXIT

dll=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
if [[ ! -f $dll ]]; then
    step "Wine's folder" xvfb-run -a "$CROSS/wine-run" wineboot -i
    # Wine 8 lacks this DLL, which Rust's library takes its random numbers from.
    if [[ ! -f $dll ]]; then
        printf '%s\n' '#include <windows.h>' '#include <ntsecapi.h>' \
            '__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return RtlGenRandom(p, (ULONG)n); }' |
            x86_64-w64-mingw32-gcc -x c - -O2 -shared -o "$dll" -ladvapi32
    fi
fi

export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$CROSS/wine-run
windows=("${build_std[@]}" --locked --target x86_64-pc-windows-gnu)
step "Windows: lints" limited cargo clippy "${windows[@]}" --all-targets -- -D warnings
step "Windows: build" limited cargo build "${windows[@]}" --all-targets
step "Windows: tests under Wine" limited xvfb-run -a cargo test "${windows[@]}"
# Wine takes Windows' time zone from the variable. The test does not pass it to the process that it tests.
step "Windows: in another time zone" limited env TZ=Asia/Tokyo xvfb-run -a cargo test "${windows[@]}" --test windows
mkdir -p "$CROSS/programs"
for program in linode-bandwidth.exe linode-bandwidth-window.exe; do
    cp "$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/debug/$program" "$CROSS/programs/"
    x86_64-w64-mingw32-strip "$CROSS/programs/$program"
done
export CROSS
# The installer contains the licenses of the libraries.
step "the tool that lists licenses" tests/tools cargo-about
step "Windows: what the installer calls" limited xvfb-run -a "$parts/windows-calls" "$CROSS/calls"
step "Windows: installed under Wine" limited xvfb-run -a -s "-screen 0 1280x800x24" "$parts/windows-installed" "$CROSS/programs" "$CROSS/dist"
