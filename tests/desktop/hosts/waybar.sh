# Sourced by session.sh and tests/hosts. Waybar and mako on sway, from Debian 12: a Wayland desktop whose only use of
# X11 is the window that sway draws in, which the tests control.
packages=(sway waybar mako-notifier jq xkb-data adwaita-icon-theme librsvg2-common libgtk-3-common)
# Perl and a system service: dependencies of the packages that the programs do not need.
left_out=(polkitd perl perl-modules-5.36 libperl5.36)
# Libraries that the window loads on Wayland. It runs outside the root, like the tray.
outside=('/usr/lib/*/libwayland-client.so.0=libwayland-client0' '/usr/lib/*/libwayland-egl.so.1=libwayland-egl1'
    '/usr/lib/*/libEGL.so.1=libegl1' '/usr/lib/*/libEGL_mesa.so.0=libegl-mesa0'
    '/usr/lib/*/libxkbcommon.so.0=libxkbcommon0')

host_environment() {
    export XDG_CURRENT_DESKTOP=sway XDG_SESSION_TYPE=wayland
    # Sway refuses to run as root, and its sockets are in its user's folder.
    export WAYLAND_DISPLAY=$DESKTOP_SESSION/sway/wayland-1 SWAYSOCK=$DESKTOP_SESSION/sway/ipc
    # GTK would use the X server in which sway runs.
    export GDK_BACKEND=wayland
}

host_parts() {
    mkdir -m 700 "$DESKTOP_SESSION/sway"
    chown 65534:65534 "$DESKTOP_SESSION/sway"
    chmod 711 "$DESKTOP_SESSION"
    cat >"$DESKTOP_SESSION/sway.conf" <<'CONF'
output X11-1 resolution 1280x800 background #3a6ea5 solid_color
xwayland disable
CONF
    launch manager chroot --userspec=65534:65534 --groups= "$HOST_ROOT" env -u WAYLAND_DISPLAY \
        HOME="$DESKTOP_SESSION/sway" XDG_CONFIG_HOME="$DESKTOP_SESSION/sway" XDG_RUNTIME_DIR="$DESKTOP_SESSION/sway" \
        WLR_BACKENDS=x11 WLR_RENDERER=pixman sway --config "$DESKTOP_SESSION/sway.conf"
    until_true "sway" "${in_root[@]}" swaymsg -t get_version
    cat >"$DESKTOP_SESSION/waybar.json" <<'CONF'
{ "layer": "top", "position": "top", "height": 30, "modules-right": ["tray"], "tray": { "icon-size": 24, "spacing": 10 } }
CONF
    cat >"$DESKTOP_SESSION/waybar.css" <<'CONF'
* { font-family: "DejaVu Sans", sans-serif; font-size: 13px; }
window#waybar { background: #22252a; color: #ffffff; }
#tray { padding: 0 10px; }
CONF
    # Mako has no buttons: a command chooses from a notification's actions, here on a click.
    mkdir "$XDG_CONFIG_HOME/mako"
    printf 'on-button-left=exec makoctl menu -n "$id" grep -m1 "Mute for this month"\n' >"$XDG_CONFIG_HOME/mako/config"
}

# The watcher is part of waybar.
start_panel() {
    launch panel "${in_root[@]}" waybar --config "$DESKTOP_SESSION/waybar.json" --style "$DESKTOP_SESSION/waybar.css"
}
