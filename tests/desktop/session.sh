#!/usr/bin/env bash
# Runs a command on a private desktop: X server, session bus, window manager, panel with a StatusNotifier host,
# notification server and keyring. All are the real programs, and end with the command.
#
#   [HOST=xfce4|lxqt|none] [NOTIFY=xfce4|dunst|none] [KEYRING=unlocked|locked|none] [PANEL=light|dark] session.sh -- COMMAND…
#
# HOST may also be one of hosts/*.sh. Such a desktop is in its own root, HOST_ROOT, with its own notification server.
# tests/hosts makes the root and mounts the shared folders.
#
# Inside it, a test stops, starts and recolors the parts with
#
#   session.sh stop panel|notifications|keyring       session.sh kill panel|notifications|keyring
#   session.sh start panel|notifications|keyring      session.sh paint light|dark
#   session.sh lock                                   the keyring
#
# SCREEN=WIDTHxHEIGHT sets the size of the screen (1280x800 by default). The exit status is the command's.
# DESKTOP_LOGS=DIR keeps the logs of the parts.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
self=$here/$(basename "$0")
HOST=${HOST:-xfce4} NOTIFY=${NOTIFY:-xfce4} KEYRING=${KEYRING:-unlocked} PANEL=${PANEL:-light}

# The desktops in hosts/ have their own notification servers.
[ ! -e "$here/hosts/$HOST.sh" ] || NOTIFY=host

fail() { echo "session.sh: $*" >&2; exit 1; }

# Waits for a condition, at most two minutes for a busy machine.
until_true() {
    local what=$1 tries=2400; shift
    until "$@" >/dev/null 2>&1; do
        ((tries--)) || fail "$what: not within two minutes"
        sleep 0.05
    done
}

bus_call() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / "org.freedesktop.DBus.$1" "${@:2}"; }
owned() { bus_call NameHasOwner "string:$1" 2>/dev/null | grep -q 'boolean true'; }
gone() { ! owned "$1"; }

# launch NAME COMMAND…: runs it in the background, with its process id and its log in the session's folder.
launch() {
    local name=$1; shift
    "$@" >>"$DESKTOP_SESSION/$name.log" 2>&1 </dev/null &
    echo $! >"$DESKTOP_SESSION/$name.pid"
    # Keep the shell from reporting how it ends.
    disown $!
}

# end SIGNAL NAME: ends only the process that `launch` started.
end() {
    local file=$DESKTOP_SESSION/$2.pid pid
    [ -e "$file" ] || return 0
    pid=$(cat "$file")
    rm "$file"
    kill "-$1" "$pid" 2>/dev/null || return 0
    for _ in $(seq 60); do
        # An ended child stays a zombie until this shell waits for it.
        [[ $(ps -o stat= -p "$pid") == [!Z]* ]] || return 0
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
}

running() { [ -e "$DESKTOP_SESSION/$1.pid" ]; }

# Whether a host shows icons.
hosted() {
    dbus-send --session --print-reply --dest=org.kde.StatusNotifierWatcher /StatusNotifierWatcher \
        org.freedesktop.DBus.Properties.Get string:org.kde.StatusNotifierWatcher \
        string:IsStatusNotifierHostRegistered 2>/dev/null | grep -q 'boolean true'
}

name_of() {
    case $1 in
        panel) echo org.kde.StatusNotifierWatcher ;;
        notifications) echo org.freedesktop.Notifications ;;
        keyring) echo org.freedesktop.secrets ;;
        *) fail "there is no $1" ;;
    esac
}

start() {
    if [ "$1 $NOTIFY" = "panel host" ]; then
        start_panel
        until_true "a tray host" hosted
        panel_ready
        return
    fi
    case $1 in
        panel)
            case $HOST in
                lxqt) QT_QPA_PLATFORMTHEME=lxqt launch panel lxqt-panel ;;
                *) launch panel xfce4-panel --disable-wm-check ;;
            esac ;;
        notifications)
            case $NOTIFY in
                dunst)
                    # The rig answers its choices with a command.
                    printf '[global]\ndmenu = grep -m1 "Mute for this month"\n' >"$DESKTOP_SESSION/dunstrc"
                    launch notifications dunst -conf "$DESKTOP_SESSION/dunstrc" ;;
                # The bus may start this one, and it may end when idle.
                host) bus_call StartServiceByName "string:$(name_of notifications)" uint32:0 >/dev/null 2>&1 || true ;;
                *) launch notifications "$(echo /usr/lib/*/xfce4/notifyd/xfce4-notifyd)" ;;
            esac ;;
        keyring)
            # From a file, because a background process has no standard input for the password.
            printf test >"$DESKTOP_SESSION/password"
            gnome-keyring-daemon --unlock --foreground --components=secrets \
                <"$DESKTOP_SESSION/password" >>"$DESKTOP_SESSION/keyring.log" 2>&1 &
            echo $! >"$DESKTOP_SESSION/keyring.pid" ;;
    esac
    until_true "$1" owned "$(name_of "$1")"
}

