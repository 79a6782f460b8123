//! Reads a body piece by piece, with a bound on what comes over the wire and one on what it decompresses to.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;

use super::FetchError;

/// The body of a response, decompressed.
pub(super) async fn read(
    mut response: Response,
    wire_bytes_max: usize,
    decoded_bytes_max: usize,
) -> Result<Bytes, FetchError> {
    let declared = response.content_length().unwrap_or_default();
    if usize::try_from(declared).unwrap_or(usize::MAX) > wire_bytes_max {
        return Err(FetchError::TooLarge);
    }
    let mut decoder = Decoder::of(&response, decoded_bytes_max)?;
    let mut left = wire_bytes_max;
    while let Some(piece) = response.chunk().await.map_err(|_| FetchError::Unreachable)? {
        left = left.checked_sub(piece.len()).ok_or(FetchError::TooLarge)?;
        decoder.write(&piece)?;
    }
    if left == wire_bytes_max { Ok(Bytes::new()) } else { decoder.finish() }
}

/// What undoes the encoding that the server says.
enum Decoder {
    Identity(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Decoder {
    fn of(response: &Response, bytes_max: usize) -> Result<Self, FetchError> {
        let capped = Capped { bytes: Vec::new(), bytes_max };
        let encodings = response.headers().get_all(CONTENT_ENCODING).iter();
        let encodings: Vec<_> = encodings.map(|value| value.as_bytes().to_ascii_lowercase()).collect();
        match encodings.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
            [] | [b"" | b"identity"] => Ok(Self::Identity(capped)),
            [b"gzip" | b"x-gzip"] => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(capped)))),
            _ => Err(FetchError::Undecodable),
        }
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        match self {
            Self::Identity(capped) => capped.write_all(piece),
            Self::Gzip(decoder) => decoder.write_all(piece),
        }
        .map_err(failure)
    }

    fn finish(self) -> Result<Bytes, FetchError> {
        let capped = match self {
            Self::Identity(capped) => capped,
            Self::Gzip(decoder) => decoder.finish().map_err(failure)?,
        };
        Ok(capped.bytes.into())
    }
}

fn failure(error: io::Error) -> FetchError {
    if error.kind() == io::ErrorKind::FileTooLarge { FetchError::TooLarge } else { FetchError::Undecodable }
}

/// Takes bytes up to a bound.
struct Capped {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Write for Capped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.bytes_max - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
