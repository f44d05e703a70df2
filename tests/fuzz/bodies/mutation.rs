//! Bytes like those that are known, a little wrong: always the same ones.

/// Numbers that look random and are the same on every machine (SplitMix64).
pub struct Numbers(u64);

impl Numbers {
    /// The next one below a limit.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % limit.max(1)
    }
}

/// Numbers at which programs err.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', b'{'];

/// Holds a promise against every seed of a folder, and against `number` mutations of them.
pub fn hold_all(seeds: &std::path::Path, number: usize, hold: fn(&[u8])) {
    let mut files: Vec<_> = std::fs::read_dir(seeds)
        .unwrap_or_else(|error| panic!("{}: {error}", seeds.display()))
        .map(|entry| entry.expect("a seed").path())
        .collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).expect("read"))
        .collect();
    assert!(!seeds.is_empty(), "there are no seeds");
    for seed in &seeds {
        hold(seed);
    }
    let mut numbers = Numbers(number as u64);
    for _ in 0..number {
        let mut bytes = seeds[numbers.below(seeds.len())].clone();
        for _ in 0..=numbers.below(4) {
            change(&mut bytes, &seeds, &mut numbers);
        }
        hold(&bytes);
    }
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    let length = numbers.below(9.min(bytes.len() - at + 1));
    match numbers.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
        1 if at < bytes.len() => bytes[at] = EDGES[numbers.below(EDGES.len())],
        2 => bytes.insert(at, EDGES[numbers.below(EDGES.len())]),
        3 => {
            bytes.drain(at..at + length);
        }
        4 => {
            let twice = bytes[at..at + length].to_vec();
            bytes.splice(at..at, twice);
        }
        5 => bytes.truncate(at),
        _ => {
            // The beginning of this one and the end of another one.
            let other = &seeds[numbers.below(seeds.len())];
            let from = numbers.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
    }
}
