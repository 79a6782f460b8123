//! Server-sent events as providers write them, out of bytes that come in any pieces.

/// What has come and was not read yet.
pub(super) struct Events {
    buffer: Vec<u8>,
    bytes_max: usize,
    /// The data of the event that is being read.
    data: String,
}

impl Events {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self { buffer: Vec::new(), bytes_max, data: String::new() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The data of the next whole event, if it is there. Its name is not needed: every dialect repeats it within.
    pub(super) fn next_event(&mut self) -> Result<Option<String>, &'static str> {
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<_> = self.buffer.drain(..=end).collect();
            let line =
                std::str::from_utf8(&line).map_err(|_| "the stream is not UTF-8")?.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                if !self.data.is_empty() {
                    return Ok(Some(std::mem::take(&mut self.data)));
                }
            } else if let Some(data) = line.strip_prefix("data:") {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            }
            if self.data.len() > self.bytes_max {
                return Err("an event is too long");
            }
        }
        if self.buffer.len() > self.bytes_max { Err("an event is too long") } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn read(text: &str, step: usize) -> Vec<String> {
        let mut events = Events::new(1_000);
        let mut found = Vec::new();
        for bytes in text.as_bytes().chunks(step) {
            events.push(bytes);
            while let Some(data) = events.next_event().unwrap() {
                found.push(data);
            }
        }
        found
    }

    #[test]
    fn events_are_whole_however_their_bytes_come() {
        let text = ": hello\n\nevent: a\r\ndata: {\"é\":1}\r\n\r\ndata:one\ndata: two\n\n\n\ndata: cut";
        for step in 1..text.len() {
            assert_eq!(read(text, step), ["{\"é\":1}", "one\ntwo"], "in steps of {step}");
        }
    }

    #[test]
    fn what_is_too_long_or_no_text_is_refused() {
        let mut events = Events::new(10);
        events.push(b"data: 123456789012\n\n");
        assert!(events.next_event().is_err());
        let mut events = Events::new(10);
        events.push(b"0123456789012");
        assert!(events.next_event().is_err());
        let mut events = Events::new(10);
        events.push(b"data: \xff\n\n");
        assert!(events.next_event().is_err());
    }
}
