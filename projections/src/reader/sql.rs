//! The questions, each answered from an index, in words that both dialects understand.

pub(super) const KEY: &str = "SELECT key, account, hash, label, expires_at, issued_at, revoked_at
    FROM keys WHERE key = $1";

pub(super) const KEYS_OF: &str = "SELECT key, account, hash, label, expires_at, issued_at, revoked_at
    FROM keys WHERE account = $1 ORDER BY issued_at DESC, key";

pub(super) const BALANCE: &str = "SELECT account, label, balance, held, position FROM balances WHERE account = $1";

pub(super) const REQUEST: &str = "SELECT request, account, key, endpoint, status, http_status, charged, price,
        released, tokens_input, tokens_output, pricing, tender, payment, voucher, reason, credit, charged_at,
        deadline, ended_at, duration_ms
    FROM requests WHERE request = $1";

/// Ids of requests begin with their time, so that their order is that of their making.
pub(super) const REQUESTS_OF: &str = "SELECT request, account, key, endpoint, status, http_status, charged, price,
        released, tokens_input, tokens_output, pricing, tender, payment, voucher, reason, credit, charged_at,
        deadline, ended_at, duration_ms
    FROM requests WHERE account = $1 AND request < $2 ORDER BY request DESC LIMIT $3";

pub(super) const USAGE: &str = "SELECT day, endpoint, calls, completed, refunded, tokens_input, tokens_output, spent
    FROM usage WHERE account = $1 AND day BETWEEN $2 AND $3 ORDER BY day, endpoint";

pub(super) const OPEN_PAST: &str = "SELECT request, account, payment, voucher
    FROM requests WHERE status = 'open' AND deadline < $1 ORDER BY deadline LIMIT $2";
