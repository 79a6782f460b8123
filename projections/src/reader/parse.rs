//! Rows of the database into rows of ours.

use std::str::FromStr;

use aipaygen_events::account::Tokens;
use aipaygen_events::{MicroUsd, Purse, RequestId, Timestamp};
use aipaygen_journal::db::Row;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::{BalanceRow, KeyRow, ReadError, RequestRow, UsageRow};
use crate::usage::midnight;

pub(super) fn key(row: &Row) -> Result<KeyRow, ReadError> {
    Ok(KeyRow {
        key: text(row, "key")?,
        account: text(row, "account")?,
        hash: text(row, "hash")?,
        label: row.text("label")?,
        expires_at: row.opt_i64("expires_at")?.map(Timestamp::from_micros),
        revoked: row.opt_i64("revoked_at")?.is_some(),
        issued_at: at(row, "issued_at")?,
    })
}

pub(super) fn balance(row: &Row) -> Result<BalanceRow, ReadError> {
    Ok(BalanceRow {
        account: text(row, "account")?,
        label: row.text("label")?,
        balance: money(row, "balance")?,
        held: money(row, "held")?,
        position: row.u64("position")?,
    })
}

pub(super) fn request(row: &Row) -> Result<RequestRow, ReadError> {
    Ok(RequestRow {
        request: text(row, "request")?,
        account: text(row, "account")?,
        key: opt_text(row, "key")?,
        endpoint: row.text("endpoint")?,
        status: word(row, "status")?,
        http_status: opt_int(row, "http_status")?,
        charged: money(row, "charged")?,
        price: opt_int(row, "price")?,
        released: money(row, "released")?,
        tokens: tokens(row)?,
        pricing: word(row, "pricing")?,
        tender: word(row, "tender")?,
        payment: opt_text(row, "payment")?,
        voucher: opt_text(row, "voucher")?,
        reason: row.opt_text("reason")?.map(|text| parse_word(&text, "reason")).transpose()?,
        credit: opt_text(row, "credit")?,
        charged_at: at(row, "charged_at")?,
        deadline: at(row, "deadline")?,
        ended_at: row.opt_i64("ended_at")?.map(Timestamp::from_micros),
        duration_ms: opt_int(row, "duration_ms")?,
    })
}

pub(super) fn usage(row: &Row) -> Result<UsageRow, ReadError> {
    Ok(UsageRow {
        day: midnight(row.i64("day")?),
        endpoint: row.text("endpoint")?,
        calls: row.u64("calls")?,
        completed: row.u64("completed")?,
        refunded: row.u64("refunded")?,
        tokens: tokens(row)?,
        spent: money(row, "spent")?,
    })
}

pub(super) fn overdue(row: &Row) -> Result<(RequestId, Purse), ReadError> {
    Ok((text(row, "request")?, purse(row)?))
}

fn purse(row: &Row) -> Result<Purse, ReadError> {
    Ok(Purse::of(text(row, "account")?, opt_text(row, "payment")?, opt_text(row, "voucher")?))
}

fn tokens(row: &Row) -> Result<Tokens, ReadError> {
    Ok(Tokens { input: row.u64("tokens_input")?, output: row.u64("tokens_output")? })
}

/// A moment.
pub(crate) fn at(row: &Row, column: &'static str) -> Result<Timestamp, ReadError> {
    Ok(Timestamp::from_micros(row.i64(column)?))
}

/// An amount of money.
pub(crate) fn money(row: &Row, column: &'static str) -> Result<MicroUsd, ReadError> {
    MicroUsd::try_from(row.i64(column)?).map_err(|_| ReadError::Corrupt { column })
}

/// An integer of a narrower kind, which may be missing.
pub(crate) fn opt_int<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<Option<T>, ReadError> {
    let narrow = |value| T::try_from(value).map_err(|_| ReadError::Corrupt { column });
    row.opt_i64(column)?.map(narrow).transpose()
}

/// An integer of a narrower kind.
pub(crate) fn int<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T, ReadError> {
    T::try_from(row.i64(column)?).map_err(|_| ReadError::Corrupt { column })
}

/// An identity.
pub(crate) fn text<T: FromStr>(row: &Row, column: &'static str) -> Result<T, ReadError> {
    parse(&row.text(column)?, column)
}

/// An identity, which may be missing.
pub(crate) fn opt_text<T: FromStr>(row: &Row, column: &'static str) -> Result<Option<T>, ReadError> {
    row.opt_text(column)?.map(|text| parse(&text, column)).transpose()
}

/// A word of one of our enums.
pub(crate) fn word<T: for<'de> Deserialize<'de>>(row: &Row, column: &'static str) -> Result<T, ReadError> {
    parse_word(&row.text(column)?, column)
}

fn parse<T: FromStr>(text: &str, column: &'static str) -> Result<T, ReadError> {
    text.parse().map_err(|_| ReadError::Corrupt { column })
}

fn parse_word<T: for<'de> Deserialize<'de>>(text: &str, column: &'static str) -> Result<T, ReadError> {
    let word: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(word).map_err(|_| ReadError::Corrupt { column })
}
