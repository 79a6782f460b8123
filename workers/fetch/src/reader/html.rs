//! The readable part of a page, and what else is asked of it.

use std::collections::HashSet;

use dom_smoothie::{Article, Config, Readability, TextMode};
use htmd::HtmlToMarkdown;
use url::Url;

use super::page::{Link, Metadata, Page};
use super::{Unreadable, charset, language};
use crate::document::{Document, Format};

/// Browsers draw a line as well.
const DEPTH_MAX: usize = 512;
const ELEMENTS_MAX: usize = 200_000;
const LINK_TEXT_CHARS_MAX: usize = 200;
const METADATA_CHARS_MAX: usize = 1_000;
/// What is no text, whatever it says.
const NO_TEXT: &str = "script, style, noscript, template, iframe, object, embed, svg, canvas";

pub(super) fn read(document: &Document, links_max: usize) -> Result<Page, Unreadable> {
    let html = charset::decode(document.content_type.as_deref(), &document.body);
    let mut readability = open(&html, &document.url)?;
    let links = links(&readability, &document.url, links_max);
    let declared = readability.doc.select("html").attr("lang").map(|lang| lang.to_string());
    let (page, text) = match readability.parse() {
        Ok(article) => (of_article(&article), text(&article, document.format, &links)?),
        // Nothing stands out: the page as it is.
        Err(_) => (Page::default(), whole(&html, document, &links)?),
    };
    let title = page.title.clone().or_else(|| short(&open(&html, &document.url).ok()?.get_article_title()));
    let language = language::of(declared.as_deref(), &text);
    let page = Page { url: document.url.clone(), title, links, language, ..page };
    Ok(page.with_text(&text, document.chars_max))
}

fn open(html: &str, url: &str) -> Result<Readability, Unreadable> {
    let config = Config { max_elements_to_parse: ELEMENTS_MAX, text_mode: TextMode::Formatted, ..Config::default() };
    let readability = Readability::new(html, Some(url), Some(config)).map_err(|_| Unreadable::Content)?;
    if is_too_deep(&readability) { Err(Unreadable::Content) } else { Ok(readability) }
}

/// Walks without recursion, before anything walks with it.
fn is_too_deep(readability: &Readability) -> bool {
    let mut node = readability.doc.root();
    let mut depth = 0_usize;
    loop {
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            if depth > DEPTH_MAX {
                return true;
            }
            continue;
        }
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) if depth > 0 => (node, depth) = (parent, depth - 1),
                Some(_) | None => return false,
            }
        }
    }
}

fn of_article(article: &Article) -> Page {
    let own = |text: &Option<String>| text.as_deref().and_then(short);
    let metadata = Metadata {
        content_type: "text/html".to_owned(),
        author: own(&article.byline),
        description: own(&article.excerpt),
        site_name: own(&article.site_name),
        published: own(&article.published_time),
        modified: own(&article.modified_time),
        image: own(&article.image),
    };
    Page { title: short(&article.title), metadata, ..Page::default() }
}

fn text(article: &Article, format: Format, links: &[Link]) -> Result<String, Unreadable> {
    Ok(match format {
        Format::Markdown => markdown(&article.content)?,
        Format::Text => article.text_content.to_string(),
        Format::Html => article.content.to_string(),
        Format::Links => lines(links),
    })
}

fn whole(html: &str, document: &Document, links: &[Link]) -> Result<String, Unreadable> {
    let page = open(html, &document.url)?;
    page.doc.select(NO_TEXT).remove();
    let body = page.doc.select("body");
    Ok(match document.format {
        Format::Markdown => markdown(&body.inner_html())?,
        Format::Text => body.formatted_text().to_string(),
        Format::Html => body.inner_html().to_string(),
        Format::Links => lines(links),
    })
}

fn markdown(html: &str) -> Result<String, Unreadable> {
    let converter = HtmlToMarkdown::builder().skip_tags(NO_TEXT.split(", ").collect()).build();
    converter.convert(html).map_err(|_| Unreadable::Content)
}

/// The links of the whole page to other pages, absolute, each once.
fn links(readability: &Readability, url: &str, links_max: usize) -> Vec<Link> {
    let Ok(page) = Url::parse(url) else { return Vec::new() };
    let declared = readability.doc.select("base[href]").attr("href");
    let base = declared.and_then(|href| page.join(&href).ok()).unwrap_or_else(|| page.clone());
    let mut seen = HashSet::new();
    let mut links = Vec::new();
    for anchor in readability.doc.select("a[href]").nodes() {
        if links.len() == links_max {
            break;
        }
        let Some(mut to) = anchor.attr("href").and_then(|href| base.join(&href).ok()) else { continue };
        to.set_fragment(None);
        if matches!(to.scheme(), "http" | "https") && seen.insert(to.clone()) {
            let text = anchor.text().split_whitespace().collect::<Vec<_>>().join(" ");
            links.push(Link { url: to.into(), text: text.chars().take(LINK_TEXT_CHARS_MAX).collect() });
        }
    }
    links
}

fn lines(links: &[Link]) -> String {
    links.iter().map(|link| format!("{}\n", link.url)).collect()
}

fn short(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(METADATA_CHARS_MAX).collect();
    (!text.is_empty()).then_some(text)
}
