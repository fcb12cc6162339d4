# Sourced by session.sh and tests/hosts. Cinnamon on X11, as Debian 12 has it.
packages=(cinnamon cinnamon-common muffin findutils xapps-common xapp-sn-watcher adwaita-icon-theme)
left_out=(libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 libflite1 cpp-12 sudo)

host_environment() {
    export XDG_CURRENT_DESKTOP=X-Cinnamon XDG_SESSION_DESKTOP=cinnamon
}

# A panel with the icons and nothing that asks for services of the system.
host_parts() {
    "${in_root[@]}" gsettings set org.cinnamon enabled-applets "['panel1:right:0:xapp-status@cinnamon.org:0']"
    watcher=$("${in_root[@]}" find /usr/lib /usr/libexec -type f -name xapp-sn-watcher)
    export watcher
}

# What shows the icons in the panel.
monitored() { bus_call ListNames | grep -q 'org\.x\.StatusIconMonitor\.'; }

# The watcher is a program of its own, and a session starts it after Cinnamon. Of one that comes in the same moment Cinnamon
# 5.6 reads the icons twice, and shows those of the first time: they have no picture yet and never get one.
start_panel() {
    launch panel "${in_root[@]}" cinnamon
    until_true "Cinnamon's panel" monitored
    running watcher || launch watcher "${in_root[@]}" "$watcher"
}
