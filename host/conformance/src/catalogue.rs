//! Every property of the suite, in one list.

mod general;
mod mapping;
mod policy;
mod reader;
mod ticketing;

use provisor_sandbox::World;

use crate::property::Property;

/// All worlds.
pub(crate) const ALL: &[World] = &[
    World::Reader,
    World::Mapping,
    World::Policy,
    World::Ticketing,
];

/// All properties, by letter and number.
pub fn all() -> impl Iterator<Item = &'static Property> {
    let properties = [
        general::PROPERTIES,
        reader::PROPERTIES,
        ticketing::PROPERTIES,
        mapping::PROPERTIES,
        policy::PROPERTIES,
    ];
    properties.into_iter().flatten()
}

/// The property with this id, in whatever case.
pub fn by_id(id: &str) -> Option<&'static Property> {
    all().find(|property| property.id.eq_ignore_ascii_case(id))
}
