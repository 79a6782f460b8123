//! Floors of quality, on sentences that were written for this.

use aipaygen_embedded::sentiment::Feeling::{Negative, Neutral, Positive};
use aipaygen_embedded::{Vectors, compare, keywords, language, nearest, sentiment, summary};

use crate::support::settings;

/// At least so many of a hundred must be right.
fn floor(what: &str, right: usize, of: usize, percent: usize) {
    assert!(right * 100 >= of * percent, "{what}: {right} of {of} are right, and at least {percent} % must be");
}

#[test]
fn sentiment_is_told() {
    let set = [
        (Positive, "I love this little lamp, it is wonderful."),
        (Positive, "The staff were kind and helpful."),
        (Positive, "What a great evening, thank you so much!"),
        (Positive, "The new version is a big improvement."),
        (Positive, "Delicious food and a beautiful view."),
        (Positive, "I am happy with the result."),
        (Positive, "An excellent book, well worth reading."),
        (Positive, "Good value and it works perfectly."),
        (Positive, "She smiled and everybody enjoyed the party."),
        (Positive, "Not bad at all, I like it."),
        (Negative, "This is the worst service I have ever had."),
        (Negative, "I hate waiting and the room was dirty."),
        (Negative, "A terrible film, boring from the start."),
        (Negative, "The battery died and support was useless."),
        (Negative, "I am very disappointed and angry."),
        (Negative, "The soup was cold and tasted awful."),
        (Negative, "It broke after a day, what a waste of money."),
        (Negative, "The pain got worse and nobody cared."),
        (Negative, "I do not like this at all."),
        (Negative, "Sadly the project was a failure."),
        (Neutral, "The train leaves at nine from platform four."),
        (Neutral, "The box contains twelve screws."),
        (Neutral, "The meeting is on Tuesday in the second room."),
        (Neutral, "Water boils at one hundred degrees."),
    ];
    let right = set.iter().filter(|(feeling, text)| sentiment::of(text).feeling == *feeling).count();
    floor("sentiment", right, set.len(), 85);
    let mixed = sentiment::of("The food was wonderful and I loved it. The waiter was rude and horrible.");
    assert_eq!(mixed.feeling, sentiment::Feeling::Mixed);
    for odd in ["", "😀", "!!!", "ÄÖÜ ß 漢字 مرحبا", "but", "kind of"] {
        assert!(sentiment::of(odd).score.abs() <= 1.0);
    }
}

#[test]
fn languages_are_told() {
    let set = [
        ("eng", "The children walked to school through the quiet morning streets."),
        ("deu", "Die Kinder gingen am Morgen durch stille Straßen zur Schule."),
        ("fra", "Les enfants marchaient vers l'école dans les rues calmes du matin."),
        ("spa", "Los niños caminaban a la escuela por las calles tranquilas de la mañana."),
        ("ita", "I bambini andavano a scuola per le strade tranquille del mattino."),
        ("por", "As crianças caminhavam para a escola pelas ruas calmas da manhã."),
        ("nld", "De kinderen liepen door de stille straten van de ochtend naar school."),
        ("pol", "Dzieci szły rano cichymi ulicami do szkoły."),
        ("rus", "Дети шли утром по тихим улицам в школу."),
        ("jpn", "子供たちは静かな朝の通りを歩いて学校へ行きました。"),
        ("tur", "Çocuklar sabahın sessiz sokaklarından okula yürüdüler."),
        ("ell", "Τα παιδιά περπατούσαν στο σχολείο από τους ήσυχους δρόμους."),
    ];
    let right = set.iter().filter(|(code, text)| language::of(text).is_some_and(|found| found.code == *code)).count();
    floor("language", right, set.len(), 90);
    assert_eq!(language::of("123 !?"), None);
}

#[test]
fn keywords_are_found() {
    let set: [(&str, &[&str]); 4] = [
        (
            "Solar panels turn sunlight into electricity. As solar panels became cheap, the energy market changed: \
             homes with solar panels sell electricity to the grid at noon.",
            &["solar panels", "electricity"],
        ),
        (
            "The glacier has lost a third of its ice since 1980. Researchers measure the glacier every summer; \
             melting ice from the glacier feeds the river below.",
            &["glacier", "ice"],
        ),
        (
            "A compiler translates source code into machine code. The compiler checks types, and an optimising \
             compiler rewrites the machine code to run faster.",
            &["compiler", "machine code"],
        ),
        (
            "Die Bäckerei backt jeden Morgen frisches Brot. Das Brot der Bäckerei ist in der ganzen Stadt bekannt, \
             weil die Bäckerei ihren eigenen Sauerteig pflegt.",
            &["bäckerei", "brot"],
        ),
    ];
    let mut right = 0;
    for (text, wanted) in set {
        let found = keywords::of(text, 8).join(" | ").to_lowercase();
        right += wanted.iter().filter(|keyword| found.contains(*keyword)).count();
    }
    floor("keywords", right, 8, 85);
    assert_eq!(keywords::of("Only the wind and the sea know the old harbour.", 2).len(), 2);
    assert!(keywords::of("", 5).is_empty());
}

