//! The core of a component: its modules, how they are instantiated, and what of the host they are given.

use std::collections::HashMap;

use wasmparser::{CanonicalFunction, ComponentAlias, ExternalKind, Instance, Parser, Payload};
use wasmtime::{Result, bail, format_err};

use super::module::Module;

/// The core of a component, in its own order.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) modules: Vec<Module<'a>>,
    pub(super) instances: Vec<CoreInstance<'a>>,
    /// The component's own index spaces of core things.
    pub(super) functions: Vec<CoreFunction<'a>>,
    pub(super) tables: Vec<Export<'a>>,
    pub(super) memories: Vec<Export<'a>>,
    pub(super) globals: Vec<Export<'a>>,
    /// What makes core functions of the host's: `lower` and the like.
    pub(super) hosts: Vec<CanonicalFunction>,
    pub(super) lifts: Vec<CanonicalFunction>,
}

/// A core instance.
pub(super) enum CoreInstance<'a> {
    /// Of a module, with an instance for each name it imports from.
    Module { module: usize, arguments: HashMap<&'a str, usize> },
    /// A bundle of what is there already.
    Bundle(HashMap<&'a str, (ExternalKind, u32)>),
}

/// A core function as the component knows it.
#[derive(Clone, Copy)]
pub(super) enum CoreFunction<'a> {
    Export(Export<'a>),
    /// By its place among the functions of the host's.
    Host(usize),
}

/// What an instance exports by a name.
#[derive(Clone, Copy)]
pub(super) struct Export<'a> {
    pub(super) instance: usize,
    pub(super) name: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn parse(component: &'a [u8]) -> Result<Self> {
        let mut parts = Self::default();
        let mut nested = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            match nested.last() {
                None => parts.take(&payload, &mut nested)?,
                Some(Nested::Module) => {
                    let module = parts.modules.last_mut().ok_or_else(|| format_err!("no module was begun"))?;
                    if !module.take(payload)? {
                        nested.pop();
                    }
                }
                Some(Nested::Component) => match payload {
                    Payload::End(_) => drop(nested.pop()),
                    Payload::ComponentSection { .. } => nested.push(Nested::Component),
                    Payload::ModuleSection { .. } => bail!("an inner component has a module of its own"),
                    _ => {}
                },
            }
        }
        Ok(parts)
    }

    fn take(&mut self, payload: &Payload<'a>, nested: &mut Vec<Nested>) -> Result<()> {
        match payload {
            Payload::ModuleSection { .. } => {
                self.modules.push(Module::default());
                nested.push(Nested::Module);
            }
            Payload::ComponentSection { .. } => nested.push(Nested::Component),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.instances.push(instance_of(instance?));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias?)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    self.canonical(function?);
                }
            }
            Payload::CoreTypeSection(_) | Payload::ComponentStartSection { .. } => {
                bail!("the component has core types or a start function, which are not known how to link")
            }
            _ => {}
        }
        Ok(())
    }

    fn alias(&mut self, alias: &ComponentAlias<'a>) -> Result<()> {
        let ComponentAlias::CoreInstanceExport { kind, instance_index, name } = *alias else { return Ok(()) };
        let export = Export { instance: instance_index as usize, name };
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => self.functions.push(CoreFunction::Export(export)),
            ExternalKind::Table => self.tables.push(export),
            ExternalKind::Memory => self.memories.push(export),
            ExternalKind::Global => self.globals.push(export),
            ExternalKind::Tag => bail!("the component has exceptions, which are not known how to link"),
        }
        Ok(())
    }

    fn canonical(&mut self, function: CanonicalFunction) {
        if matches!(function, CanonicalFunction::Lift { .. }) {
            self.lifts.push(function);
        } else {
            self.functions.push(CoreFunction::Host(self.hosts.len()));
            self.hosts.push(function);
        }
    }
}

/// What the parser is inside of.
enum Nested {
    Module,
    Component,
}

fn instance_of(instance: Instance<'_>) -> CoreInstance<'_> {
    match instance {
        Instance::Instantiate { module_index, args } => CoreInstance::Module {
            module: module_index as usize,
            arguments: args.iter().map(|argument| (argument.name, argument.index as usize)).collect(),
        },
        Instance::FromExports(exports) => {
            CoreInstance::Bundle(exports.iter().map(|export| (export.name, (export.kind, export.index))).collect())
        }
    }
}
