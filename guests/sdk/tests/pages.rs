//! Packing and viewing rows.

use proptest::prelude::*;
use provisor_sdk::{Page, PageBuilder, Rows, TableBuilder};

fn columns(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("c{at}")).collect()
}

fn page(text: &str, value_ends: &[u32], cell_ends: &[u32]) -> Page {
    Page {
        text: text.to_owned(),
        value_ends: value_ends.to_vec(),
        cell_ends: cell_ends.to_vec(),
    }
}

#[test]
fn a_page_that_breaks_a_rule_is_refused() {
    let cases = [
        ("an end beyond the text", page("ab", &[3], &[1])),
        ("an end inside a character", page("é", &[1, 2], &[1, 2])),
        ("ends that fall", page("ab", &[2, 1, 2], &[1, 3])),
        ("text behind the last value", page("abc", &[2], &[1, 1])),
        ("text without values", page("a", &[], &[])),
        ("cells that fall", page("ab", &[1, 2], &[2, 1, 2, 2])),
        ("cells beyond the values", page("ab", &[1, 2], &[1, 3])),
        ("values behind the last cell", page("ab", &[1, 2], &[1, 1])),
        ("half a row", page("ab", &[1, 2], &[1, 2, 2])),
    ];
    let columns = columns(2);
    for (what, page) in cases {
        let refused = Rows::new(&columns, &page).expect_err(what);
        assert!(refused.message.starts_with("broken page"), "{refused:?}");
    }
}

#[test]
fn a_page_without_columns_can_only_be_empty() {
    assert!(Rows::new(&[], &page("", &[], &[])).unwrap().is_empty());
    assert!(Rows::new(&[], &page("", &[], &[0])).is_err());
}

#[test]
fn a_column_that_is_not_there_has_no_values() {
    let mut table = TableBuilder::new(["a"]);
    table.row([["x"]]);
    let table = table.finish();
    let row = table.view().unwrap().iter().next().unwrap();
    assert_eq!(row.first("b"), None);
    assert!(row.cell(7).is_empty());
}

#[test]
fn a_row_taken_as_it_stands_leaves_empty_values_out_unless_told() {
    let columns = columns(3);
    for (keep_empty, middle) in [(false, None), (true, Some(""))] {
        let mut builder = PageBuilder::default();
        builder.cell("before");
        builder.cell("b");
        builder.cell("c");
        builder.row("annx", &[3, 3, 4], keep_empty);
        let page = builder.finish();
        let row = Rows::new(&columns, &page).unwrap().iter().nth(1).unwrap();
        assert_eq!(row.first("c0"), Some("ann"));
        assert_eq!(row.first("c1"), middle);
        assert_eq!(row.first("c2"), Some("x"));
    }
}

proptest! {
    #[test]
    fn what_was_packed_is_found_again(
        rows in prop::collection::vec(
            prop::collection::vec(prop::collection::vec("\\PC{0,4}", 0..4), 3),
            0..8,
        ),
    ) {
        let mut table = TableBuilder::new(columns(3));
        for row in &rows {
            table.row(row);
        }
        let table = table.finish();
        let found: Vec<Vec<Vec<String>>> = table
            .view()
            .unwrap()
            .iter()
            .map(|row| row.cells().map(|(_, cell)| cell.map(str::to_owned).collect()).collect())
            .collect();
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn taking_back_cells_leaves_the_page_as_it_was(
        before in prop::collection::vec(prop::collection::vec("[aé]{0,3}", 0..3), 0..6),
        after in prop::collection::vec(prop::collection::vec("[aé]{0,3}", 0..3), 0..6),
        begun in prop::option::of("[aé]{0,3}"),
    ) {
        let mut builder = PageBuilder::default();
        let add = |builder: &mut PageBuilder, cells: &[Vec<String>]| {
            for cell in cells {
                cell.iter().for_each(|value| builder.value(value));
                builder.end_cell();
            }
        };
        add(&mut builder, &before);
        let expected = builder.clone().finish();
        add(&mut builder, &after);
        begun.iter().for_each(|value| builder.value(value));
        builder.truncate(before.len());
        prop_assert_eq!(builder.finish(), expected);
    }

    #[test]
    fn any_ends_make_a_whole_page(
        text in "[aé]{0,6}",
        ends in prop::collection::vec(0_usize..12, 1..4),
        keep_empty in any::<bool>(),
    ) {
        let mut builder = PageBuilder::default();
        builder.row(&text, &ends, keep_empty);
        let page = builder.finish();
        prop_assert!(Rows::new(&columns(ends.len()), &page).is_ok());
    }
}
