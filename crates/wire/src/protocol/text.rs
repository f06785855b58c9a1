//! Members that come as text (labels, query, headers, forms), read as the type that the input wants.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// The parts of a request do not make up the operation's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedInput(pub String);

impl fmt::Display for MalformedInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for MalformedInput {}

impl de::Error for MalformedInput {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The values that one member was given, usually one.
pub struct Text(pub Vec<String>);

impl Text {
    fn one(self) -> String {
        self.0.into_iter().next().unwrap_or_default()
    }

    fn parsed<T: std::str::FromStr>(self, kind: &str) -> Result<T, MalformedInput> {
        let text = self.one();
        text.trim().parse().map_err(|_| MalformedInput(format!("'{text}' can not be converted to {kind}")))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $kind:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
            visitor.$visit(self.parsed::<$type>($kind)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Text {
    type Error = MalformedInput;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_string(self.one())
    }

    numbers! {
        deserialize_i8 visit_i8 i8, "a Byte";
        deserialize_i16 visit_i16 i16, "a Short";
        deserialize_i32 visit_i32 i32, "an Integer";
        deserialize_i64 visit_i64 i64, "a Long";
        deserialize_u8 visit_u8 u8, "a Byte";
        deserialize_u16 visit_u16 u16, "a Short";
        deserialize_u32 visit_u32 u32, "an Integer";
        deserialize_u64 visit_u64 u64, "a Long";
        deserialize_f32 visit_f32 f32, "a Float";
        deserialize_f64 visit_f64 f64, "a Double";
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_bool(self.parsed::<bool>("a Boolean")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, MalformedInput> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_seq(Texts(self.0.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, MalformedInput> {
        let text: StringDeserializer<MalformedInput> = self.one().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct Texts(std::vec::IntoIter<String>);

impl<'de> SeqAccess<'de> for Texts {
    type Error = MalformedInput;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, MalformedInput> {
        self.0.next().map(|text| seed.deserialize(Text(vec![text]))).transpose()
    }
}
