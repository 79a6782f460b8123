//! Which functions can still be called, and which globals can still change.

use std::collections::HashSet;

use wasmparser::{CanonicalFunction, CanonicalOption, ElementItems, Operator};
use wasmtime::{Result, bail};

use super::link::{Links, Target};

/// What is reached from the component's exports and its tables.
#[derive(Default)]
pub(super) struct Live {
    pub(super) functions: HashSet<Target>,
    /// Globals that some live function sets.
    pub(super) changing: HashSet<Target>,
}

impl Live {
    pub(super) fn find(links: &Links<'_, '_>) -> Result<Self> {
        let mut live = Self::default();
        let mut waiting = roots(links)?;
        while let Some(target) = waiting.pop() {
            if live.functions.insert(target)
                && let Target::Defined { instance, index } = target
            {
                live.visit(links, instance, index, &mut waiting)?;
            }
        }
        Ok(live)
    }

    fn visit(
        &mut self,
        links: &Links<'_, '_>,
        instance: usize,
        index: usize,
        waiting: &mut Vec<Target>,
    ) -> Result<()> {
        let Some(module) = links.module(instance) else { return Ok(()) };
        let spaces = &links.spaces[instance];
        for operator in module.bodies[index].get_operators_reader()? {
            match operator? {
                Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } => waiting.push(spaces.functions[function_index as usize]),
                Operator::GlobalSet { global_index } => {
                    self.changing.insert(spaces.globals[global_index as usize]);
                }
                Operator::TableSet { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. }
                | Operator::TableInit { .. }
                | Operator::TableGrow { .. } => bail!("a table may change, which is not known how to link"),
                _ => {}
            }
        }
        Ok(())
    }
}

fn roots(links: &Links<'_, '_>) -> Result<Vec<Target>> {
    let mut roots = Vec::new();
    for (instance, module) in links.modules() {
        for element in &module.elements {
            let ElementItems::Functions(functions) = &element.items else { continue };
            for function in functions.clone() {
                roots.push(links.spaces[instance].functions[function? as usize]);
            }
        }
    }
    for function in links.parts.lifts.iter().chain(&links.parts.hosts) {
        let (core, options) = parts_of(function);
        for index in core.into_iter().chain(options.iter().filter_map(function_of)) {
            roots.push(links.function(index)?);
        }
    }
    Ok(roots)
}

/// The core function that is lifted, if one is, and the options.
pub(super) fn parts_of(function: &CanonicalFunction) -> (Option<u32>, &[CanonicalOption]) {
    match function {
        CanonicalFunction::Lift { core_func_index, options, .. } => (Some(*core_func_index), options),
        CanonicalFunction::Lower { options, .. } => (None, options),
        // Whatever else is there names no core function, or is refused where it is written.
        _ => (None, &[]),
    }
}

/// The core function that an option names.
pub(super) fn function_of(option: &CanonicalOption) -> Option<u32> {
    match option {
        CanonicalOption::Realloc(index) | CanonicalOption::PostReturn(index) | CanonicalOption::Callback(index) => {
            Some(*index)
        }
        CanonicalOption::UTF8
        | CanonicalOption::UTF16
        | CanonicalOption::CompactUTF16
        | CanonicalOption::Memory(_)
        | CanonicalOption::Async
        | CanonicalOption::CoreType(_)
        | CanonicalOption::Gc => None,
    }
}
