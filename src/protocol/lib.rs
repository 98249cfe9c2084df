//! Every byte that crosses a boundary: HTTP bodies and object commands; types only.
