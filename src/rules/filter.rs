//! What a filter, a search and a sort mean.

/// A search, ready to be asked many times: all words must be there, case-blind and normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    pub fn new(raw: &str) -> Self {
        Self { words: raw.split_whitespace().map(folded).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Looks in text that [`folded`] has made.
    pub fn finds(&self, folded_text: &str) -> bool {
        self.words.iter().all(|word| folded_text.contains(word.as_str()))
    }
}

/// NFKC, case-folded, inner blanks folded: the form in which texts are searched, sorted and matched.
pub fn folded(raw: &str) -> String {
    let _ = raw;
    todo!()
}
