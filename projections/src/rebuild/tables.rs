//! Every table of the read models, as a rebuild compares it: its key, and all of its columns in one text.

use crate::write::Sql;

/// One table.
pub(super) struct Table {
    pub(super) key: &'static [Column],
    /// The rows after a key, in its order: the columns of the key, and `content`.
    pub(super) after: Sql,
}

/// A column of a key.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Text(&'static str),
    Int(&'static str),
}

/// How many rows are compared at a time; the statements say the same.
pub(super) const PAGE: usize = 2000;

pub(super) const TABLES: &[Table] = &[
    Table {
        key: &[Column::Text("key")],
        after: Sql {
            table: "keys",
            postgres: "SELECT key, row_to_json(t)::text AS content FROM keys t WHERE key > $1 ORDER BY key LIMIT 2000",
            sqlite: "SELECT key, json_array(key, account, hash, label, expires_at, issued_at, revoked_at) AS content
                FROM keys WHERE key > $1 ORDER BY key LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("account")],
        after: Sql {
            table: "balances",
            postgres: "SELECT account, row_to_json(t)::text AS content
                FROM balances t WHERE account > $1 ORDER BY account LIMIT 2000",
            sqlite: "SELECT account, json_array(account, label, balance, held, position) AS content
                FROM balances WHERE account > $1 ORDER BY account LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("request")],
        after: Sql {
            table: "requests",
            postgres: "SELECT request, row_to_json(t)::text AS content
                FROM requests t WHERE request > $1 ORDER BY request LIMIT 2000",
            sqlite: "SELECT request, json_array(request, account, key, endpoint, status, http_status, charged, price,
                    released, tokens_input, tokens_output, pricing, tender, reason, credit, charged_at,
                    charged_position, deadline, ended_at, ended_position, duration_ms, payment, voucher) AS content
                FROM requests WHERE request > $1 ORDER BY request LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("credit")],
        after: Sql {
            table: "refund_credits",
            postgres: "SELECT credit, row_to_json(t)::text AS content
                FROM refund_credits t WHERE credit > $1 ORDER BY credit LIMIT 2000",
            sqlite: "SELECT credit, json_array(credit, request, account, key, endpoint, http_status, amount, tender,
                    reason, issued_at, issued_position, applied_at, applied_position) AS content
                FROM refund_credits WHERE credit > $1 ORDER BY credit LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("credit")],
        after: Sql {
            table: "vouchers",
            postgres: "SELECT credit, row_to_json(t)::text AS content
                FROM vouchers t WHERE credit > $1 ORDER BY credit LIMIT 2000",
            sqlite: "SELECT credit, json_array(credit, request, account, amount, remainder, expired, coded_at,
                    issued_at, issued_position, expires_at, position) AS content
                FROM vouchers WHERE credit > $1 ORDER BY credit LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("payment")],
        after: Sql {
            table: "payments",
            postgres: "SELECT payment, row_to_json(t)::text AS content
                FROM payments t WHERE payment > $1 ORDER BY payment LIMIT 2000",
            sqlite:
                "SELECT payment, json_array(payment, account, request, endpoint, topup, amount, pay_to, valid_before,
                    deadline, status, evidence, reason, transaction_hash, block, claimed_at, claimed_position,
                    changed_at, changed_position) AS content
                FROM payments WHERE payment > $1 ORDER BY payment LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Int("position"), Column::Int("line")],
        after: Sql {
            table: "postings",
            postgres: "SELECT position, line, row_to_json(t)::text AS content
                FROM postings t WHERE (position, line) > ($1, $2) ORDER BY position, line LIMIT 2000",
            sqlite: "SELECT position, line, json_array(position, line, at, account, owner, debit, credit) AS content
                FROM postings WHERE (position, line) > ($1, $2) ORDER BY position, line LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("account"), Column::Text("owner")],
        after: Sql {
            table: "ledger_accounts",
            postgres: "SELECT account, owner, row_to_json(t)::text AS content
                FROM ledger_accounts t WHERE (account, owner) > ($1, $2) ORDER BY account, owner LIMIT 2000",
            sqlite: "SELECT account, owner, json_array(account, owner, debit, credit) AS content
                FROM ledger_accounts WHERE (account, owner) > ($1, $2) ORDER BY account, owner LIMIT 2000",
        },
    },
    Table {
        key: &[Column::Text("account"), Column::Int("day"), Column::Text("endpoint")],
        after: Sql {
            table: "usage",
            postgres: "SELECT account, day, endpoint, row_to_json(t)::text AS content FROM usage t
                WHERE (account, day, endpoint) > ($1, $2, $3) ORDER BY account, day, endpoint LIMIT 2000",
            sqlite: "SELECT account, day, endpoint, json_array(account, day, endpoint, calls, completed, refunded,
                    tokens_input, tokens_output, spent) AS content
                FROM usage WHERE (account, day, endpoint) > ($1, $2, $3) ORDER BY account, day, endpoint LIMIT 2000",
        },
    },
];
