//! Accounts in an inline array.

use linode_bandwidth::domain::config::{AccountConfig, IconStyle};
use linode_bandwidth::storage::config::ConfigEditor;

use crate::{changed, id, refused};

#[test]
fn inline_accounts_cant_be_edited_but_settings_can() {
    let one = "accounts = [{ id = \"a\", name = \"A\" }, {id = \"b\", muted = true, name = \"B\"}] # x\n";
    let changes: [fn(&mut ConfigEditor) -> _; 5] = [
        |editor| editor.add(&AccountConfig::new(id("c"), "C")),
        |editor| editor.remove(&id("a")),
        |editor| editor.duplicate(&id("a"), &id("c"), "C"),
        |editor| editor.move_to(&id("b"), 0),
        |editor| editor.set_account(&id("b"), |account| account.muted = false),
    ];
    for change in changes {
        assert_eq!(
            refused(one, change),
            "the accounts are one list (accounts = [...]), which the program can't change: turn each account into an [[accounts]] block, or edit the list by hand"
        );
    }
    let set = |editor: &mut ConfigEditor| editor.set(|config| config.icon = IconStyle::Bar);
    assert_eq!(changed(one, set), format!("{one}icon = \"bar\"\n"));
}

#[test]
fn an_empty_list_becomes_blocks() {
    let add = |editor: &mut ConfigEditor| editor.add(&AccountConfig::new(id("c"), "C"));
    let block = "[[accounts]]\nid = \"c\"\nname = \"C\"\n";
    assert_eq!(changed("accounts = []\n", add), block);
    let text = "icon = 'bar'\n# none yet\naccounts = []\nshow_as = 'used'\n";
    assert_eq!(changed(text, add), format!("icon = 'bar'\n# none yet\nshow_as = 'used'\n\n{block}"));
}
