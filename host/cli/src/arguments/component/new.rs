//! `provisor component new`

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use provisor::sandbox::World;
use provisor_kit::Language;

#[derive(Debug, Args)]
pub struct NewArguments {
    /// How the component calls itself: words of small letters and digits, joined by hyphens.
    pub name: String,
    /// What it does.
    #[arg(long, value_name = "WORLD", value_parser = worlds())]
    pub world: World,
    /// In which language it is written.
    #[arg(long, value_name = "LANGUAGE", value_parser = languages())]
    pub language: Language,
    /// The folder in which the project's folder is made.
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    pub parent: PathBuf,
}

fn worlds() -> impl TypedValueParser<Value = World> {
    PossibleValuesParser::new(World::ALL.map(World::as_str))
        .map(|text| one_of(World::ALL, World::as_str, &text))
}

fn languages() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::as_str))
        .map(|text| one_of(Language::ALL, Language::as_str, &text))
}

/// The thing with this name; the parser has let nothing else through.
fn one_of<T: Copy, const N: usize>(all: [T; N], name: fn(T) -> &'static str, text: &str) -> T {
    let found = all.into_iter().find(|it| name(*it) == text);
    found.unwrap_or(all[0])
}
