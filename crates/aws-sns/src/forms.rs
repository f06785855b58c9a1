//! Maps as the query protocol has them here: `Attributes.entry.1.key`, `Tags.member.1.Key`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// A map of texts: entries with `key` and `value`.
#[derive(Debug, Default, Deserialize)]
pub struct Map {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

impl Map {
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.entry.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }
}

/// The same in an answer.
pub fn shown(map: &BTreeMap<String, String>) -> Value {
    let entries: Vec<_> = map.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    json!({ "entry": entries })
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    #[serde(default)]
    pub value: String,
}

pub fn tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// A list whose reader sees its numbers: what stands flattened within others is seen so.
pub fn numbered<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Numbered<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Numbered<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
            let mut items = BTreeMap::new();
            while let Some(number) = members.next_key::<String>()? {
                let number = number.parse::<u32>().map_err(|_| {
                    de::Error::custom(format!("'{number}' is not the number of a list's member"))
                })?;
                items.insert(number, members.next_value()?);
            }
            Ok(items.into_values().collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = members.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }

    from.deserialize_any(Numbered(PhantomData))
}
