//! What `wit-bindgen` makes of the contract. Component authors never come here.
//!
//! Each world of the contract is put together from two of these parts: `description`, which all
//! of them have, and the interface that is its own. The tool chain joins the parts again when it
//! makes the component. (A module for each whole world would define the macros that export
//! `about` three times.)

pub mod description {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package provisor:sdk-description;
            world description {
                import provisor:connector/types@0.1.0;
                import provisor:connector/settings@0.1.0;
                import provisor:connector/log@0.1.0;
                export provisor:connector/about@0.1.0;
            }
        ",
        pub_export_macro: true,
        export_macro_name: "export_description",
        default_bindings_module: "provisor_sdk::bindings::description",
        additional_derives: [PartialEq],
        generate_all,
        generate_unused_types: true,
    });
}

pub mod reading {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package provisor:sdk-reading;
            world reading {
                import provisor:connector/input@0.1.0;
                export provisor:connector/reading@0.1.0;
            }
        ",
        pub_export_macro: true,
        export_macro_name: "export_reading",
        default_bindings_module: "provisor_sdk::bindings::reading",
        additional_derives: [PartialEq],
        generate_all,
        with: {
            "provisor:connector/types@0.1.0": crate::bindings::description::provisor::connector::types,
        },
    });
}

pub mod evaluation {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package provisor:sdk-evaluation;
            world evaluation { export provisor:connector/evaluation@0.1.0; }
        ",
        pub_export_macro: true,
        export_macro_name: "export_evaluation",
        default_bindings_module: "provisor_sdk::bindings::evaluation",
        additional_derives: [PartialEq],
        generate_all,
        with: {
            "provisor:connector/types@0.1.0": crate::bindings::description::provisor::connector::types,
        },
    });
}

pub mod decisions {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package provisor:sdk-decisions;
            world decisions { export provisor:connector/decisions@0.1.0; }
        ",
        pub_export_macro: true,
        export_macro_name: "export_decisions",
        default_bindings_module: "provisor_sdk::bindings::decisions",
        additional_derives: [PartialEq],
        generate_all,
        with: {
            "provisor:connector/types@0.1.0": crate::bindings::description::provisor::connector::types,
        },
    });
}

pub mod tickets {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package provisor:sdk-ticketing;
            world tickets {
                import provisor:connector/http@0.1.0;
                export provisor:connector/tickets@0.1.0;
            }
        ",
        pub_export_macro: true,
        export_macro_name: "export_tickets",
        default_bindings_module: "provisor_sdk::bindings::tickets",
        additional_derives: [PartialEq],
        generate_all,
        with: {
            "provisor:connector/types@0.1.0": crate::bindings::description::provisor::connector::types,
        },
    });
}
