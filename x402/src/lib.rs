//! The x402 protocol, versions 1 and 2: its wire types, our offers, and the local verification of a payment. Pure.
