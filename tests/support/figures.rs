//! Writes generated figures into the documentation.

use std::fs;
use std::path::Path;

/// Replaces the text between `<!-- NAME -->` and `<!-- end of NAME -->` in `docs/NAME_OF_FILE`.
pub fn put(name_of_file: &str, name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name_of_file);
    let old = fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = old.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    fs::write(&file, format!("{before}{begin}{text}{end}{after}")).unwrap();
}
