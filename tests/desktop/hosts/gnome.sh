# Sourced by session.sh and tests/hosts. GNOME Shell on X11 with the AppIndicator extension, as Debian 12 has it.
packages=(gnome-shell gnome-shell-extension-appindicator gnome-session-bin gsettings-desktop-schemas mutter
    gjs python3-dbusmock gir1.2-gdm-1.0)
# Wallpapers, a browser and a voice, which the shell's packages depend on and the shell does not.
left_out=(gnome-backgrounds libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 libflite1 zenity-common cpp-12)

# What gnome-wayland.sh has otherwise.
shell=(gnome-shell --x11)
more_extensions=

host_environment() {
    export XDG_CURRENT_DESKTOP=GNOME XDG_SESSION_DESKTOP=gnome
}

host_parts() {
    # The shell needs logind: a mock of it stands on a system bus of the session's own.
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
    # The extension also asks every program on the bus whether it has an icon, once the shell has nothing else to do. What
    # starts in that moment would be taken twice: by its name, and by its connection.
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

# It begins with the overview. A word about root comes too, late on a busy machine: it has no banner, and a test that waits
# for one turns banners on.
panel_ready() {
    until_true "the extension's look for icons" grep -q member=Introspect "$DESKTOP_SESSION/look.log"
    end TERM look
    until_true "the overview" overview_open
    until_true "the overview's end" overview_closed
}
