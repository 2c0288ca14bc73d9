//! Values that may be written in several ways.

/// Reads a type from what may stand at its key: what is expected, then what becomes of a
/// number, a text, a list or a table, each where it is permitted.
macro_rules! either {
    (
        $of:ty $([$($generic:tt)*])?, $expected:expr;
        $(number $number:expr;)?
        $(text $text:expr;)?
        $(list $list:expr;)?
        $(table $table:expr;)?
    ) => {
        impl<'de $(, $($generic)*)?> ::serde::Deserialize<'de> for $of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Written<T>(::std::marker::PhantomData<T>);

                impl<'de $(, $($generic)*)?> ::serde::de::Visitor<'de> for Written<$of> {
                    type Value = $of;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str($expected)
                    }

                    $(
                        fn visit_f64<E: ::serde::de::Error>(self, value: f64) -> Result<$of, E> {
                            Ok(($number)(value))
                        }

                        fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> Result<$of, E> {
                            Ok(($number)(value as f64))
                        }
                    )?

                    $(
                        fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<$of, E> {
                            Ok(($text)(text.to_owned()))
                        }
                    )?

                    $(
                        fn visit_seq<A: ::serde::de::SeqAccess<'de>>(
                            self,
                            list: A,
                        ) -> Result<$of, A::Error> {
                            let list = ::serde::de::value::SeqAccessDeserializer::new(list);
                            ::serde::Deserialize::deserialize(list).map($list)
                        }
                    )?

                    $(
                        fn visit_map<A: ::serde::de::MapAccess<'de>>(
                            self,
                            map: A,
                        ) -> Result<$of, A::Error> {
                            let map = ::serde::de::value::MapAccessDeserializer::new(map);
                            ::serde::Deserialize::deserialize(map).and_then($table)
                        }
                    )?
                }

                deserializer.deserialize_any(Written::<$of>(::std::marker::PhantomData))
            }
        }
    };
}

pub(super) use either;
