//! A core module, taken apart into what linking looks at.

use std::collections::HashMap;

use wasmparser::{
    Data, Element, ExternalKind, FuncType, FunctionBody, Global, Import, MemoryType, Payload, Table, TypeRef,
};
use wasmtime::{Result, bail};

/// A core module. Indices into its spaces count what it imports first.
#[derive(Default)]
pub(super) struct Module<'a> {
    pub(super) types: Vec<FuncType>,
    imports: [Vec<Import<'a>>; 4],
    /// The type of each function it defines.
    pub(super) functions: Vec<u32>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) tables: Vec<Table<'a>>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<Global<'a>>,
    pub(super) exports: HashMap<&'a str, (ExternalKind, u32)>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) data: Vec<Data<'a>>,
}

impl<'a> Module<'a> {
    /// Takes in one payload of the parser; false at the module's end.
    pub(super) fn take(&mut self, payload: Payload<'a>) -> Result<bool> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.imports[slot(kind_of(&import.ty))?].push(import);
                }
            }
            Payload::FunctionSection(section) => self.functions = collected(section)?,
            Payload::TableSection(section) => self.tables = collected(section)?,
            Payload::MemorySection(section) => self.memories = collected(section)?,
            Payload::GlobalSection(section) => self.globals = collected(section)?,
            Payload::ElementSection(section) => self.elements = collected(section)?,
            Payload::DataSection(section) => self.data = collected(section)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::DataCountSection { .. }
            | Payload::CustomSection(_) => {}
            Payload::End(_) => return Ok(false),
            // A start function among them: what has been pre-initialised has none left.
            other => bail!("a core module has a section that is not known how to link: {other:?}"),
        }
        Ok(true)
    }

    /// What it imports of one kind.
    pub(super) fn imports(&self, kind: ExternalKind) -> Result<&[Import<'a>]> {
        Ok(&self.imports[slot(kind)?])
    }

    /// How many things of one kind it defines.
    pub(super) fn defined(&self, kind: ExternalKind) -> usize {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => self.functions.len(),
            ExternalKind::Table => self.tables.len(),
            ExternalKind::Memory => self.memories.len(),
            ExternalKind::Global => self.globals.len(),
            ExternalKind::Tag => 0,
        }
    }

    /// The type of a function it defines.
    pub(super) fn function_type(&self, defined: usize) -> &FuncType {
        &self.types[self.functions[defined] as usize]
    }
}

fn collected<'a, T: wasmparser::FromReader<'a>>(section: wasmparser::SectionLimited<'a, T>) -> Result<Vec<T>> {
    Ok(section.into_iter().collect::<Result<_, _>>()?)
}

fn kind_of(ty: &TypeRef) -> ExternalKind {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => ExternalKind::Func,
        TypeRef::Table(_) => ExternalKind::Table,
        TypeRef::Memory(_) => ExternalKind::Memory,
        TypeRef::Global(_) => ExternalKind::Global,
        TypeRef::Tag(_) => ExternalKind::Tag,
    }
}

fn slot(kind: ExternalKind) -> Result<usize> {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => Ok(0),
        ExternalKind::Table => Ok(1),
        ExternalKind::Memory => Ok(2),
        ExternalKind::Global => Ok(3),
        ExternalKind::Tag => bail!("a core module has exceptions, which are not known how to link"),
    }
}
