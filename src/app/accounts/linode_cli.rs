//! linode-cli's configuration: users and their tokens, in an INI file.

use std::sync::Arc;

use configparser::ini::Ini;

use crate::domain::token::Token;

/// A user of linode-cli that has a token.
#[derive(Debug)]
pub struct User {
    /// Its name in linode-cli.
    pub name: String,
    pub token: Arc<Token>,
}

/// The users with a token in linode-cli's configuration, by name; `None` if it is invalid. The parser's own error could
/// quote a line, and with it a token.
pub fn users(text: String) -> Option<Vec<User>> {
    let mut ini = Ini::new_cs();
    ini.read(text).ok()?;
    let mut names = ini.sections();
    names.sort();
    let user = |name: String| {
        let token = Arc::new(Token::new(ini.get(&name, "token")?).ok()?);
        Some(User { name, token })
    };
    Some(names.into_iter().filter_map(user).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_with_a_token_are_found_and_nothing_else() {
        let text = "[DEFAULT]\ndefault-user = Anna\n\n[Anna]\ntoken = abc123\nregion = us-east\n\n[bert]\nregion = x\n";
        let users = users(text.to_owned()).unwrap();
        assert_eq!(users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["Anna"]);
        assert_eq!(users[0].token.expose(), "abc123");
    }
}