#[test]
fn texts_are_put_into_categories() {
    let vectors = Vectors::load(&settings()).unwrap();
    let categories = ["sports", "politics", "cooking", "technology"].map(str::to_owned);
    let set = [
        (0, "The striker scored twice and the team won the final."),
        (0, "She broke the record in the hundred metre race."),
        (0, "The coach praised his players after the match."),
        (0, "Tennis fans waited for hours to see the champion."),
        (1, "Parliament voted on the new tax law yesterday."),
        (1, "The president met the prime minister before the election."),
        (1, "The senate debated the government's budget."),
        (1, "Voters will choose a new mayor in autumn."),
        (2, "Fry the onions in butter and add garlic and salt."),
        (2, "Bake the cake for forty minutes in the oven."),
        (2, "A good soup needs fresh vegetables and herbs."),
        (2, "Stir the sauce and serve it with pasta."),
        (3, "The new phone has a faster processor and a better screen."),
        (3, "Programmers fixed a bug in the software."),
        (3, "The computer network was upgraded with new servers."),
        (3, "Engineers trained an artificial intelligence model."),
    ];
    let best = |text: &str| {
        let shares = nearest::shares(&vectors, text, &categories);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-3);
        (0..shares.len()).max_by(|one, other| shares[*one].total_cmp(&shares[*other])).unwrap()
    };
    let right = set.iter().filter(|(category, text)| best(text) == *category).count();
    floor("classify", right, set.len(), 80);
}

#[test]
fn a_summary_is_what_a_text_is_about() {
    let vectors = Vectors::load(&settings()).unwrap();
    let set = [
        (
            "The city council has decided to close the old bridge over the river. Inspectors found deep cracks in \
             two of the bridge's pillars. Repairing the bridge will take a year and cost four million. My cousin has \
             a parrot. Until then, traffic will use the new bridge in the north.",
            "parrot",
        ),
        (
            "Bees visit flowers to collect nectar and pollen. While they fly from flower to flower, bees carry pollen \
             and fertilise the plants. Without bees many plants would bear no fruit. The bus was late on Friday. \
             Farmers therefore put beehives beside their orchards.",
            "bus",
        ),
        (
            "The company reported higher profits for the third quarter. Sales of its software grew by a fifth. The \
             office has blue carpets. The company expects its profits to grow further next year.",
            "carpets",
        ),
    ];
    for (text, beside_the_point) in set {
        let picked = summary::of(&vectors, text, 2);
        assert_eq!(picked.len(), 2);
        assert!(picked.iter().all(|sentence| text.replace("  ", "").contains(sentence.as_str())), "{picked:?}");
        assert!(!picked.concat().contains(beside_the_point), "{picked:?}");
    }
    assert_eq!(summary::of(&vectors, "One. Two.", 5), ["One.", "Two."]);
    assert!(summary::of(&vectors, "", 3).is_empty());
}

#[test]
fn passages_and_texts_are_near_by_meaning() {
    let vectors = Vectors::load(&settings()).unwrap();
    let documents = [
        "The museum is closed on Mondays. It opens at ten on other days.",
        "Tickets cost eight euros. Children pay half.",
        "The café serves soup, bread and coffee.",
    ]
    .map(str::to_owned);
    let set = [(0, "When is the museum closed?"), (1, "How much is a ticket?"), (2, "Where can I eat?")];
    let found = |query: &str| nearest::passages(&vectors, &documents, query, 1)[0].document;
    let right = set.iter().filter(|(document, query)| found(query) == *document).count();
    floor("passages", right, set.len(), 100);
    assert!(
        vectors.similarity("a small cat", "a little kitten") > vectors.similarity("a small cat", "tax law") + 0.2
    );
    let compared =
        compare::of(&vectors, "The shop opens at eight. It sells bread.", "The shop opens at eight. We ride horses.");
    assert_eq!(compared.both, ["The shop opens at eight."]);
    assert_eq!((compared.only_first.len(), compared.only_second.len()), (1, 1));
    assert_eq!(vectors.embed("").iter().filter(|value| **value != 0.0).count(), 0);
    assert_eq!(vectors.embed("hello").len(), 256);
}
