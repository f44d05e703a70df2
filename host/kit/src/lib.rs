//! For those who write components: from nothing to a project that builds and conforms.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Language`] | [`language`] | in which components are written, and which tools that takes |
//! | [`Name`] | [`name`] | how a component calls itself, and with it its project |
//! | [`Template`] | [`template`] | the files of a new project, and the glue that every project has; they are inside the program, with the contract and the SDK |
//! | [`Project`] | [`project`] | an author's folder, as its `component.toml` describes it |
//! | [`Product`] | [`product`] | the file that a project makes, judged and stamped |
//! | [`Check`] | [`mod@check`] | what a host would refuse, found out without running anything |
//! | [`Attempt`] | [`mod@attempt`] | one piece of work that a component does at its author's desk |
//! | [`KitError`] | [`error`] | why something cannot be done, and what to do about it |
//!
//! # The life of a project
//!
//! [`Template::write`] makes the folder, and the [`Template::glue`] of a newer program takes the place of
//! that of an older one. [`Project::open`] reads its `component.toml`,
//! [`Project::make`] looks for the tools and runs the project's own build command, and
//! [`Product::of`] has the sandbox judge what came out. A component that does not say what it is in
//! its custom section, because its tool chain cannot write one, is asked and gets the section.
//! [`check()`] and [`attempt()`] show the author what a host would say, and what the component answers.
//!
//! ```
//! use provisor_kit::{Language, Name, Project, Template};
//! use provisor_sandbox::World;
//!
//! let folder = tempfile::tempdir()?;
//! let name: Name = "helpdesk".parse()?;
//! let written = Template::find(Language::Rust, World::Mapping)?.write(&name, folder.path())?;
//! let project = Project::open(&written)?;
//! assert_eq!(project.name.as_str(), "helpdesk");
//! assert!(project.folder.join("wit/evaluation.wit").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * Nothing outside the project's folder is written.
//! * A stamp depends on the answer of `describe` only: where the tools of a language make the same bytes
//!   of the same sources, the kit does too.
//! * Nothing is fetched; what a build fetches is what the project's own tools ask for.

pub mod attempt;
pub mod check;
pub mod draft;
pub mod error;
pub mod language;
pub mod name;
pub mod product;
pub mod project;
pub mod rows;
pub mod template;

pub use attempt::{Answer, Attempt, Export, ProblemsError, Task, attempt, problems};
pub use check::{Check, Finding, check};
pub use draft::draft;
pub use error::KitError;
pub use language::Language;
pub use name::Name;
pub use product::{Product, stamp};
pub use project::{Bypass, Conformance, Level, Project};
pub use rows::{RowsError, table};
pub use template::Template;
