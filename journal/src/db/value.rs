//! What a statement is given. A null has a type, because Postgres asks for one.

use std::fmt::Display;

/// One bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `boolean`
    Bool(Option<bool>),
    /// `bigint`
    I64(Option<i64>),
    /// `text`
    Text(Option<String>),
    /// `bytea`, `blob`
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// The text of an identity, or of anything else that has one.
    pub fn text(value: impl Display) -> Self {
        Self::Text(Some(value.to_string()))
    }

    /// An integer.
    pub fn int(value: impl Into<i64>) -> Self {
        Self::I64(Some(value.into()))
    }
}

macro_rules! from {
    ($type:ty, $variant:ident, $value:ident => $into:expr) => {
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$variant(Some($into))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $into))
            }
        }
    };
}

from!(bool, Bool, value => value);
from!(i64, I64, value => value);
from!(i32, I64, value => value.into());
from!(u32, I64, value => value.into());
from!(&str, Text, value => value.to_owned());
from!(String, Text, value => value);
from!(&[u8], Bytes, value => value.to_owned());
from!(Vec<u8>, Bytes, value => value);
from!([u8; 32], Bytes, value => value.to_vec());
