//! To whom a ticketing component speaks when it is run.

use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use provisor::model::Timestamp;
use provisor::sandbox::egress::{
    Answered, Credential, Grant, Origin, Outcome, Secret, Sent, Transport,
};
use provisor::sandbox::{Component, Egress, EgressConfig, Origins, World};
use provisor::{Clock, SystemClock};
use provisor_kit::Conformance;
use provisor_simulated::{Reply, Request, Simulator, Slips};

use crate::arguments::RunArguments;

/// The token that opens a simulated system.
const TOKEN: &str = "provisor";

/// To whom a component speaks.
pub enum Way {
    /// To nobody.
    Nobody,
    /// To systems that are there.
    Real(Vec<Grant>),
    /// To a simulated system at this origin, a new one each time, whose clock stands still here, in
    /// seconds since 1970.
    Simulated(Origin, i64),
}

impl Way {
    /// As the command line says, or else the project.
    pub fn of(
        arguments: &RunArguments,
        examples: &Conformance,
        component: &Component,
        settings: &str,
        now: Option<Timestamp>,
    ) -> anyhow::Result<Self> {
        let world = component.world();
        if world != World::Ticketing {
            match arguments.reach.is_empty() && arguments.product.is_none() {
                true => return Ok(Way::Nobody),
                false => bail!(
                    "--reach and --product are for components that keep tickets; this is a {world}"
                ),
            }
        }
        let token = match &arguments.bearer {
            None => None,
            Some(variable) => Some(
                std::env::var(variable)
                    .with_context(|| format!("{variable} in the environment"))?,
            ),
        };
        if !arguments.reach.is_empty() {
            let grant = |origin: &Origin| Grant {
                allow_private: arguments.allow_private.clone(),
                credential: token.as_ref().map(|token| Credential::Bearer {
                    token: Secret::new(token.clone()),
                }),
                ..Grant::new(origin.clone())
            };
            return Ok(Way::Real(arguments.reach.iter().map(grant).collect()));
        }
        let Some(product) = arguments.product.as_ref().or(examples.product.as_ref()) else {
            return Ok(Way::Nobody);
        };
        if product != "slips" {
            bail!("there is no simulated system {product}; there is slips");
        }
        let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
        let url = settings["url"].as_str().ok_or_else(|| {
            anyhow!("a simulated system is where the setting `url` says; the settings have none")
        })?;
        let origin = Origin::parse(url).with_context(|| format!("the setting url, {url}"))?;
        let now = now.unwrap_or_else(|| SystemClock.now());
        Ok(Way::Simulated(origin, now.millis() / 1000))
    }

    /// What the component may reach; a simulated system is a new one.
    pub fn egress(&self) -> anyhow::Result<Option<Egress>> {
        let (reach, transport) = match self {
            Way::Nobody => return Ok(None),
            Way::Real(grants) => (grants.clone(), None),
            Way::Simulated(origin, now) => {
                let grant = Grant {
                    credential: Some(Credential::Bearer {
                        token: Secret::new(TOKEN),
                    }),
                    ..Grant::new(origin.clone())
                };
                let slips = Simulator::new(Box::new(Slips::new(TOKEN)));
                let played = Played {
                    system: Mutex::new(slips),
                    now: *now,
                };
                (vec![grant], Some(played))
            }
        };
        let config = EgressConfig {
            reach,
            ..EgressConfig::default()
        };
        let origins = Origins::new()?;
        Ok(Some(match transport {
            None => Egress::new(config, &origins)?,
            Some(played) => Egress::over(config, &origins, Arc::new(played))?,
        }))
    }

    /// Whether the same can be done once more without anybody noticing.
    pub fn can_be_repeated(&self) -> bool {
        !matches!(self, Way::Real(_))
    }
}

/// A simulated system as one that requests reach.
struct Played {
    system: Mutex<Simulator<Slips>>,
    now: i64,
}

impl Transport for Played {
    fn exchange(&self, sent: &Sent) -> Outcome {
        let request = Request::new(
            &sent.method,
            sent.target(),
            sent.headers.clone(),
            sent.body.to_vec(),
            self.now,
        );
        let Ok(mut simulator) = self.system.lock() else {
            return Outcome::Lost;
        };
        match simulator.serve(&request) {
            Reply::Answer(answer) => Outcome::Answer(Answered {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }),
            // Nothing goes wrong here, for nobody has planned a fault.
            _ => Outcome::Lost,
        }
    }
}
