//! The APIs that can be called: those that come with the program, and those that an operator has added.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ApiEntry, ApiError};

macro_rules! built_in {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../apis/", $file, ".toml")))),*]
    };
}

/// The APIs that come with the program, by file.
const BUILT_IN: &[(&str, &str)] = built_in![
    "alpha-vantage",
    "art-institute-chicago",
    "coingecko",
    "crossref",
    "datamuse",
    "frankfurter",
    "github",
    "hacker-news",
    "musicbrainz",
    "nasa",
    "nominatim",
    "open-library",
    "open-meteo",
    "openweathermap",
    "pokeapi",
    "pypi",
    "rest-countries",
    "stack-exchange",
    "usgs-earthquakes",
    "wikipedia",
    "world-bank",
];

/// Every API, by id.
#[derive(Clone, Debug, Default)]
pub struct Apis {
    apis: BTreeMap<String, ApiEntry>,
}

/// What is looked for among them.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// Words, all of which stand in the id, the name, the summary or the categories.
    pub words: &'a str,
    /// A category.
    pub category: Option<&'a str>,
    /// A kind of authentication.
    pub auth: Option<&'a str>,
    /// The id after which the page begins.
    pub after: Option<&'a str>,
}

impl Apis {
    /// The APIs that come with the program.
    pub fn built_in() -> Result<Self, ApiError> {
        let mut apis = Self::default();
        for (_, text) in BUILT_IN {
            apis.put(ApiEntry::parse(text, &[])?);
        }
        Ok(apis)
    }

    /// Adds an API, in the place of one with its id.
    pub fn put(&mut self, api: ApiEntry) {
        self.apis.insert(api.id.clone(), api);
    }

    /// The API of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&ApiEntry> {
        self.apis.get(id)
    }

    /// Every API, by id.
    pub fn iter(&self) -> impl Iterator<Item = &ApiEntry> {
        self.apis.values()
    }

    /// All categories that any API has.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<&str> {
        self.iter().flat_map(|api| &api.categories).map(String::as_str).collect()
    }

    /// What is found, by id.
    pub fn search<'a>(&'a self, search: &'a Search<'a>) -> impl Iterator<Item = &'a ApiEntry> {
        let words = search.words.to_lowercase();
        self.iter().filter(move |api| {
            let text = format!("{} {} {} {}", api.id, api.name, api.summary, api.categories.join(" ")).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
                && search.category.is_none_or(|category| api.categories.iter().any(|has| has == category))
                && search.auth.is_none_or(|kind| api.auth.kind() == kind)
                && search.after.is_none_or(|after| api.id.as_str() > after)
        })
    }
}

#[cfg(test)]
mod tests;