stop() {
    if [ "$2 $NOTIFY" = "panel host" ]; then
        end "$1" panel
        until_true "the end of the panel" panel_gone
        # A separate watcher does not notice that a panel was killed. When the panel is stopped, the watcher ends too,
        # as before a login.
        [ "$1" = KILL ] || end TERM watcher
        [ "$1" = KILL ] || until_true "the end of the watcher" gone org.kde.StatusNotifierWatcher
    else
        end "$1" "$2"
        until_true "the end of $2" gone "$(name_of "$2")"
    fi
}

lock() {
    gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
        --method org.freedesktop.Secret.Service.Lock "[objectpath '/org/freedesktop/secrets/collection/login']" >/dev/null
}

# The panel's look: whether it uses the dark theme, and its background.
dark() { [ "$1" = dark ] && echo true || echo false; }
background() { if [ "$1" = dark ]; then echo 0.17 0.17 0.18; else echo 0.93 0.93 0.92; fi; }

paint() {
    local r g b
    if [ "$HOST" = lxqt ]; then
        lxqt_look "$1" >"$XDG_CONFIG_HOME/lxqt/lxqt.conf"
        return
    fi
    read -r r g b <<<"$(background "$1")"
    xfconf-query -c xfce4-panel -p /panels/dark-mode -s "$(dark "$1")"
    xfconf-query -c xfce4-panel -p /panels/panel-1/background-rgba -s "$r" -s "$g" -s "$b" -s 1
}

# The same for LXQt: the panel's theme, and its menu colors.
lxqt_look() {
    printf '[General]\ntheme=%s\nicon_theme=Adwaita\n\n[Qt]\nstyle=Fusion\nfont="DejaVu Sans,10,-1,5,50,0,0,0,0,0"\n\n' "$1"
    if [ "$1" = dark ]; then
        printf '[Palette]\nwindow_color=#232323\nwindow_text_color=#e1e6e6\nbase_color=#282828\ntext_color=#e1e6e6\n'
    else
        printf '[Palette]\nwindow_color=#efefef\nwindow_text_color=#202020\nbase_color=#ffffff\ntext_color=#202020\n'
    fi
    printf 'highlight_color=#3584e4\nhighlighted_text_color=#ffffff\n'
}

# At the same position, with the icon at the same end.
lxqt_settings() {
    cat <<CONF
[General]
__userfile__=true

[panel1]
plugins=spacer,statusnotifier
position=Top
width=100
width-percent=true
panelSize=28
iconSize=24

[spacer]
type=spacer
expandable=true

[statusnotifier]
type=statusnotifier
alignment=Right
CONF
}

panel_settings() {
    local r g b
    read -r r g b <<<"$(background "$PANEL")"
    cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="$(dark "$PANEL")"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=9;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="double" value="100"/>
      <property name="size" type="uint" value="28"/>
      <property name="icon-size" type="uint" value="24"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">
        <value type="double" value="$r"/><value type="double" value="$g"/><value type="double" value="$b"/>
        <value type="double" value="1"/>
      </property>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/><property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/><property name="icon-size" type="int" value="24"/>
    </property>
  </property>
</channel>
XML
}

# The bus only starts the service for the panel's settings and the keyring's password dialog. Everything else that is
# not started here must be missing.
bus_settings() {
    local services=$DESKTOP_SESSION/services
    # On a complete desktop the bus starts services, all inside its root.
    [ "$NOTIFY" != host ] || services=/usr/share/dbus-1/services
    mkdir "$DESKTOP_SESSION/services"
    for service in org.xfce.Xfconf org.gnome.keyring.SystemPrompter org.gnome.keyring.PrivatePrompter; do
        ln -s "/usr/share/dbus-1/services/$service.service" "$DESKTOP_SESSION/services/"
    done
    cat <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$DESKTOP_SESSION/run</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
XML
}

