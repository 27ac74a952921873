//! The imitation without a socket: what it promises to imitate.
