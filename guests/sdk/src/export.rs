//! The macros that turn an implementation into a component.

/// Exports a [`Mapping`](crate::Mapping) as a component of world `mapping`.
///
/// `settings_schema` is a JSON Schema as text, usually `include_str!("../settings.schema.json")`.
/// `capabilities` and `origins` may be left out; the version, behind the name, is that of the crate
/// if it is. An example
/// stands on the [front page](crate).
#[macro_export]
macro_rules! export_mapping {
    ($type:ty, { $($about:tt)* } $(,)?) => {
        const _: () = {
            ::std::thread_local! {
                static BUILT: ::std::cell::OnceCell<::std::result::Result<$type, $crate::Failure>> =
                    const { ::std::cell::OnceCell::new() };
            }
            impl $crate::glue::ExportMapping for $type {
                const ABOUT: $crate::About = $crate::__about!("mapping", $($about)*);
                fn built() -> &'static $crate::glue::Built<Self> {
                    &BUILT
                }
            }
            $crate::__section!(<$type as $crate::glue::ExportMapping>::ABOUT);
            #[cfg(target_family = "wasm")]
            const _: () = {
                type Component = $crate::glue::MappingComponent<$type>;
                $crate::bindings::description::export_description!(
                    Component with_types_in $crate::bindings::description
                );
                $crate::bindings::evaluation::export_evaluation!(
                    Component with_types_in $crate::bindings::evaluation
                );
            };
        };
    };
}

/// Exports a [`Policy`](crate::Policy) as a component of world `policy`. Its arguments are those
/// of [`export_mapping!`](crate::export_mapping).
#[macro_export]
macro_rules! export_policy {
    ($type:ty, { $($about:tt)* } $(,)?) => {
        const _: () = {
            ::std::thread_local! {
                static BUILT: ::std::cell::OnceCell<::std::result::Result<$type, $crate::Failure>> =
                    const { ::std::cell::OnceCell::new() };
            }
            impl $crate::glue::ExportPolicy for $type {
                const ABOUT: $crate::About = $crate::__about!("policy", $($about)*);
                fn built() -> &'static $crate::glue::Built<Self> {
                    &BUILT
                }
            }
            $crate::__section!(<$type as $crate::glue::ExportPolicy>::ABOUT);
            #[cfg(target_family = "wasm")]
            const _: () = {
                type Component = $crate::glue::PolicyComponent<$type>;
                $crate::bindings::description::export_description!(
                    Component with_types_in $crate::bindings::description
                );
                $crate::bindings::decisions::export_decisions!(
                    Component with_types_in $crate::bindings::decisions
                );
            };
        };
    };
}

/// Exports a [`Reader`](crate::Reader) as a component of world `reader`. Its arguments are those
/// of [`export_mapping!`](crate::export_mapping).
#[macro_export]
macro_rules! export_reader {
    ($type:ty, { $($about:tt)* } $(,)?) => {
        const _: () = {
            impl $crate::glue::ExportReader for $type {
                const ABOUT: $crate::About = $crate::__about!("reader", $($about)*);
            }
            $crate::__section!(<$type as $crate::glue::ExportReader>::ABOUT);
            #[cfg(target_family = "wasm")]
            const _: () = {
                type Component = $crate::glue::ReaderComponent<$type>;
                $crate::bindings::description::export_description!(
                    Component with_types_in $crate::bindings::description
                );
                $crate::bindings::reading::export_reading!(
                    Component with_types_in $crate::bindings::reading
                );
            };
        };
    };
}

/// Exports a [`Ticketing`](crate::Ticketing) as a component of world `ticketing`. Its arguments
/// are those of [`export_mapping!`](crate::export_mapping).
#[macro_export]
macro_rules! export_ticketing {
    ($type:ty, { $($about:tt)* } $(,)?) => {
        const _: () = {
            ::std::thread_local! {
                static BUILT: ::std::cell::OnceCell<::std::result::Result<$type, $crate::Failure>> =
                    const { ::std::cell::OnceCell::new() };
            }
            impl $crate::glue::ExportTicketing for $type {
                const ABOUT: $crate::About = $crate::__about!("ticketing", $($about)*);
                fn built() -> &'static $crate::glue::Built<Self> {
                    &BUILT
                }
            }
            $crate::__section!(<$type as $crate::glue::ExportTicketing>::ABOUT);
            #[cfg(target_family = "wasm")]
            const _: () = {
                type Component = $crate::glue::TicketingComponent<$type>;
                $crate::bindings::description::export_description!(
                    Component with_types_in $crate::bindings::description
                );
                $crate::bindings::tickets::export_tickets!(
                    Component with_types_in $crate::bindings::tickets
                );
            };
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __about {
    (
        $world:literal,
        name: $name:expr,
        $(version: $version:expr,)?
        summary: $summary:expr,
        settings_schema: $schema:expr
        $(, capabilities: [$($capability:expr),* $(,)?])?
        $(, origins: [$($origin:expr),* $(,)?])?
        $(,)?
    ) => {
        $crate::About {
            world: $world,
            name: $name,
            version: $crate::__version!($($version)?),
            summary: $summary,
            capabilities: &[$($($capability),*)?],
            settings_schema: $schema,
            origins: &[$($($origin),*)?],
        }
    };
}

/// The version that is given, or else that of the package.
#[doc(hidden)]
#[macro_export]
macro_rules! __version {
    () => {
        ::std::env!("CARGO_PKG_VERSION")
    };
    ($version:expr) => {
        $version
    };
}

/// Puts the description into the file, where it can be read without running anything.
#[doc(hidden)]
#[macro_export]
macro_rules! __section {
    ($about:expr) => {
        const JSON: [u8; $crate::glue::json_len(&$about)] = $crate::glue::json(&$about);
        #[cfg(target_family = "wasm")]
        #[used]
        #[unsafe(link_section = "provisor:about")]
        static SECTION: [u8; JSON.len()] = JSON;
        #[cfg(not(target_family = "wasm"))]
        const _: usize = JSON.len();
    };
}
