//! Every outbound request to a stranger's address goes through the guard in here.
