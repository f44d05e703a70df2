//! The quick way for the lines that nearly every export consists of: no quotes, and whole in the
//! piece at hand. All other lines go through `csv-core`; both ways yield the same.

/// So many bytes are looked at and copied at once.
const BLOCK: usize = 16;

/// A longer line takes the other way: its fields may be too long.
const LONGEST: usize = 4096;

/// What divides a line.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    /// Between two fields.
    pub delimiter: u8,
    /// Around a field; a line that holds one takes the other way.
    pub quote: Option<u8>,
}

/// Cuts the line at the beginning of `bytes`, in which a line feed must follow every carriage
/// return. The fields go to `text` one behind the other, and to `ends` where each ends.
///
/// Gives how many bytes the line takes with its line break, and how many fields there are.
/// `None` when it has to take the other way; what was written then means nothing.
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
pub fn cut(
    bytes: &[u8],
    marks: Marks,
    text: &mut [u8],
    ends: &mut [usize],
) -> Option<(usize, usize)> {
    let (mut begun, mut length, mut fields) = (0, 0, 0);
    let mut at = 0;
    while at < LONGEST {
        let block = bytes.get(at..)?.first_chunk()?;
        let mut found = places(block, marks);
        while found != 0 {
            let place = at + found.trailing_zeros() as usize;
            found &= found - 1;
            let mark = *bytes.get(place)?;
            if Some(mark) == marks.quote {
                return None;
            }
            copy(bytes, begun, place, text, length)?;
            length += place - begun;
            *ends.get_mut(fields)? = length;
            fields += 1;
            begun = place + 1;
            match mark {
                b'\n' => return Some((begun, fields)),
                b'\r' => return (bytes.get(begun) == Some(&b'\n')).then_some((begun + 1, fields)),
                _ => {}
            }
        }
        at += BLOCK;
    }
    None
}

/// Copies a field in whole blocks; what they hold beyond it is overwritten by the next field.
#[inline(always)]
fn copy(bytes: &[u8], from: usize, to: usize, text: &mut [u8], at: usize) -> Option<()> {
    let mut done = 0;
    while done < to - from {
        let block: &[u8; BLOCK] = bytes.get(from + done..)?.first_chunk()?;
        *text.get_mut(at + done..)?.first_chunk_mut()? = *block;
        done += BLOCK;
    }
    Some(())
}

/// A bit for each byte that is a mark or a line break.
#[cfg(target_family = "wasm")]
#[target_feature(enable = "simd128")]
fn places(block: &[u8; BLOCK], marks: Marks) -> u32 {
    use core::arch::wasm32::{i64x2, u8x16_bitmask, u8x16_eq, u8x16_splat, v128_or};

    let (low, high) = block.split_at(BLOCK / 2);
    let number = |half: &[u8]| half.try_into().map_or(0, i64::from_le_bytes);
    let block = i64x2(number(low), number(high));
    let is = |mark: u8| u8x16_eq(block, u8x16_splat(mark));
    let breaks = v128_or(is(b'\n'), is(b'\r'));
    let marks = v128_or(is(marks.delimiter), is(marks.quote.unwrap_or(b'\n')));
    u32::from(u8x16_bitmask(v128_or(breaks, marks)))
}

/// A bit for each byte that is a mark or a line break.
#[cfg(not(target_family = "wasm"))]
fn places(block: &[u8; BLOCK], marks: Marks) -> u32 {
    let is_mark = |byte: u8| {
        byte == marks.delimiter || byte == b'\n' || byte == b'\r' || Some(byte) == marks.quote
    };
    let bits = block.iter().enumerate();
    bits.fold(0, |found, (at, &byte)| {
        found | u32::from(is_mark(byte)) << at
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Option<(usize, Vec<String>)> {
        let marks = Marks {
            delimiter: b',',
            quote: Some(b'"'),
        };
        let bytes = format!("{line}{}", "?".repeat(2 * BLOCK));
        let (mut text, mut ends) = (vec![0; 256], vec![0; 8]);
        let (read, count) = cut(bytes.as_bytes(), marks, &mut text, &mut ends)?;
        let mut begun = 0;
        let fields = ends[..count].iter().map(|&end| {
            let field = String::from_utf8(text[begun..end].to_vec()).unwrap();
            begun = end;
            field
        });
        Some((read, fields.collect()))
    }

    #[test]
    fn a_plain_line_is_cut() {
        let long = "x".repeat(50);
        for line_break in ["\n", "\r\n"] {
            let line = format!("ann,,{long},é{line_break}");
            let (read, found) = fields(&line).unwrap();
            assert_eq!(read, line.len());
            assert_eq!(found, ["ann", "", &long, "é"]);
        }
    }

    #[test]
    fn other_lines_take_the_other_way() {
        let too_many = ",".repeat(8);
        let too_long = "x".repeat(LONGEST);
        for line in ["a,\"b\"\n", "a\rb\n", "no break", &too_many, &too_long] {
            assert_eq!(fields(line), None, "{line}");
        }
    }
}
