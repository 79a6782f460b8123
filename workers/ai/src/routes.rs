//! Who answers: the model that a call names, or the first of the usual ones, and who stands in for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aipaygen_catalog::{Catalog, EMBEDDED, Method, Model, Models};
use tokio::time::sleep;

use crate::answer::Generated;
use crate::embedded::Embedded;
use crate::engine::{Bits, Engine, Fault, Vectors, Watch};
use crate::prompt::Prompt;
use crate::provider::Provider;
use crate::settings::{Settings, SettingsError};

/// Every model that can be reached.
pub(crate) struct Routes {
    by_alias: BTreeMap<String, Route>,
    usual: Vec<String>,
    fallbacks: BTreeMap<String, Vec<String>>,
    pub(crate) embedded: Arc<Embedded>,
    attempts_max: u32,
    pause: Duration,
    pause_max: Duration,
}

/// A model, and where it runs.
pub(crate) struct Route {
    pub(crate) model: Model,
    /// Its name there.
    id: String,
    engine: Arc<dyn Engine>,
}

/// Why no model can be asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// There is no such model, or it cannot do this.
    Unknown,
    /// It would need this setting.
    NeedsSetting(String),
}

/// An answer, and who gave it.
pub(crate) struct Answered<'a, T> {
    pub(crate) route: &'a Route,
    pub(crate) answer: T,
}

impl Routes {
    /// Connects the models of the catalogue to the providers of the settings.
    pub(crate) fn try_new(catalog: &Catalog, settings: &Settings) -> Result<Self, SettingsError> {
        let embedded = Arc::new(Embedded::new(settings.embedded.clone(), catalog));
        let mut by_alias = BTreeMap::new();
        for model in catalog.models().iter().filter(|model| model.is_embedded()) {
            let (id, engine) = (model.id.clone(), embedded.clone() as Arc<dyn Engine>);
            by_alias.insert(model.alias.clone(), Route { model: model.clone(), id, engine });
        }
        for (name, provider) in &settings.providers {
            if let Some(reached) = Provider::try_new(name, provider, settings)? {
                let engine: Arc<dyn Engine> = Arc::new(reached);
                add(&mut by_alias, catalog.models(), name, &provider.models, &engine)?;
            }
        }
        Ok(Self {
            by_alias,
            usual: settings.default_models.clone(),
            fallbacks: settings.fallbacks.clone(),
            embedded,
            attempts_max: settings.attempts_max,
            pause: Duration::from_millis(settings.retry_pause_ms),
            pause_max: Duration::from_millis(settings.retry_pause_ms_max),
        })
    }

