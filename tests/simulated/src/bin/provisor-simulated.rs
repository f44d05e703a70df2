//! Serves a simulated ticket system on the loopback interface until it is stopped.
//!
//! `provisor-simulated jira-cloud --port 0 --user bot@example.com --password secret` prints the
//! address at which it answers as its first line. What else it serves there, so that a test in any
//! language can act as the people who work on tickets, stands in [`provisor_simulated::server`].
//!
//! A further product is one line of [`PRODUCTS`].

use std::io::{self, Write};

use provisor_simulated::jira::{Kind as JiraKind, Setup};
use provisor_simulated::remedy::Kind as RemedyKind;
use provisor_simulated::server::now;
use provisor_simulated::service_manager::Object;
use provisor_simulated::{
    JiraCloud, JiraDataCenter, Product, Remedy, RequestTracker, Server, ServiceManager, ServiceNow,
    Slips,
};

/// Makes a product to which this user has access with this password.
type Make = fn(&str, &str) -> Box<dyn Product>;

/// What can be served, by name, in the order of the names.
const PRODUCTS: &[(&str, Make)] = &[
    ("jira-cloud", |user, password| {
        Box::new(cloud(user, password))
    }),
    ("jira-data-center", |user, password| {
        Box::new(JiraDataCenter::new(user, password))
    }),
    ("remedy", |user, password| {
        Box::new(Remedy::new(RemedyKind::incident(), user, password))
    }),
    // It knows its clients by a token alone.
    ("request-tracker", |_, password| {
        Box::new(RequestTracker::new(password))
    }),
    ("service-manager", |user, password| {
        Box::new(ServiceManager::new(Object::incidents(), user, password))
    }),
    ("servicenow", |user, password| {
        Box::new(ServiceNow::new(user, password))
    }),
    // So does this one.
    ("slips", |_, password| Box::new(Slips::new(password))),
];

/// Nobody who talks to this from outside should have to wait until the search finds a ticket.
fn cloud(user: &str, password: &str) -> JiraCloud {
    let setup = Setup {
        search_lag: 0,
        ..Setup::of(JiraKind::Cloud)
    };
    JiraCloud::set_up(user, password, setup)
}

/// What the command line says.
struct Arguments {
    make: Make,
    port: u16,
    user: String,
    password: String,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let product = words.next().ok_or("name the product to serve")?;
        let known = PRODUCTS.iter().find(|(name, _)| *name == product);
        let (_, make) = known.ok_or_else(|| format!("there is no product `{product}`"))?;
        let mut arguments = Arguments {
            make: *make,
            port: 0,
            user: "bot@example.com".to_owned(),
            password: "secret".to_owned(),
        };
        while let Some(option) = words.next() {
            let value = words.next().ok_or(format!("`{option}` needs a value"))?;
            match option.as_str() {
                "--port" => {
                    arguments.port = value
                        .parse()
                        .map_err(|_| format!("`{value}` is no port: write 0 to 65535"))?;
                }
                "--user" => arguments.user = value,
                "--password" => arguments.password = value,
                _ => return Err(format!("there is no option `{option}`")),
            }
        }
        Ok(arguments)
    }
}

fn usage(problem: &str) -> String {
    let names: Vec<&str> = PRODUCTS.iter().map(|(name, _)| *name).collect();
    format!(
        "{problem}\n\nprovisor-simulated PRODUCT [--port 0] [--user bot@example.com] \
         [--password secret]\nproducts: {}",
        names.join(", ")
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::read(std::env::args().skip(1)).unwrap_or_else(|problem| {
        eprintln!("{}", usage(&problem));
        std::process::exit(2);
    });
    let product = (arguments.make)(&arguments.user, &arguments.password);
    let server = Server::start_at(product, arguments.port, std::sync::Arc::new(now)).await?;
    // Whoever started this waits for the line, so it must not stay in a buffer.
    let mut out = io::stdout();
    writeln!(out, "{}", server.url())?;
    out.flush()?;
    server.wait().await;
    Ok(())
}
