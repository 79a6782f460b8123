//! What is said of weights that are not there, or are something else.

use aipaygen_embedded::{Generator, LoadError, Vectors};

use crate::support::settings;

#[test]
fn weights_that_are_not_there_are_named() {
    let mut settings = settings();
    settings.model = "/nonexistent/model.gguf".into();
    settings.vectors = "/nonexistent/vectors.safetensors".into();
    let model = Generator::load(&settings).err().unwrap();
    assert!(matches!(&model, LoadError::File { path, .. } if *path == settings.model), "{model}");
    let vectors = Vectors::load(&settings).err().unwrap();
    assert!(matches!(&vectors, LoadError::File { path, .. } if *path == settings.vectors), "{vectors}");
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let mut swapped = settings();
    std::mem::swap(&mut swapped.model, &mut swapped.vectors);
    assert!(matches!(Generator::load(&swapped), Err(LoadError::Malformed { .. })));
    assert!(matches!(Vectors::load(&swapped), Err(LoadError::Malformed { .. })));
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let whole = std::fs::read(settings().model).unwrap();
    let cut = std::env::temp_dir().join(format!("aipaygen-cut-{}.gguf", std::process::id()));
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let refused = Generator::load(&aipaygen_embedded::Settings { model: cut.clone(), ..settings() }).err().unwrap();
    std::fs::remove_file(&cut).unwrap();
    assert!(matches!(&refused, LoadError::Malformed { path, .. } if *path == cut), "{refused}");
    assert_eq!(refused.to_string().lines().count(), 1, "{refused}");
}
