# Sourced by session.sh and tests/hosts. KDE Plasma 5 on X11, as Debian 12 has it.
packages=(plasma-workspace plasma-desktop kwin-x11 kde-cli-tools plasma-integration breeze-icon-theme
    libqt5sql5-sqlite qml-module-org-kde-kitemmodels)
# Wallpapers and a browser, which the panel's packages depend on and the panel does not.
left_out=(breeze libqt5webenginecore5 libqt5webengine-data oxygen-sounds vlc-plugin-base gdb-minimal sudo cpp-12)

host_environment() {
    export XDG_CURRENT_DESKTOP=KDE KDE_FULL_SESSION=true KDE_SESSION_VERSION=5
    export QT_QUICK_BACKEND=software
}

host_parts() {
    # Without it the shell ends at once.
    launch activities "${in_root[@]}" "$("${in_root[@]}" sh -c 'echo /usr/lib/*/libexec/kactivitymanagerd')"
    launch manager "${in_root[@]}" kwin_x11
}

# The watcher is a part of kded5, the host one of plasmashell.
start_panel() {
    running watcher || launch watcher "${in_root[@]}" kded5
    launch panel "${in_root[@]}" plasmashell
}

# The watcher outlives the panel, and goes on saying that there is a host.
hosted() { bus_call ListNames | grep -q org.kde.StatusNotifierHost-; }
