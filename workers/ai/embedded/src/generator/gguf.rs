//! Reads a GGUF file that is mapped into memory: numbers, vocabulary, where its matrices are.

use std::io::Cursor;
use std::sync::Arc;

use candle_core::Device;
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, TensorInfo, Value};
use memmap2::Mmap;

use super::kernel::Kind;
use super::matrix::Matrix;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Wrong(pub(super) String);

pub(super) type Result<T> = std::result::Result<T, Wrong>;

/// A file, and the table of what is in it.
pub(super) struct Gguf {
    file: Arc<Mmap>,
    content: Content,
}

impl From<candle_core::Error> for Wrong {
    fn from(error: candle_core::Error) -> Self {
        // Where backtraces are on, the library puts one behind the first line.
        Self(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}

impl Gguf {
    pub(super) fn read(file: Mmap) -> Result<Self> {
        let content = Content::read(&mut Cursor::new(&file[..]))?;
        let file = Self { file: Arc::new(file), content };
        match file.value("general.architecture")?.to_string()?.as_str() {
            "llama" => Ok(file),
            other => Err(Wrong(format!("the architecture is {other}, not llama"))),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<usize> {
        let number = self.value(name)?.to_u32()?;
        usize::try_from(number).map_err(|error| Wrong(error.to_string()))
    }

    pub(super) fn float(&self, name: &str) -> Result<f32> {
        Ok(self.value(name)?.to_f32()?)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>> {
        self.value(name)?.to_vec()?.iter().map(|value| Ok(value.to_string()?.clone())).collect()
    }

    /// Small numbers that are signed in the file.
    pub(super) fn kinds(&self, name: &str) -> Result<Vec<i32>> {
        self.value(name)?.to_vec()?.iter().map(|value| Ok(value.to_i32()?)).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    pub(super) fn matrix(&self, name: &str) -> Result<Matrix> {
        let tensor = self.tensor(name)?;
        let &[rows, width] = tensor.shape.dims() else { return Err(Wrong(format!("{name} is no matrix"))) };
        let kind = kind(tensor.ggml_dtype).ok_or_else(|| Wrong(format!("{name} is neither Q4_1 nor Q8_0")))?;
        let start = usize::try_from(self.content.tensor_data_offset + tensor.offset);
        let start = start.map_err(|error| Wrong(error.to_string()))?;
        let matrix = Matrix::new(Arc::clone(&self.file), start, rows, width, kind);
        matrix.ok_or_else(|| Wrong(format!("{name} is cut off")))
    }

    /// The weights of a norm.
    pub(super) fn vector(&self, name: &str) -> Result<Vec<f32>> {
        let tensor = self.content.tensor(&mut Cursor::new(&self.file[..]), name, &Device::Cpu)?;
        Ok(tensor.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?)
    }

    fn tensor(&self, name: &str) -> Result<&TensorInfo> {
        self.content.tensor_infos.get(name).ok_or_else(|| Wrong(format!("has no {name}")))
    }

    fn value(&self, name: &str) -> Result<&Value> {
        self.content.metadata.get(name).ok_or_else(|| Wrong(format!("has no {name}")))
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is the library's, and grows")]
fn kind(written: GgmlDType) -> Option<Kind> {
    match written {
        GgmlDType::Q4_1 => Some(Kind::Q4_1),
        GgmlDType::Q8_0 => Some(Kind::Q8_0),
        _ => None,
    }
}
