//! The query protocol's input: `Tags.member.1.Key=a&Tags.member.1.Value=b` in a form.

use std::collections::BTreeMap;

use serde::de::IntoDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor, value::StringDeserializer,
};
use serde::forward_to_deserialize_any;

use super::text::{MalformedInput, Text};

/// How deep names may nest. The deepest of IAM and STS have five parts: `ContextEntries.member.1.ContextKeyValues.member.1`.
const DEPTH: usize = 8;

/// How many names an input may have. A list of IAM's largest inputs has some hundreds.
const NAMES: usize = 4096;

/// Reads an input from decoded names and values.
pub fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, MalformedInput> {
    if pairs.len() > NAMES {
        return Err(MalformedInput(format!(
            "The request has {} parameters, {NAMES} are allowed",
            pairs.len()
        )));
    }
    let mut root = Node::default();
    for (name, value) in pairs {
        if name.split('.').count() > DEPTH {
            return Err(MalformedInput(format!("{name} is nested too deep")));
        }
        let node =
            name.split('.').fold(&mut root, |node, part| node.below.entry(part.to_owned()).or_default());
        node.text = Some(value.clone());
    }
    T::deserialize(root)
}

#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    below: BTreeMap<String, Node>,
}

impl Node {
    /// The members of a list, in the order of their numbers: `X.member.N`, or flattened `X.N`.
    fn items(mut self) -> Result<Vec<Node>, MalformedInput> {
        let below = match self.below.remove("member") {
            Some(member) if self.below.is_empty() => member.below,
            Some(_) => return Err(MalformedInput("a list has 'member' beside numbers".to_owned())),
            None => self.below,
        };
        let numbered = below.into_iter().map(|(name, node)| match name.parse::<u32>() {
            Ok(number) => Ok((number, node)),
            Err(_) => Err(MalformedInput(format!("'{name}' is not the number of a list's member"))),
        });
        let mut items = numbered.collect::<Result<Vec<(u32, Node)>, MalformedInput>>()?;
        items.sort_by_key(|(number, _)| *number);
        Ok(items.into_iter().map(|(_, node)| node).collect())
    }

    fn leaf(self) -> Result<Text, MalformedInput> {
        match self.below.into_keys().next() {
            Some(name) => Err(MalformedInput(format!("'{name}' is not known here"))),
            None => Ok(Text(self.text.into_iter().collect())),
        }
    }
}

macro_rules! leaves {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
            self.leaf()?.$method(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Node {
    type Error = MalformedInput;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        if self.below.is_empty() && self.text.is_some() {
            return self.leaf()?.deserialize_any(visitor);
        }
        visitor.visit_map(Members { nodes: self.below.into_iter(), value: None })
    }

    leaves! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_str deserialize_string
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MalformedInput> {
        visitor.visit_seq(Items(self.items()?.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, MalformedInput> {
        self.leaf()?.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct Members {
    nodes: std::collections::btree_map::IntoIter<String, Node>,
    value: Option<Node>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = MalformedInput;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, MalformedInput> {
        let Some((name, node)) = self.nodes.next() else { return Ok(None) };
        self.value = Some(node);
        let name: StringDeserializer<MalformedInput> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, MalformedInput> {
        seed.deserialize(self.value.take().unwrap_or_default())
    }
}

struct Items(std::vec::IntoIter<Node>);

impl<'de> SeqAccess<'de> for Items {
    type Error = MalformedInput;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, MalformedInput> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tag {
        key: String,
        value: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        role_name: String,
        max_session_duration: Option<i64>,
        tags: Option<Vec<Tag>>,
        names: Option<Vec<String>>,
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        crate::uri::query_pairs(text)
    }

    #[test]
    fn structures_and_lists_are_found() {
        let text = "Action=CreateRole&RoleName=r&MaxSessionDuration=3600&Tags.member.10.Key=z&Tags.member.10.Value=&\
                    Tags.member.2.Key=a&Tags.member.2.Value=b&Names.1=x&Names.2=y";
        let input: Input = read(&pairs(text)).unwrap();
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        assert_eq!(input.tags.unwrap(), [tag("a", "b"), tag("z", "")]);
        assert_eq!(
            (input.max_session_duration, input.names.unwrap()),
            (Some(3600), vec!["x".to_owned(), "y".to_owned()])
        );
    }

    #[test]
    fn a_wrong_number_is_refused() {
        assert!(read::<Input>(&pairs("RoleName=r&MaxSessionDuration=x")).is_err());
        assert!(read::<Input>(&pairs(&format!("RoleName=r&{}=1", "a.".repeat(40)))).is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(text in ".{0,200}") {
            let _ = read::<Input>(&pairs(&text));
        }
    }
}
