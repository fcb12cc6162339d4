# Sourced by session.sh and tests/hosts. Cinnamon on X11, as Debian 12 has it.
packages=(cinnamon cinnamon-common muffin xapps-common python3-dbusmock adwaita-icon-theme)
left_out=(libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 libflite1 cpp-12 sudo)

host_environment() {
    export XDG_CURRENT_DESKTOP=X-Cinnamon XDG_SESSION_DESKTOP=cinnamon
}

host_parts() { :; }

start_panel() {
    launch panel "${in_root[@]}" cinnamon
}
