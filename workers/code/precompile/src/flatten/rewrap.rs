//! The component around the one module: its types, imports and exports as they were, and its functions of the host's
//! handed over through the module's table.

use std::collections::HashMap;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ConstExpr, ElementSection,
    Elements, EntityType, ExportKind, ImportSection, InstanceSection, Module, ModuleArg, ModuleSection, RawSection,
    RefType, TableType, TypeSection,
};
use wasmparser::{CanonicalFunction, CanonicalOption as Read, ComponentAlias, Parser, Payload};
use wasmtime::{Result, bail, format_err};

use super::link::{Links, Target};
use super::merge::{HOSTS, MEMORY, Merged};

/// The indices of the one module, of the module that fills its table, and of their instances.
const MERGED: u32 = 0;
const FILLER: u32 = 1;
const HOSTS_BUNDLE: u32 = 1;

/// Writes the component again.
pub(super) fn rewrap(component: &[u8], links: &Links<'_, '_>, merged: &Merged) -> Result<Vec<u8>> {
    let mut out = Component::new();
    let mut core = None;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match &payload {
            Payload::ModuleSection { .. } => depth += 1,
            Payload::ComponentSection { unchecked_range, .. } => {
                if depth == 0 {
                    let data =
                        component.get(unchecked_range.clone()).ok_or_else(|| format_err!("it is cut short"))?;
                    out.section(&RawSection { id: 4, data });
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Payload::InstanceSection(_) | Payload::CustomSection(_) => {}
            Payload::ComponentAliasSection(section) => {
                let mut kept = ComponentAliasSection::new();
                for alias in section.clone() {
                    if let Some(alias) = around(alias?) {
                        kept.alias(alias);
                    }
                }
                if !kept.is_empty() {
                    out.section(&kept);
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    if let CanonicalFunction::Lift { core_func_index, type_index, options } = function? {
                        let core = match &core {
                            Some(core) => core,
                            None => core.insert(Core::write(&mut out, links, merged)?),
                        };
                        let mut section = CanonicalFunctionSection::new();
                        section.lift(
                            core.function(links, core_func_index)?,
                            type_index,
                            core.options(links, &options)?,
                        );
                        out.section(&section);
                    }
                }
            }
            _ => raw(&mut out, &payload, component),
        }
    }
    Ok(out.finish())
}

/// An alias, unless it is one of the core's.
fn around(alias: ComponentAlias<'_>) -> Option<Alias<'_>> {
    match alias {
        ComponentAlias::CoreInstanceExport { .. } => None,
        ComponentAlias::InstanceExport { kind, instance_index, name } => {
            Some(Alias::InstanceExport { kind: kind.into(), instance: instance_index, name })
        }
        ComponentAlias::Outer { kind, count, index } => Some(Alias::Outer { kind: kind.into(), count, index }),
    }
}

fn raw(out: &mut Component, payload: &Payload<'_>, component: &[u8]) {
    if let Some((id, range)) = payload.as_section() {
        out.section(&RawSection { id, data: &component[range] });
    }
}

/// The core of the component, written.
struct Core {
    functions: HashMap<Target, u32>,
}

impl Core {
    fn write(out: &mut Component, links: &Links<'_, '_>, merged: &Merged) -> Result<Self> {
        let hosts: Vec<_> = (0..links.parts.hosts.len()).filter(|host| links.host_types.contains_key(host)).collect();
        out.section(&ModuleSection(&merged.module)).section(&ModuleSection(&filler(links, &hosts)?));
        let mut instances = InstanceSection::new();
        instances.instantiate::<_, &str>(MERGED, []);
        out.section(&instances);
        let mut aliases = ComponentAliasSection::new();
        let alias = |kind, name| Alias::CoreInstanceExport { instance: 0, kind, name };
        aliases.alias(alias(ExportKind::Memory, MEMORY)).alias(alias(ExportKind::Table, HOSTS));
        let mut core = Self { functions: HashMap::new() };
        for (target, name) in &merged.exports {
            core.functions.insert(*target, u32::try_from(core.functions.len())?);
            aliases.alias(alias(ExportKind::Func, name));
        }
        out.section(&aliases);
        core.fill(out, links, &hosts)?;
        Ok(core)
    }

    /// Makes the host's functions, and hands them over.
    fn fill(&mut self, out: &mut Component, links: &Links<'_, '_>, hosts: &[usize]) -> Result<()> {
        let first = u32::try_from(self.functions.len())?;
        let mut section = CanonicalFunctionSection::new();
        for host in hosts {
            match &links.parts.hosts[*host] {
                CanonicalFunction::Lower { func_index, options } => {
                    section.lower(*func_index, self.options(links, options)?);
                }
                CanonicalFunction::ResourceDrop { resource } => {
                    section.resource_drop(*resource);
                }
                other => bail!("a function of the host's is not known how to link: {other:?}"),
            }
        }
        out.section(&section);
        let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        let functions = names.iter().zip(first..).map(|(name, index)| (name.as_str(), ExportKind::Func, index));
        let items: Vec<_> = functions.chain([(HOSTS, ExportKind::Table, 0)]).collect();
        let mut instances = InstanceSection::new();
        instances.export_items(items);
        instances.instantiate(FILLER, [("", ModuleArg::Instance(HOSTS_BUNDLE))]);
        out.section(&instances);
        Ok(())
    }

    fn function(&self, links: &Links<'_, '_>, index: u32) -> Result<u32> {
        let target = links.function(index)?;
        self.functions.get(&target).copied().ok_or_else(|| format_err!("a function is not exported"))
    }

    fn options(&self, links: &Links<'_, '_>, options: &[Read]) -> Result<Vec<CanonicalOption>> {
        let written = options.iter().map(|option| {
            Ok(match option {
                Read::UTF8 => CanonicalOption::UTF8,
                Read::UTF16 => CanonicalOption::UTF16,
                Read::CompactUTF16 => CanonicalOption::CompactUTF16,
                Read::Memory(_) => CanonicalOption::Memory(0),
                Read::Realloc(index) => CanonicalOption::Realloc(self.function(links, *index)?),
                Read::PostReturn(index) => CanonicalOption::PostReturn(self.function(links, *index)?),
                Read::Async | Read::Callback(_) | Read::CoreType(_) | Read::Gc => {
                    bail!("an option of a function is not known how to link: {option:?}")
                }
            })
        });
        written.collect()
    }
}

/// A module that imports the host's functions and the table, and puts the ones into the other.
fn filler(links: &Links<'_, '_>, hosts: &[usize]) -> Result<Module> {
    let (mut types, mut imports, mut elements) = (TypeSection::new(), ImportSection::new(), ElementSection::new());
    for (index, host) in (0..).zip(hosts) {
        let ty = links.host_types[host].clone();
        types.ty().func_type(&RoundtripReencoder.func_type(ty)?);
        imports.import("", &host.to_string(), EntityType::Function(index));
        elements.active(None, &ConstExpr::i32_const(i32::try_from(*host)?), Elements::Functions([index][..].into()));
    }
    let (element_type, hosts) = (RefType::FUNCREF, links.parts.hosts.len() as u64);
    let table = TableType { element_type, table64: false, minimum: hosts, maximum: Some(hosts), shared: false };
    imports.import("", HOSTS, EntityType::Table(table));
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&elements);
    Ok(module)
}
