# Sourced by session.sh and tests/hosts. MATE's panel with Ayatana's indicator service, as in Ubuntu MATE.
packages=(mate-panel mate-indicator-applet ayatana-indicator-application mate-notification-daemon mate-themes
    dconf-gsettings-backend dconf-cli marco mate-settings-daemon-common mate-icon-theme adwaita-icon-theme librsvg2-common)
left_out=(libwebkit2gtk-4.1-0 libjavascriptcoregtk-4.1-0 mate-backgrounds cpp-12)

host_environment() {
    export XDG_CURRENT_DESKTOP=MATE XDG_SESSION_DESKTOP=mate GTK_CSD=0
}

host_parts() {
    "${in_root[@]}" dconf load / <<'DCONF'
[org/mate/panel/general]
toplevel-id-list=['top']
object-id-list=['indicators']
[org/mate/panel/toplevels/top]
orientation='top'
size=28
expand=true
[org/mate/panel/objects/indicators]
object-type='applet'
applet-iid='IndicatorAppletCompleteFactory::IndicatorAppletComplete'
toplevel-id='top'
position=0
panel-right-stick=true
locked=true
DCONF
    launch manager "${in_root[@]}" marco
}

# The service is the watcher; the panel gets its icons from it.
start_panel() {
    running watcher || launch watcher "${in_root[@]}" \
        /usr/libexec/ayatana-indicator-application/ayatana-indicator-application-service
    launch panel "${in_root[@]}" mate-panel
}
