//! `multipart/form-data`, as the API takes scripts and assets.

use overskill_model::ContentHasher;

/// A body that grows part by part.
pub(super) struct Multipart {
    boundary: String,
    body: Vec<u8>,
}

impl Multipart {
    /// An empty body. `of` are texts that decide its boundary: the same body has the same bytes.
    pub fn new(of: &[&str]) -> Self {
        let mut hasher = ContentHasher::new();
        for part in of {
            hasher = hasher.field(part);
        }
        Self {
            boundary: format!("overskill-{}", hasher.finish()),
            body: Vec::new(),
        }
    }

    /// Adds a part; one with a file name is a file.
    pub fn add(&mut self, name: &str, file: Option<&str>, kind: &str, content: &[u8]) {
        let quoted = |text: &str| {
            let text = text.replace('"', "%22");
            text.replace('\r', "%0D").replace('\n', "%0A")
        };
        let mut head = format!(
            "--{}\r\ncontent-disposition: form-data; name=\"{}\"",
            self.boundary,
            quoted(name)
        );
        if let Some(file) = file {
            head.push_str(&format!("; filename=\"{}\"", quoted(file)));
        }
        head.push_str(&format!("\r\ncontent-type: {kind}\r\n\r\n"));
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
    }

    /// The media type and the bytes.
    pub fn finish(mut self) -> (String, Vec<u8>) {
        self.body
            .extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        (kind, self.body)
    }
}
