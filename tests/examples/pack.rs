//! Packs a component as what it has that a golden one has not, for `beside` in `components.toml`:
//!
//!     cargo run -p provisor-tests --example pack -- python-mapping made.wasm > python-policy.wasm.lzma2

use std::io::Write;

use anyhow::Context;
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use provisor_tests::golden::Golden;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().context("name a golden component")?;
    let file = arguments.next().context("name a file")?;
    let mut options = Lzma2Options::with_preset(9);
    options.lzma_options.dict_size = Golden::DICTIONARY;
    options.lzma_options.preset_dict = Some(Golden::named(&base).bytes("0.1"));
    let mut writer = Lzma2Writer::new(std::io::stdout().lock(), options);
    writer.write_all(&std::fs::read(&file).with_context(|| file.clone())?)?;
    writer.finish()?.flush()?;
    Ok(())
}
