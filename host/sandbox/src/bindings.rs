//! What wasmtime makes of the contract, one module for each world. Everybody else uses the types
//! of this crate instead.

pub mod mapping {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "mapping",
        imports: { default: trappable },
        exports: { default: async },
    });
}

pub mod policy {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "policy",
        imports: { default: trappable },
        exports: { default: async },
        with: {
            "provisor:connector/types": super::mapping::provisor::connector::types,
            "provisor:connector/settings": super::mapping::provisor::connector::settings,
            "provisor:connector/log": super::mapping::provisor::connector::log,
        },
    });
}

pub mod ticketing {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "ticketing",
        imports: {
            "provisor:connector/http.send": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "provisor:connector/types": super::mapping::provisor::connector::types,
            "provisor:connector/settings": super::mapping::provisor::connector::settings,
            "provisor:connector/log": super::mapping::provisor::connector::log,
        },
    });
}

pub mod reader {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "reader",
        imports: { default: trappable },
        exports: { default: async },
        with: {
            "provisor:connector/types": super::mapping::provisor::connector::types,
            "provisor:connector/settings": super::mapping::provisor::connector::settings,
            "provisor:connector/log": super::mapping::provisor::connector::log,
        },
    });
}
