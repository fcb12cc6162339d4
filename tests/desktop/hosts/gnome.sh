# Sourced by session.sh and tests/hosts. GNOME Shell on X11 with the AppIndicator extension, from Debian 12.
packages=(gnome-shell gnome-shell-extension-appindicator gnome-session-bin gsettings-desktop-schemas mutter
    gjs python3-dbusmock gir1.2-gdm-1.0)
# Wallpapers, a browser and a speech synthesizer: dependencies of the packages that the shell does not need.
left_out=(gnome-backgrounds libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 libflite1 zenity-common cpp-12)

# The settings that gnome-wayland.sh changes.
shell=(gnome-shell --x11)
more_extensions=

host_environment() {
    export XDG_CURRENT_DESKTOP=GNOME XDG_SESSION_DESKTOP=gnome
}

host_parts() {
    # The shell needs logind: a mock of it runs on a private system bus.
    launch system-bus "${in_root[@]}" dbus-daemon --session --nofork --address="unix:path=$DESKTOP_SESSION/run/system"
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$DESKTOP_SESSION/run/system
    until_true "the system bus" test -S "$DESKTOP_SESSION/run/system"
    launch logind "${in_root[@]}" python3 -m dbusmock --system --template logind
    launch upower "${in_root[@]}" python3 -m dbusmock --system --template upower
    until_true "logind" "${in_root[@]}" gdbus wait --system --timeout 1 org.freedesktop.login1
    "${in_root[@]}" gsettings set org.gnome.shell enabled-extensions \
        "['ubuntu-appindicators@ubuntu.com', 'appindicatorsupport@rgcjonas.gmail.com'$more_extensions]"
    "${in_root[@]}" gsettings set org.gnome.shell welcome-dialog-last-shown-version 99
    "${in_root[@]}" gsettings set org.gnome.desktop.interface enable-animations false
    "${in_root[@]}" gsettings set org.gnome.desktop.notifications show-banners false
    "${in_root[@]}" gsettings set org.gnome.desktop.screensaver lock-enabled false
    "${in_root[@]}" gsettings set org.gnome.desktop.lockdown disable-lock-screen true
}

start_panel() {
    # When idle, the extension also asks every program on the bus whether it has an icon. A program that starts at that
    # moment would be added twice, by its name and by its connection.
    : >"$DESKTOP_SESSION/look.log"
    launch look dbus-monitor --session "type='method_call',sender='org.gnome.Shell',member='Introspect'"
    launch panel "${in_root[@]}" "${shell[@]}"
}

panel_gone() { gone org.gnome.Shell; }

overview() {
    gdbus call --session -d org.gnome.Shell -o /org/gnome/Shell -m "org.freedesktop.DBus.Properties.$1" \
        org.gnome.Shell OverviewActive ${2+"$2"}
}
overview_open() { overview Get | grep -q true; }
overview_closed() { overview Set '<false>' && ! overview_open; }

# The session starts in the overview. A warning about root also comes, late on a busy machine. It shows no banner; tests
# that wait for banners turn them on.
panel_ready() {
    until_true "the extension's look for icons" grep -q member=Introspect "$DESKTOP_SESSION/look.log"
    end TERM look
    until_true "the overview" overview_open
    until_true "the overview's end" overview_closed
}
