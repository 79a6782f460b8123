//! Who imports what from whom, followed to where each thing is defined.

use std::collections::HashMap;

use wasmparser::{ConstExpr, ExternalKind, FuncType, Operator, TypeRef};
use wasmtime::{Result, bail, format_err};

use super::component::{CoreFunction, CoreInstance, Export, Parts};
use super::module::Module;

/// Where something is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// By a module's instance; the index counts what it defines.
    Defined { instance: usize, index: usize },
    /// By the host, by its place among the host's functions.
    Host(usize),
}

/// The index spaces of one instance, resolved.
#[derive(Default)]
pub(super) struct Spaces {
    pub(super) functions: Vec<Target>,
    pub(super) tables: Vec<Target>,
    pub(super) memories: Vec<Target>,
    pub(super) globals: Vec<Target>,
}

/// A component whose imports are resolved.
pub(super) struct Links<'p, 'a> {
    pub(super) parts: &'p Parts<'a>,
    /// For each core instance; empty for a bundle.
    pub(super) spaces: Vec<Spaces>,
    /// The type that the host's functions are imported with.
    pub(super) host_types: HashMap<usize, FuncType>,
}

impl<'p, 'a> Links<'p, 'a> {
    pub(super) fn resolve(parts: &'p Parts<'a>) -> Result<Self> {
        let mut links = Self { parts, spaces: Vec::new(), host_types: HashMap::new() };
        for instance in 0..parts.instances.len() {
            let spaces = match links.module(instance) {
                Some(_) => Spaces {
                    functions: links.space(instance, ExternalKind::Func)?,
                    tables: links.space(instance, ExternalKind::Table)?,
                    memories: links.space(instance, ExternalKind::Memory)?,
                    globals: links.space(instance, ExternalKind::Global)?,
                },
                None => Spaces::default(),
            };
            links.note_host_types(instance, &spaces)?;
            links.spaces.push(spaces);
        }
        Ok(links)
    }

    /// The module of an instance that has one.
    pub(super) fn module(&self, instance: usize) -> Option<&'p Module<'a>> {
        match &self.parts.instances[instance] {
            CoreInstance::Module { module, .. } => Some(&self.parts.modules[*module]),
            CoreInstance::Bundle(_) => None,
        }
    }

    /// Every instance of a module, in the order in which they are made.
    pub(super) fn modules(&self) -> impl Iterator<Item = (usize, &'p Module<'a>)> {
        (0..self.parts.instances.len()).filter_map(|instance| Some((instance, self.module(instance)?)))
    }

    /// Where a core function of the component is defined.
    pub(super) fn function(&self, index: u32) -> Result<Target> {
        match self.parts.functions[index as usize] {
            CoreFunction::Host(host) => Ok(Target::Host(host)),
            CoreFunction::Export(export) => self.export(export),
        }
    }

    /// What a constant expression comes to, once imports are resolved.
    pub(super) fn constant(&self, instance: usize, expression: &ConstExpr<'_>) -> Result<i32> {
        let mut stack = Vec::new();
        for operator in expression.get_operators_reader() {
            match operator? {
                Operator::I32Const { value } => stack.push(value),
                Operator::GlobalGet { global_index } => stack.push(self.global(instance, global_index)?),
                Operator::I32Add => match (stack.pop(), stack.pop()) {
                    (Some(one), Some(other)) => stack.push(one.wrapping_add(other)),
                    _ => bail!("a constant adds what is not there"),
                },
                Operator::End => {}
                other => bail!("a constant is made in a way that is not known how to link: {other:?}"),
            }
        }
        stack.pop().ok_or_else(|| format_err!("a constant has no value"))
    }

    /// The initial value of a global.
    pub(super) fn global(&self, instance: usize, index: u32) -> Result<i32> {
        let Target::Defined { instance, index } = self.spaces[instance].globals[index as usize] else {
            bail!("the host has no globals");
        };
        let module = self.module(instance).ok_or_else(|| format_err!("a bundle defines nothing"))?;
        self.constant(instance, &module.globals[index].init_expr)
    }

    fn space(&self, instance: usize, kind: ExternalKind) -> Result<Vec<Target>> {
        let CoreInstance::Module { module, arguments } = &self.parts.instances[instance] else { return Ok(vec![]) };
        let module = &self.parts.modules[*module];
        let mut space = Vec::new();
        for import in module.imports(kind)? {
            let from = arguments.get(import.module).ok_or_else(|| format_err!("{} is not given", import.module))?;
            space.push(self.export(Export { instance: *from, name: import.name })?);
        }
        space.extend((0..module.defined(kind)).map(|index| Target::Defined { instance, index }));
        Ok(space)
    }

    /// Instances are resolved in order, and import from those before them only.
    fn export(&self, Export { instance, name }: Export<'a>) -> Result<Target> {
        let missing = || format_err!("an instance does not export {name}");
        match &self.parts.instances[instance] {
            CoreInstance::Bundle(exports) => {
                let (kind, index) = *exports.get(name).ok_or_else(missing)?;
                let exports = match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => return self.function(index),
                    ExternalKind::Table => &self.parts.tables,
                    ExternalKind::Memory => &self.parts.memories,
                    ExternalKind::Global => &self.parts.globals,
                    ExternalKind::Tag => bail!("exceptions are not known how to link"),
                };
                self.export(exports[index as usize])
            }
            CoreInstance::Module { module, .. } => {
                let (kind, index) = *self.parts.modules[*module].exports.get(name).ok_or_else(missing)?;
                let spaces = &self.spaces[instance];
                let space = match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => &spaces.functions,
                    ExternalKind::Table => &spaces.tables,
                    ExternalKind::Memory => &spaces.memories,
                    ExternalKind::Global => &spaces.globals,
                    ExternalKind::Tag => bail!("exceptions are not known how to link"),
                };
                Ok(space[index as usize])
            }
        }
    }

    fn note_host_types(&mut self, instance: usize, spaces: &Spaces) -> Result<()> {
        let Some(module) = self.module(instance) else { return Ok(()) };
        for (import, target) in module.imports(ExternalKind::Func)?.iter().zip(&spaces.functions) {
            if let (Target::Host(host), TypeRef::Func(ty) | TypeRef::FuncExact(ty)) = (target, import.ty) {
                self.host_types.insert(*host, module.types[ty as usize].clone());
            }
        }
        Ok(())
    }
}
