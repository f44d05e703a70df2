//! Products that the program plays itself.

use provisor_sandbox::egress::{Credential, Origin, Secret};
use provisor_simulated::jira::{Kind as JiraKind, Setup};
use provisor_simulated::remedy::Kind as RemedyKind;
use provisor_simulated::service_manager::Object;
use provisor_simulated::{
    JiraCloud, JiraDataCenter, Product, Remedy, RequestTracker, ServiceManager, ServiceNow, Slips,
};

/// The user and the password by which every simulated product is entered.
const USER: &str = "bot@example.com";
const PASSWORD: &str = "a-password-of-the-simulated-product";

/// One of the simulated products.
#[derive(Debug)]
pub struct Simulated {
    /// Its name, such as `slips`.
    pub name: &'static str,
    make: fn() -> Box<dyn Product>,
    credential: fn(&Origin) -> Credential,
}

/// All simulated products, in the order of their names.
pub static PRODUCTS: &[Simulated] = &[
    Simulated {
        name: "jira-cloud",
        make: || {
            // That a search lags is the host's business, which waits for so long.
            let setup = Setup {
                search_lag: 0,
                ..Setup::of(JiraKind::Cloud)
            };
            Box::new(JiraCloud::set_up(USER, PASSWORD, setup))
        },
        credential: basic,
    },
    Simulated {
        name: "jira-data-center",
        make: || Box::new(JiraDataCenter::new(USER, PASSWORD)),
        credential: bearer,
    },
    Simulated {
        name: "remedy",
        make: || Box::new(Remedy::new(RemedyKind::incident(), USER, PASSWORD)),
        credential: |origin| Credential::Login {
            url: format!("{origin}/api/jwt/login"),
            username: USER.to_owned(),
            password: Secret::new(PASSWORD),
            header: "authorization".to_owned(),
            prefix: "AR-JWT ".to_owned(),
            lifetime: None,
        },
    },
    Simulated {
        name: "request-tracker",
        make: || Box::new(RequestTracker::new(PASSWORD)),
        credential: |_| Credential::Header {
            name: "authorization".to_owned(),
            value: Secret::new(format!("token {PASSWORD}")),
        },
    },
    Simulated {
        name: "service-manager",
        make: || Box::new(ServiceManager::new(Object::incidents(), USER, PASSWORD)),
        credential: basic,
    },
    Simulated {
        name: "servicenow",
        make: || Box::new(ServiceNow::new(USER, PASSWORD)),
        credential: basic,
    },
    Simulated {
        name: "slips",
        make: || Box::new(Slips::new(PASSWORD)),
        credential: bearer,
    },
];

fn basic(_: &Origin) -> Credential {
    Credential::Basic {
        username: USER.to_owned(),
        password: Secret::new(PASSWORD),
    }
}

fn bearer(_: &Origin) -> Credential {
    Credential::Bearer {
        token: Secret::new(PASSWORD),
    }
}

impl Simulated {
    /// The product with this name.
    pub fn by_name(name: &str) -> Option<&'static Simulated> {
        PRODUCTS.iter().find(|product| product.name == name)
    }

    /// A fresh one, without tickets.
    pub fn product(&self) -> Box<dyn Product> {
        (self.make)()
    }

    /// What it is entered by, at this origin.
    pub fn credential(&self, origin: &Origin) -> Credential {
        (self.credential)(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_in_the_order_of_their_names_and_called_as_they_call_themselves() {
        assert!(PRODUCTS.is_sorted_by_key(|product| product.name));
        for product in PRODUCTS {
            assert_eq!(product.product().name(), product.name);
        }
    }
}
