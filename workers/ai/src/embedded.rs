//! The models that this program brings along: nothing to configure, and honest about what they cannot do.

mod answers;
mod profiles;
mod writing;

use std::path::Path;
use std::sync::Arc;

use aipaygen_catalog::{Catalog, EMBEDDED, Method};
use aipaygen_embedded::{Generator, LoadError, Settings, Vectors as WordVectors};
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::answer::Generated;
use crate::engine::{Bits, Engine, Fault, Said, Vectors, Watch};
use crate::prompt::Prompt;
use profiles::Profiles;

/// The embedded models. Their files are looked for at the start and read when they are first needed.
pub(crate) struct Embedded {
    settings: Settings,
    profiles: Profiles,
    generator: Model<Generator>,
    vectors: Model<WordVectors>,
}

/// A model whose file is there or not, and that is read once.
struct Model<T> {
    is_there: bool,
    read: Arc<OnceCell<T>>,
}

impl Embedded {
    /// The models that these settings name, for the tools of a catalogue.
    pub(crate) fn new(settings: Settings, catalog: &Catalog) -> Self {
        let there = |files: &[&Path]| settings.enabled && files.iter().all(|file| file.is_file());
        let generator = Model::new(there(&[&settings.model]));
        let vectors = Model::new(there(&[&settings.vectors, &settings.vectors_tokenizer]));
        Self { profiles: Profiles::of(catalog), generator, vectors, settings }
    }

    /// Whether tools can be answered in this way.
    pub(crate) fn can(&self, method: Method) -> bool {
        match method {
            Method::Generate => self.generator.is_there,
            Method::Extractive | Method::Vectors => self.vectors.is_there,
            Method::Sentiment | Method::Keywords | Method::Language => self.settings.enabled,
            Method::None => false,
        }
    }

    /// The setting that would make it possible to answer in this way.
    pub(crate) fn needs(&self, method: Method) -> &'static str {
        match method {
            Method::None => "ai.providers: the key of a provider",
            _ if !self.settings.enabled => "ai.embedded.enabled",
            Method::Generate => "ai.embedded.model: its weights, which scripts/models.sh fetches",
            Method::Extractive | Method::Vectors | Method::Sentiment | Method::Keywords | Method::Language => {
                "ai.embedded.vectors: its weights, which scripts/models.sh fetches"
            }
        }
    }

    /// The members of a tool's answer, by any method but [`Method::Generate`].
    pub(crate) async fn answer(
        &self,
        method: Method,
        tool: &str,
        input: &Map<String, Value>,
        watch: &Watch,
    ) -> Result<(Map<String, Value>, Tokens), Fault> {
        if method == Method::Extractive && answers::is_to_be_written(input) {
            return self.write_summary(answers::text(input, "text"), watch).await;
        }
        let vectors = match method {
            Method::Extractive | Method::Vectors => Some(self.vectors().await?),
            Method::Keywords if self.vectors.is_there => Some(self.vectors().await?),
            Method::Generate | Method::Sentiment | Method::Keywords | Method::Language | Method::None => None,
        };
        let (tool, input) = (tool.to_owned(), input.clone());
        let work = async {
            let answered = spawn_blocking(move || answers::answer(method, &tool, &input, vectors.as_ref())).await;
            answered.map_err(|_| broken("its thread panicked"))?
        };
        watch.while_wanted(work).await
    }

    async fn write_summary(&self, text: &str, watch: &Watch) -> Result<(Map<String, Value>, Tokens), Fault> {
        if !self.generator.is_there {
            return Err(refused("an abstractive summary needs the weights of ai.embedded.model, or a provider"));
        }
        let generator = watch.while_wanted(self.generator()).await?;
        let written = writing::write(&generator, profiles::summary(text), watch, None).await?;
        let summary = written.text.trim().into();
        Ok((Map::from_iter([("summary".to_owned(), summary)]), written.tokens))
    }

    async fn generator(&self) -> Result<Generator, Fault> {
        self.generator.get(&self.settings, Generator::load).await
    }

    async fn vectors(&self) -> Result<WordVectors, Fault> {
        self.vectors.get(&self.settings, WordVectors::load).await
    }
}

impl<T: Clone + Send + Sync + 'static> Model<T> {
    fn new(is_there: bool) -> Self {
        Self { is_there, read: Arc::default() }
    }

    async fn get(&self, settings: &Settings, load: fn(&Settings) -> Result<T, LoadError>) -> Result<T, Fault> {
        if !self.is_there {
            return Err(broken("its weights are not there"));
        }
        let read = self.read.get_or_try_init(|| async {
            let settings = settings.clone();
            spawn_blocking(move || load(&settings))
                .await
                .map_err(|_| broken("reading its weights panicked"))?
                .map_err(|error| {
                    tracing::error!(%error, "an embedded model cannot be read");
                    broken("its weights cannot be read")
                })
        });
        read.await.cloned()
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn generate(
        &self,
        _: &str,
        prompt: &Prompt,
        watch: &Watch,
        bits: Option<&Bits>,
    ) -> Result<Generated, Fault> {
        let generation = self.profiles.generation(prompt)?;
        let generator = watch.while_wanted(self.generator()).await?;
        let tidy = self.profiles.tidy(prompt);
        writing::write(&generator, generation, watch, bits)
            .await
            .map(|answer| Generated { text: tidy(&answer.text), ..answer })
    }

    async fn embed(&self, _: &str, texts: &[String], watch: &Watch) -> Result<Vectors, Fault> {
        let (vectors, texts) = (watch.while_wanted(self.vectors()).await?, texts.to_vec());
        let work = spawn_blocking(move || {
            let input = texts.iter().map(|text| vectors.count(text)).sum();
            let tokens = Tokens { input: tokens(input), output: 0 };
            Vectors { vectors: texts.iter().map(|text| vectors.embed(text)).collect(), tokens }
        });
        watch.while_wanted(async { work.await.map_err(|_| broken("its thread panicked")) }).await
    }
}

fn broken(why: &str) -> Fault {
    Fault::Broken { said: said(why) }
}

fn refused(why: &str) -> Fault {
    Fault::Refused { said: said(why) }
}

fn said(text: &str) -> Said {
    Said { provider: EMBEDDED.to_owned(), text: text.to_owned(), ..Said::default() }
}

fn tokens(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
