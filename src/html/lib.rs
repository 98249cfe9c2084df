//! index.html: what it loads, and the page with other things in their place.
