//! Figures that a command writes into the documentation, in the place that is theirs.

use std::fs;
use std::path::Path;

/// Puts `text` in the place of what stands between `<!-- NAME -->` and `<!-- end of NAME -->` in the file `name_of_file`
/// of `docs`.
pub fn put(name_of_file: &str, name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name_of_file);
    let old = fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = old.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    fs::write(&file, format!("{before}{begin}{text}{end}{after}")).unwrap();
}
