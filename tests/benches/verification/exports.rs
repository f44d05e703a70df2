//! The files: ten columns, some 110 bytes a row.

use std::io::{BufWriter, Write};
use std::path::Path;

/// What a file shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// What is known.
    Known,
    /// One row in a hundred has another value.
    Changed,
    /// The same rows, from the middle on and then those before.
    Moved,
}

pub fn write(folder: &Path, name: &str, rows: u64, content: Content) {
    let exports = folder.join("exports");
    std::fs::create_dir_all(&exports).expect("made");
    let file = std::fs::File::create(exports.join(name)).expect("made");
    let mut file = BufWriter::new(file);
    let columns: Vec<String> = (1..10).map(|number| format!("column{number}")).collect();
    writeln!(file, "login,{}", columns.join(",")).expect("written");
    for row in 0..rows {
        let row = match content {
            Content::Moved => (row + rows / 2) % rows,
            _ => row,
        };
        let department = match content {
            Content::Changed if row % 100 == 7 => "Elsewhere",
            _ => "Accounting",
        };
        writeln!(
            file,
            "user{row:07},Given{row},Family{row},user{row}@example.com,{department},\
             \"Street {}, {row}\",+420 {row:09},2024-03-{:02},{},true",
            row % 100,
            row % 28 + 1,
            row % 5000,
        )
        .expect("written");
    }
    file.flush().expect("written");
}

/// The values of a row of what is known, in the order of the columns.
pub fn values(row: u64) -> [String; 10] {
    [
        format!("user{row:07}"),
        format!("Given{row}"),
        format!("Family{row}"),
        format!("user{row}@example.com"),
        "Accounting".to_owned(),
        format!("Street {}, {row}", row % 100),
        format!("+420 {row:09}"),
        format!("2024-03-{:02}", row % 28 + 1),
        format!("{}", row % 5000),
        "true".to_owned(),
    ]
}
