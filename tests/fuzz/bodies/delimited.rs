//! The CSV reader gives the same rows whatever the chunks, and those of another parser of CSV.

use std::io::Read;
use std::sync::OnceLock;

use provisor::sandbox::{Call, CallError, Input, Reader, Sandbox, SandboxConfig};

/// Rows of two columns, and how many were rejected.
type Rows = (Vec<Vec<String>>, u64);

/// Panics where the promise does not hold. The first byte says which dialect, the second how large the
/// chunks are; the rest is the file.
pub fn hold(bytes: &[u8]) {
    let Some((head, file)) = bytes.split_at_checked(2) else {
        return;
    };
    let delimiter = [',', ';', '\t', '|'][usize::from(head[0] % 4)];
    let quote = ['"', '\''][usize::from(head[0] / 4 % 2)];
    let call = Call {
        settings: serde_json::json!({
            "identifier": "a",
            "header": false,
            "columns-in-file": ["a", "b"],
            "empty": "empty",
            "ragged": "refuse",
            "delimiter": delimiter.to_string(),
            "quote": quote.to_string(),
        })
        .to_string(),
        ..Call::default()
    };
    let whole = read(&call, file, file.len().max(1));
    let pieces = read(&call, file, usize::from(head[1]).max(1));
    let codes = |rows: &Result<Rows, CallError>| rows.as_ref().err().map(CallError::code);
    assert_eq!(codes(&whole), codes(&pieces));
    let (Ok((rows, rejected)), Ok(in_pieces)) = (whole, pieces) else {
        return;
    };
    assert_eq!((&rows, rejected), (&in_pieces.0, in_pieces.1));
    if rejected > 0 {
        return;
    }
    let parser = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter as u8)
        .quote(quote as u8)
        .from_reader(file);
    let expected: Vec<Vec<String>> = parser
        .into_records()
        .map(|record| {
            let record = record.expect("what has no rejected row is UTF-8");
            record.iter().map(str::to_owned).collect()
        })
        .collect();
    assert_eq!(rows, expected);
}

fn read(call: &Call, file: &[u8], chunk: usize) -> Result<Rows, CallError> {
    static READER: OnceLock<(tokio::runtime::Runtime, Reader)> = OnceLock::new();
    let (runtime, reader) = READER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let sandbox = Sandbox::new(SandboxConfig::default()).expect("a sandbox");
        let component = runtime.block_on(sandbox.load(provisor_builtin::CSV));
        let reader = component.expect("the CSV reader").reader();
        (runtime, reader.expect("a reader"))
    });
    let input = Input {
        name: "export.csv".to_owned(),
        size: file.len() as u64,
        content: Box::new(Chunks {
            rest: file.to_vec(),
            chunk,
        }),
    };
    runtime.block_on(async {
        let mut reading = reader.open(call, input).await?;
        let mut rows = Vec::new();
        while let Some(batch) = reading.next(100).await? {
            for row in batch.rows.rows(2) {
                let cells = row.cells().map(|cell| cell.values().collect::<String>());
                rows.push(cells.collect());
            }
        }
        let summary = reading.finish().await?;
        Ok((rows, summary.rejected))
    })
}

/// A file that comes in chunks.
struct Chunks {
    rest: Vec<u8>,
    chunk: usize,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let number = self.chunk.min(into.len()).min(self.rest.len());
        into[..number].copy_from_slice(&self.rest[..number]);
        self.rest.drain(..number);
        Ok(number)
    }
}