    /// The aliases that can answer now, the usual ones first.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let there = |route: &&Route| !route.model.is_embedded() || self.embedded.can(Method::Generate);
        let usual = self.usual.iter().filter_map(|alias| self.by_alias.get(alias));
        let others = self.by_alias.values().filter(|route| !self.usual.contains(&route.model.alias));
        usual.chain(others).filter(there).map(|route| route.model.alias.clone()).collect()
    }

    /// Who is asked, one after the other: what is named, or else the first of the usual ones, among these aliases,
    /// and what stands in for it. A tool says how it is answered where no provider is.
    pub(crate) fn chain(
        &self,
        named: Option<&str>,
        allowed: &[String],
        method: Method,
    ) -> Result<Vec<&Route>, Unreachable> {
        let usable = |alias: &str| {
            let route = self.by_alias.get(alias)?;
            let can = !route.model.is_embedded() || self.embedded.can(method);
            (can && allowed.iter().any(|other| other == alias)).then_some(route)
        };
        let first = match named {
            Some(alias) => usable(alias).ok_or_else(|| self.lacking(alias, allowed, method))?,
            None => self
                .usual
                .iter()
                .chain(allowed)
                .find_map(|alias| usable(alias))
                .ok_or_else(|| self.lacking(first_choice(allowed, method), allowed, method))?,
        };
        let others = self.fallbacks.get(&first.model.alias).into_iter().flatten();
        let others = others.filter(|alias| **alias != first.model.alias).filter_map(|alias| usable(alias));
        Ok(std::iter::once(first).chain(others).collect())
    }

    /// What the operator could do about a model that cannot be asked.
    fn lacking(&self, alias: &str, allowed: &[String], method: Method) -> Unreachable {
        match unreachable(alias, allowed) {
            Unreachable::NeedsSetting(_) if alias == EMBEDDED => {
                Unreachable::NeedsSetting(self.embedded.needs(method).to_owned())
            }
            lacking @ (Unreachable::NeedsSetting(_) | Unreachable::Unknown) => lacking,
        }
    }

    /// Has the first of these answer that can.
    pub(crate) async fn generate<'a>(
        &self,
        chain: &[&'a Route],
        prompt: &Prompt,
        watch: &Watch,
        bits: impl Fn(&Route) -> Option<Bits>,
    ) -> Result<Answered<'a, Generated>, Fault> {
        let mut last = Fault::Late;
        for route in chain {
            let bits = bits(route);
            let began = || bits.as_ref().is_some_and(Bits::began);
            let attempt = || route.engine.generate(&route.id, prompt, watch, bits.as_ref());
            match self.patiently(watch, attempt, began).await {
                Ok(answer) => return Ok(Answered { route, answer }),
                // What the caller has seen of one model cannot be gone on with by another.
                Err(fault) if began() || !fault.is_of_provider() => return Err(fault),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    /// Has the first of these make vectors that can.
    pub(crate) async fn embed<'a>(
        &self,
        chain: &[&'a Route],
        texts: &[String],
        watch: &Watch,
    ) -> Result<Answered<'a, Vectors>, Fault> {
        let mut last = Fault::Late;
        for route in chain {
            let attempt = || route.engine.embed(&route.id, texts, watch);
            match self.patiently(watch, attempt, || false).await {
                Ok(answer) => return Ok(Answered { route, answer }),
                Err(fault) if !fault.is_of_provider() => return Err(fault),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    /// Asks again after a pause, as long as that can help and the deadline is not reached meanwhile.
    async fn patiently<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        watch: &Watch,
        attempt: impl Fn() -> F,
        began: impl Fn() -> bool,
    ) -> Result<T, Fault> {
        let mut pause = self.pause;
        let mut attempts = 1;
        loop {
            let fault = match watch.while_wanted(attempt()).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let asked_for = if let Fault::Busy { retry_after, .. } = &fault { *retry_after } else { None };
            let wait = asked_for.unwrap_or(pause).max(pause);
            if began()
                || attempts >= self.attempts_max
                || !fault.is_passing()
                || wait > self.pause_max
                || wait >= watch.left()
            {
                return Err(fault);
            }
            watch
                .while_wanted(async {
                    sleep(wait).await;
                    Ok(())
                })
                .await?;
            (attempts, pause) = (attempts + 1, self.pause_max.min(pause * 2));
        }
    }
}

fn add(
    by_alias: &mut BTreeMap<String, Route>,
    models: &Models,
    provider: &str,
    own: &BTreeMap<String, String>,
    engine: &Arc<dyn Engine>,
) -> Result<(), SettingsError> {
    let of_catalog = models.iter().filter(|model| model.provider == provider);
    for model in of_catalog {
        let route = Route { model: model.clone(), id: model.id.clone(), engine: engine.clone() };
        by_alias.entry(model.alias.clone()).or_insert(route);
    }
    for (alias, id) in own {
        let model = models.get(alias).filter(|model| !model.is_embedded()).ok_or_else(|| SettingsError::Field {
            field: format!("providers.{provider}.models.{alias}"),
            reason: "no model of the catalogue, so it has no price".to_owned(),
        })?;
        // Whoever names a model of its own stands before the provider of the catalogue.
        let model = Model { provider: provider.to_owned(), ..model.clone() };
        by_alias.insert(alias.clone(), Route { model, id: id.clone(), engine: engine.clone() });
    }
    Ok(())
}

/// Whose lack is told where nobody was named: what answers without a key, where there is such a way.
fn first_choice(allowed: &[String], method: Method) -> &str {
    let embedded = allowed.iter().find(|alias| method != Method::None && *alias == EMBEDDED);
    embedded.or(allowed.first()).map_or("", String::as_str)
}

/// What the operator could do about a model of a provider.
fn unreachable(alias: &str, allowed: &[String]) -> Unreachable {
    if !allowed.iter().any(|other| other == alias) {
        return Unreachable::Unknown;
    }
    Unreachable::NeedsSetting(format!("a provider in ai.providers that runs {alias}"))
}
