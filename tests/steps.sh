# Sourced by the test scripts, which run under `set -e`: timed steps, and installing missing Debian packages.

current_step='' current_begun=0

# step WHAT COMMAND…: runs the command and prints how long it took, also into the file STEP_TIMES. A failure ends the
# script. Nothing runs behind `||` or `if`, where bash would ignore failures inside functions.
step() {
    current_step=$1 current_begun=$SECONDS
    shift
    echo "== $current_step"
    "$@" </dev/null
    end_step ''
}

end_step() {
    local line="$current_step: $((SECONDS - current_begun)) s$1"
    current_step=''
    echo "== $line"
    [ -z "${STEP_TIMES:-}" ] || echo "$line" >>"$STEP_TIMES"
}

# once_more LOG COMMAND ARGUMENT…: runs COMMAND, Rust tests on a real desktop. If up to three of them fail, these run a
# second time, one after another, and are named: other programs that keep a machine busy must not fail a build.
once_more() {
    local log=$1 command=$2 failed
    shift 2
    "$command" "$@" 2>&1 | tee "$log" && return
    mapfile -t failed < <(sed -n 's/^    \([a-z_0-9]*\(::[a-z_0-9]*\)*\)$/\1/p' "$log" | sort -u)
    echo "failed: ${failed[*]:-the tests did not get to their end}"
    ((${#failed[@]} > 0 && ${#failed[@]} <= 3)) || return 1
    "$command" --test-threads=1 --exact "${failed[@]}" 2>&1 | tee "$log.second"
    echo "FLAKY, passed the second time: ${failed[*]}"
}

# For `trap … EXIT`: prints which step failed.
failed_step() { [ -z "$current_step" ] || end_step ', FAILED'; }
trap failed_step EXIT

# missing PROGRAM=PACKAGE…: prints the packages whose program or file does not exist. A file may be a pattern, because
# its path may contain the architecture.
missing() {
    local pair name
    for pair in "$@"; do
        name=${pair%=*}
        case $name in
            /*) compgen -G "$name" >/dev/null || echo "${pair##*=}" ;;
            *) PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null || echo "${pair##*=}" ;;
        esac
    done | sort -u
}

# install_missing PROGRAM=PACKAGE…: installs them with apt, if there is one.
install_missing() {
    local packages as_root=()
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]})) || { echo "nothing is missing"; return; }
    command -v apt-get >/dev/null || { echo "install what these Debian packages bring: ${packages[*]}" >&2; return 1; }
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    echo "installing ${packages[*]}"
    "${as_root[@]}" apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install --yes --no-install-recommends "${packages[@]}" >/dev/null
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]} == 0)) || { echo "still missing: ${packages[*]}" >&2; return 1; }
}
