//! The compiler Worker: decode, compile, encode.
