//! Accounts that are written as one list.

use linode_bandwidth::domain::config::{Account, ShowAs};
use linode_bandwidth::domain::usage::PoolId;
use linode_bandwidth::storage::config::{AccountField, ConfigEditor};

use crate::{changed, id};

#[test]
fn accounts_in_one_list_are_changed_in_place() {
    let one = "accounts = [{ id = \"a\", name = \"A\" }, {id = \"b\", muted = true, name = \"B\"}] # x\n";
    let many = "accounts = [\n  # first\n  { id = \"a\", name = \"A\" }, # a, the first\n  { id = \"b\", name = \"B\" }\n]\n";
    let add = |editor: &mut ConfigEditor| editor.add(&Account::new(id("c"), "C"));
    assert_eq!(changed("accounts = []\n", add), "accounts = [{ id = \"c\", name = \"C\" }]\n");
    assert_eq!(changed(one, add), one.replace("}] #", "}, { id = \"c\", name = \"C\" }] #"));
    assert_eq!(changed(many, add), many.replace("\"B\" }\n", "\"B\" },\n  { id = \"c\", name = \"C\" }\n"));
    let remove = |which: &'static str| move |editor: &mut ConfigEditor| editor.remove(&id(which));
    assert_eq!(changed(one, remove("a")), "accounts = [{id = \"b\", muted = true, name = \"B\"}] # x\n");
    assert_eq!(changed(one, remove("b")), "accounts = [{ id = \"a\", name = \"A\" } ] # x\n");
    assert_eq!(
        changed(many, remove("a")),
        "accounts = [\n  # first\n  # a, the first\n  { id = \"b\", name = \"B\" }\n]\n"
    );
    assert_eq!(
        changed(many, remove("b")),
        "accounts = [\n  # first\n  { id = \"a\", name = \"A\" } # a, the first\n]\n"
    );
    let duplicate = |editor: &mut ConfigEditor| editor.duplicate(&id("a"), &id("c"), "C");
    assert_eq!(
        changed(many, duplicate),
        many.replace("  { id = \"b\"", "  { id = \"c\", name = \"C\" },\n  { id = \"b\"")
    );
    assert_eq!(
        changed(one, |editor| editor.move_to(&id("b"), 0)),
        "accounts = [{id = \"b\", muted = true, name = \"B\"}, { id = \"a\", name = \"A\" } ] # x\n"
    );
    let fields = changed(one, |editor| {
        editor.set_account(&id("a"), AccountField::Watch(PoolId::Linode(7)))?;
        editor.set_account(&id("b"), AccountField::Muted(false))?;
        editor.set_account(&id("b"), AccountField::ShowAs(Some(ShowAs::Used)))?;
        editor.set_account(&id("b"), AccountField::Name("Bee".into()))
    });
    assert_eq!(
        fields,
        "accounts = [{ id = \"a\", name = \"A\", watch = \"linode:7\" }, {id = \"b\", muted = false, name = \"Bee\", show_as = \"used\"}] # x\n"
    );
    let taken_out = changed(&fields, |editor| editor.set_account(&id("b"), AccountField::ShowAs(None)));
    assert_eq!(taken_out, fields.replace(", show_as = \"used\"", ""));
}
