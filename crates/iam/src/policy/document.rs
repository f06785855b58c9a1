//! Policy documents as they are written: what may stand where, before anything is known of its meaning.
//! Source: IAM user guide, "Grammar of the IAM JSON policy language".

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Document {
    pub version: Option<String>,
    #[serde(rename = "Id")]
    pub _id: Option<String>,
    pub statement: OneOrMany<Written>,
}

/// One statement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Written {
    pub sid: Option<String>,
    pub effect: Option<String>,
    pub principal: Option<WrittenPrincipal>,
    pub not_principal: Option<WrittenPrincipal>,
    pub action: Option<OneOrMany<String>>,
    pub not_action: Option<OneOrMany<String>>,
    pub resource: Option<OneOrMany<String>>,
    pub not_resource: Option<OneOrMany<String>>,
    pub condition: Option<Pairs<Pairs<OneOrMany<Value>>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum WrittenPrincipal {
    Bare(String),
    Kinds(Pairs<OneOrMany<String>>),
}

/// AWS: wherever a list stands, its only element may stand alone.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

/// The members of an object. A name that stands twice is refused: one of the two would vanish.
pub struct Pairs<T>(pub Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs: Vec<(String, T)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom("a name stands twice"));
            }
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

/// The value of a condition as text. AWS: numbers and truth values may stand without quotes.
pub fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
