//! The members of a restJson input, gathered from all the places they come from.

use std::vec;

use bytes::Bytes;
use serde::de::value::{BytesDeserializer, StringDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::text::{MalformedInput, Text};

/// Names and values. Of two members of one name, the first is taken: what is in the path wins over a body.
#[derive(Default)]
pub struct Members(Vec<(String, Member)>);

enum Member {
    Text(Vec<String>),
    Json(Value),
    Bytes(Bytes),
}

impl Members {
    pub fn text(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, Member::Text(values))) => values.push(value),
            Some(_) => {}
            None => self.0.push((name.to_owned(), Member::Text(vec![value]))),
        }
    }

    pub fn json(&mut self, members: Map<String, Value>) {
        // Only those known before: a body's own names differ from each other already, and can be very many.
        let before = self.0.len();
        for (name, value) in members {
            if !self.0[..before].iter().any(|(known, _)| *known == name) {
                self.0.push((name, Member::Json(value)));
            }
        }
    }

    pub fn bytes(&mut self, name: &str, bytes: Bytes) {
        self.0.push((name.to_owned(), Member::Bytes(bytes)));
    }

    /// The input that they make up.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, MalformedInput> {
        T::deserialize(Reader(self.0.into_iter()))
    }
}

struct Reader(vec::IntoIter<(String, Member)>);

impl<'de> de::Deserializer<'de> for Reader {
    type Error = MalformedInput;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_map(Access { members: self.0, value: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Access {
    members: vec::IntoIter<(String, Member)>,
    value: Option<(String, Member)>,
}

impl<'de> MapAccess<'de> for Access {
    type Error = MalformedInput;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, MalformedInput> {
        let Some((name, member)) = self.members.next() else { return Ok(None) };
        let key: StringDeserializer<MalformedInput> = name.clone().into_deserializer();
        self.value = Some((name, member));
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, MalformedInput> {
        let (name, member) =
            self.value.take().ok_or_else(|| MalformedInput("a value without a name".to_owned()))?;
        let in_member = |message: String| MalformedInput(format!("{name}: {message}"));
        match member {
            Member::Text(values) => seed.deserialize(Text(values)).map_err(|error| in_member(error.0)),
            Member::Json(value) => seed.deserialize(value).map_err(|error| in_member(error.to_string())),
            Member::Bytes(bytes) => {
                let bytes: BytesDeserializer<'_, MalformedInput> = BytesDeserializer::new(&bytes);
                seed.deserialize(bytes).map_err(|error| in_member(error.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        name: String,
        limit: Option<i64>,
        keys: Option<Vec<String>>,
        all: Option<bool>,
        tags: Option<std::collections::BTreeMap<String, String>>,
        #[serde(default)]
        payload: Bytes,
    }

    #[test]
    fn members_come_from_path_query_headers_and_body() {
        let mut members = Members::default();
        members.text("Name", "f".to_owned());
        members.text("Limit", "7".to_owned());
        members.text("Keys", "a".to_owned());
        members.text("Keys", "b".to_owned());
        members.text("All", "true".to_owned());
        let Value::Object(body) = json!({ "Name": "not this", "Tags": { "x": "y" }, "Unknown": [1] }) else {
            return;
        };
        members.json(body);
        members.bytes("Payload", Bytes::from_static(b"{}"));
        let input: Input = members.read().unwrap();
        assert_eq!((input.name.as_str(), input.limit, input.all), ("f", Some(7), Some(true)));
        assert_eq!(input.keys.unwrap(), ["a", "b"]);
        assert_eq!(input.tags.unwrap()["x"], "y");
        assert_eq!(input.payload, "{}");
    }

    #[test]
    fn what_does_not_fit_is_told_by_its_name() {
        let mut members = Members::default();
        members.text("Name", "f".to_owned());
        members.text("Limit", "seven".to_owned());
        let error = members.read::<Input>().unwrap_err();
        assert_eq!(error.0, "Limit: 'seven' can not be converted to a Long");
    }
}
