//! The page for callers against what it describes.

use aipaygen_code::Rule;

#[test]
fn the_page_for_callers_names_every_rule_and_every_module() {
    let page = include_str!("../../../docs/SANDBOX.md");
    // Without a verdict the call fails on our side: no caller meets that rule.
    for rule in Rule::ALL.iter().filter(|rule| **rule != Rule::Unchecked) {
        assert!(page.contains(&format!("| `{rule}` | {} |", rule.sentence())), "{rule}");
    }
    for module in include_str!("../guest/modules.txt").lines().filter(|line| !line.starts_with('#')) {
        assert!(page.contains(&format!("`{module}`")), "{module}");
    }
}
