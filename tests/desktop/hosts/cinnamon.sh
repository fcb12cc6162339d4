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

# The watcher is a program of its own.
start_panel() {
    running watcher || launch watcher "${in_root[@]}" "$watcher"
    launch panel "${in_root[@]}" cinnamon
}
