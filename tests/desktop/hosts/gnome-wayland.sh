# Sourced by session.sh and tests/hosts. GNOME Shell as a Wayland desktop in a window of the X server, which the tests
# control. Uses the root of gnome.sh.
# shellcheck source=tests/desktop/hosts/gnome.sh
. "$(dirname "${BASH_SOURCE[0]}")/gnome.sh"
root_of=gnome
# Libraries that the window loads on Wayland. It runs outside the root, like the tray.
outside=('/usr/lib/*/libwayland-client.so.0=libwayland-client0' '/usr/lib/*/libwayland-egl.so.1=libwayland-egl1'
    '/usr/lib/*/libEGL.so.1=libegl1' '/usr/lib/*/libEGL_mesa.so.0=libegl-mesa0'
    '/usr/lib/*/libxkbcommon.so.0=libxkbcommon0')
shell=(env -u WAYLAND_DISPLAY gnome-shell --wayland --nested --no-x11 --wayland-display wayland-9)
more_extensions=", 'tests@linode-bandwidth'"

host_environment() {
    export XDG_CURRENT_DESKTOP=GNOME XDG_SESSION_DESKTOP=gnome XDG_SESSION_TYPE=wayland WAYLAND_DISPLAY=wayland-9
    export MUTTER_DEBUG_DUMMY_MODE_SPECS=1280x800
    # The shell answers questions about windows only in its unsafe mode.
    local extension=$XDG_DATA_HOME/gnome-shell/extensions/tests@linode-bandwidth
    mkdir -p "$extension"
    echo '{"uuid": "tests@linode-bandwidth", "name": "Tests", "description": "For tests", "shell-version": ["43"]}' \
        >"$extension/metadata.json"
    echo 'function init() {} function enable() { global.context.unsafe_mode = true; } function disable() {}' \
        >"$extension/extension.js"
}
