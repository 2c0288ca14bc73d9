//! Choices that have a word each: in scenarios, on the command line, in result files.

/// A choice of several, each with its word: made by [`worded!`](super::worded), so that the
/// list, the words and what refuses another word are one table.
pub trait Worded: Copy + Eq + Send + Sync + 'static {
    /// All of them, in the order in which they are told.
    const ALL: &'static [Self];

    /// Its word.
    fn word(self) -> &'static str;

    /// What it is, in a line.
    fn about(self) -> &'static str;

    /// All words.
    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|choice| choice.word()).collect()
    }

    /// The choice with a word.
    fn of(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|choice| choice.word() == word)
    }

    /// The same.
    ///
    /// # Errors
    /// Of another word, those that there are.
    fn read(word: &str) -> Result<Self, String> {
        Self::of(word).ok_or_else(|| format!("one of {}", Self::words().join(", ")))
    }
}

/// An enum of which each choice has a word, with a list of all, `word()` and
/// [`Worded`]:
///
/// ```
/// use capbind_engine::units::{Worded, worded};
///
/// worded! {
///     /// How revenue is shared.
///     pub enum Sharing {
///         /// Evenly.
///         Even = "even",
///         /// By size.
///         BySize = "by-size",
///     }
/// }
///
/// assert_eq!(Sharing::of("by-size"), Some(Sharing::BySize));
/// assert_eq!(Sharing::Even.word(), "even");
/// assert_eq!(Sharing::BySize.about(), "By size.");
/// assert_eq!(Sharing::read("odd").unwrap_err(), "one of even, by-size");
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __worded {
    (
        $(#[$of:meta])*
        $seen:vis enum $name:ident {
            $($(#[doc = $about:literal])+ $(#[default $($is:tt)?])? $choice:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $seen enum $name {
            $($(#[doc = $about])+ $(#[default $($is)?])? $choice,)+
        }

        impl $name {
            /// All of them, in the order in which they are told.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$choice),+];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$choice => $word,)+
                }
            }
        }

        impl $crate::units::Worded for $name {
            const ALL: &'static [Self] = &Self::ALL;

            fn word(self) -> &'static str {
                self.word()
            }

            fn about(self) -> &'static str {
                match self {
                    $(Self::$choice => concat!($($about),+).trim_ascii(),)+
                }
            }
        }
    };
}

#[doc(inline)]
pub use __worded as worded;

/// Choices as texts, where what is serialised is for people: `#[serde(with = "by_word")]`.
pub mod by_word {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use super::Worded;

    /// Its word.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<T: Worded, S: Serializer>(choice: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(choice.word())
    }

    /// The choice with a word.
    ///
    /// # Errors
    /// Where there is none.
    pub fn deserialize<'de, T: Worded, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let word = Cow::<str>::deserialize(from)?;
        read(&word).map_err(Error::custom)
    }

    fn read<T: Worded>(word: &str) -> Result<T, String> {
        T::read(word).map_err(|known| format!("{word:?} is not permitted: {known}"))
    }

    /// The same where there may be none.
    pub mod option {
        use super::{Cow, Deserialize, Deserializer, Error, Serializer, Worded, read};

        /// Its word.
        ///
        /// # Errors
        /// Those of the format.
        pub fn serialize<T: Worded, S: Serializer>(
            choice: &Option<T>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match choice {
                Some(choice) => to.serialize_some(choice.word()),
                None => to.serialize_none(),
            }
        }

        /// The choice with a word.
        ///
        /// # Errors
        /// Where there is none.
        pub fn deserialize<'de, T: Worded, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<T>, D::Error> {
            let word = Option::<Cow<'_, str>>::deserialize(from)?;
            let choice = word.map(|word| read(&word)).transpose();
            choice.map_err(Error::custom)
        }
    }
}
