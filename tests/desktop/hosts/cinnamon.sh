# Sourced by session.sh and tests/hosts. Cinnamon on X11, from Debian 12.
packages=(cinnamon cinnamon-common muffin findutils xapps-common xapp-sn-watcher adwaita-icon-theme)
left_out=(libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 libflite1 cpp-12 sudo)

host_environment() {
    export XDG_CURRENT_DESKTOP=X-Cinnamon XDG_SESSION_DESKTOP=cinnamon
}

# A panel with the icons, and nothing that needs system services.
host_parts() {
    "${in_root[@]}" gsettings set org.cinnamon enabled-applets "['panel1:right:0:xapp-status@cinnamon.org:0']"
    watcher=$("${in_root[@]}" find /usr/lib /usr/libexec -type f -name xapp-sn-watcher)
    export watcher
}

# The applet that shows icons in the panel.
monitored() { bus_call ListNames | grep -q 'org\.x\.StatusIconMonitor\.'; }

# The watcher is a separate program, which a session starts after Cinnamon. If both start at the same moment, Cinnamon
# 5.6 reads the icons twice and keeps the first ones, which never get a picture.
start_panel() {
    launch panel "${in_root[@]}" cinnamon
    until_true "Cinnamon's panel" monitored
    running watcher || launch watcher "${in_root[@]}" "$watcher"
}