# Functions and variables that a file in hosts/ may override.
panel_ready() { :; }
# Also at its end, if the next session takes over its name on the bus.
panel_gone() { :; }
if [ "$NOTIFY" = host ]; then
    # shellcheck disable=SC2034 # the host's file uses it
    in_root=(chroot "$HOST_ROOT")
    # shellcheck source=/dev/null # one of several
    . "$here/hosts/$HOST.sh"
fi

outside() {
    DESKTOP_SESSION=$(mktemp -d "${TMPDIR:-/tmp}/desktop.XXXXXX")
    export DESKTOP_SESSION HOST NOTIFY KEYRING PANEL
    trap 'rm -rf "$DESKTOP_SESSION"' EXIT
    # Programs built outside are found and cached there as before.
    export CARGO_HOME=${CARGO_HOME:-${HOME:-/root}/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-${HOME:-/root}/.rustup}
    export HOME=$DESKTOP_SESSION/home XDG_RUNTIME_DIR=$DESKTOP_SESSION/run
    export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache
    export XDG_STATE_HOME=$HOME/.local/state XDG_SESSION_TYPE=x11 XDG_CURRENT_DESKTOP=XFCE
    export NO_AT_BRIDGE=1 LANG=C.UTF-8
    unset WAYLAND_DISPLAY DISPLAY DBUS_SESSION_BUS_ADDRESS XAUTHORITY
    bus_daemon=dbus-daemon
    if [ "$NOTIFY" = host ]; then
        export LIBGL_ALWAYS_SOFTWARE=1
        host_environment
        # In the root too, so that the bus starts services there.
        bus_daemon=$DESKTOP_SESSION/bus
        printf '#!/bin/sh\nexec chroot "%s" dbus-daemon "$@"\n' "$HOST_ROOT" >"$bus_daemon"
        chmod +x "$bus_daemon"
    fi
    mkdir -p "$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$XDG_RUNTIME_DIR"
    chmod 700 "$XDG_RUNTIME_DIR"
    panel_settings >"$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml"
    mkdir -p "$XDG_CONFIG_HOME/lxqt"
    lxqt_look "$PANEL" >"$XDG_CONFIG_HOME/lxqt/lxqt.conf"
    lxqt_settings >"$XDG_CONFIG_HOME/lxqt/panel.conf"
    bus_settings >"$DESKTOP_SESSION/bus.conf"
    local status=0
    # The bus's messages are kept apart from the command's.
    exec 9>&2
    dbus-run-session --dbus-daemon="$bus_daemon" --config-file="$DESKTOP_SESSION/bus.conf" -- "$self" inside "$@" \
        2>"$DESKTOP_SESSION/bus.log" || status=$?
    if [ -n "${DESKTOP_LOGS:-}" ]; then
        mkdir -p "$DESKTOP_LOGS"
        cp "$DESKTOP_SESSION"/*.log "$DESKTOP_LOGS"
    fi
    return $status
}

# Ends everything that was launched, in reverse order, the display last.
end_all() {
    local file
    # shellcheck disable=SC2045 # paths of ours, without spaces; the order is wanted
    for file in $(ls -t "$DESKTOP_SESSION"/*.pid); do
        [[ $file == */display.pid ]] || end TERM "$(basename "$file" .pid)"
    done
    end TERM display
}

inside() {
    exec 2>&9 9>&-
    trap end_all EXIT
    launch display Xvfb -displayfd 5 -screen 0 "${SCREEN:-1280x800}x24" -nolisten tcp -noreset 5>"$DESKTOP_SESSION/display"
    until_true "the X server" test -s "$DESKTOP_SESSION/display"
    DISPLAY=:$(cat "$DESKTOP_SESSION/display")
    export DISPLAY
    xsetroot -solid '#3a6ea5'
    if [ "$NOTIFY" = host ]; then
        dbus-update-activation-environment --all
        host_parts
    else
        dbus-update-activation-environment DISPLAY
        launch manager openbox --sm-disable
    fi
    [ "$KEYRING" = none ] || start keyring
    [ "$KEYRING" != locked ] || lock
    # On a complete desktop the panel is also the notification server.
    [ "$NOTIFY" = none ] || [ "$NOTIFY" = host ] || start notifications
    [ "$HOST" = none ] || start panel
    [ "$NOTIFY" != host ] || start notifications
    local status=0
    "$@" || status=$?
    return $status
}

case ${1:-} in
    --) shift; outside "$@" ;;
    inside) shift; inside "$@" ;;
    start) start "$2" ;;
    stop) stop TERM "$2" ;;
    kill) stop KILL "$2" ;;
    lock) lock ;;
    paint) paint "$2" ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
