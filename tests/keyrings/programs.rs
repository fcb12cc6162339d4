//! GNOME Keyring, KWallet and KeePassXC.
