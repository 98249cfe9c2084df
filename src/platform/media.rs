//! What files are served as.

/// The `Content-Type` of a file with this name.
pub fn media_type(name: &str) -> String {
    let guessed = match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        // The two that the table has otherwise, or not at all.
        "map" => "application/json".to_owned(),
        "webmanifest" => "application/manifest+json".to_owned(),
        _ => mime_guess::from_path(name)
            .first_or_octet_stream()
            .to_string(),
    };
    let text = guessed.starts_with("text/")
        || matches!(
            guessed.as_str(),
            "application/json" | "application/manifest+json" | "image/svg+xml" | "application/xml"
        );
    match text && !guessed.contains("charset") {
        true => format!("{guessed}; charset=utf-8"),
        false => guessed,
    }
}
