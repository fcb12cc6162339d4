//! Security descriptors as text (SDDL).

/// One by which `user`, a SID, and the system may do everything, and nobody else anything. By the user's own SID: `OW`
/// would be all administrators in a program that is run as one.
pub(super) fn for_user_and_system(user: &str) -> String {
    format!("O:{user}D:P(A;;GA;;;{user})(A;;GA;;;SY)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_user_and_the_system_alone() {
        let text = for_user_and_system("S-1-5-21-1-2-3-1001");
        assert_eq!(text, "O:S-1-5-21-1-2-3-1001D:P(A;;GA;;;S-1-5-21-1-2-3-1001)(A;;GA;;;SY)");
    }
}
