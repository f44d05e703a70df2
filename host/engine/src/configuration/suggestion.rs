//! What somebody probably meant: the known name at the smallest edit distance.

/// Longer names are not compared: nobody mistypes them into a known one.
const LONGEST: usize = 64;

/// The candidate that is most like `text`, if one is like it at all: a third of the letters may
/// differ, and upper and lower case, `_` and `-` count as the same.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let text = plain(text)?;
    let allowed = (text.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = distance(&text, &plain(candidate)?);
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn plain(text: &str) -> Option<Vec<char>> {
    if text.len() > LONGEST {
        return None;
    }
    let letters = text.chars().flat_map(char::to_lowercase);
    Some(letters.map(|c| if c == '_' { '-' } else { c }).collect())
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["title", "identifier", "operators", "on-unassign"];
        assert_eq!(nearest("operatros", known), Some("operators"));
        assert_eq!(nearest("On_Unasign", known), Some("on-unassign"));
        assert_eq!(nearest("tilte", known), Some("title"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn distance_counts_single_edits() {
        let count = |left: &str, right: &str| {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            distance(&letters(left), &letters(right))
        };
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("abc", "abc"), 0);
        assert_eq!(count("abc", "acb"), 1);
        assert_eq!(count("řeka", "reka"), 1);
    }
}
