# Sourced by session.sh and tests/hosts. KDE Plasma 5 on X11, from Debian 12.
packages=(plasma-workspace plasma-desktop kwin-x11 kde-cli-tools plasma-integration breeze-icon-theme
    libqt5sql5-sqlite qml-module-org-kde-kitemmodels)
# Wallpapers and a browser: dependencies of the packages that the panel does not need.
left_out=(breeze libqt5webenginecore5 libqt5webengine-data oxygen-sounds vlc-plugin-base gdb-minimal sudo cpp-12)

host_environment() {
    export XDG_CURRENT_DESKTOP=KDE KDE_FULL_SESSION=true KDE_SESSION_VERSION=5
    export QT_QUICK_BACKEND=software
}

host_parts() {
    # The shell ends immediately without it.
    launch activities "${in_root[@]}" "$("${in_root[@]}" sh -c 'echo /usr/lib/*/libexec/kactivitymanagerd')"
    launch manager "${in_root[@]}" kwin_x11
}

# The watcher is part of kded5, the host part of plasmashell.
start_panel() {
    running watcher || launch watcher "${in_root[@]}" kded5
    launch panel "${in_root[@]}" plasmashell
}

# The watcher outlives the panel and still reports a host.
hosted() { bus_call ListNames | grep -q org.kde.StatusNotifierHost-; }
