//! Systems whose proxy settings reqwest reads itself.

pub(super) fn proxies(_url: &str) -> Vec<String> {
    Vec::new()
}

pub(super) fn asked() -> bool {
    false
}
