//! Documents as strangers write them.
