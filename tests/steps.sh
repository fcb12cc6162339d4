# Sourced by the test scripts, which run under `set -e`: steps that print their seconds, and Debian packages that are
# installed where they are missing.

current_step='' current_begun=0

# step WHAT COMMAND…: runs the command and prints how long it took, also into the file that STEP_TIMES names. A failure
# ends the script: nothing is run behind `||` or `if`, where bash would ignore the failures inside a function.
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

# For `trap … EXIT`: names the step that failed.
failed_step() { [ -z "$current_step" ] || end_step ', FAILED'; }
trap failed_step EXIT

# missing PROGRAM=PACKAGE…: the packages whose program or file is not there. A file may be a pattern, for the
# architecture in its path.
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

# install_missing PROGRAM=PACKAGE…: by apt, where there is one.
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
