//! Messages one after the other in a stream: each with its length (u32, little-endian) in front.

/// A message as it stands in a stream.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = (message.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(message);
    bytes
}

/// Takes a stream apart.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    /// Takes in what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message that is whole.
    pub fn next_message(&mut self) -> Option<Vec<u8>> {
        let (size, rest) = self.bytes.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size) as usize;
        let message = rest.get(..size)?.to_vec();
        self.bytes.drain(..4 + size);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_however_the_stream_is_cut() {
        let messages: [&[u8]; 4] = [b"one", b"", b"\0\xff", &[7; 1000]];
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|message| framed(message))
            .collect();
        for size in [1, 2, 3, 5, 64, stream.len()] {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                frames.push(piece);
                while let Some(message) = frames.next_message() {
                    found.push(message);
                }
            }
            assert_eq!(found, messages);
        }
    }
}
