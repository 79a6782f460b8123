//! Functions that do nothing but call an entry of a table, bypassed.
//!
//! The build tool's linker makes them where libraries need each other in a circle. The tables do not change any more,
//! so that who calls such a function may as well call what stands in the table.

use std::collections::HashMap;

use wasmparser::{ElementItems, ElementKind, FunctionBody, Operator};
use wasmtime::{Result, bail};

use super::link::{Links, Target};

/// What a table holds, as far as it is known.
type Entries = HashMap<(Target, i32), Target>;

/// Points whoever calls a wrapper to what it wraps.
pub(super) fn bypass(links: &mut Links<'_, '_>) -> Result<()> {
    let entries = entries(links)?;
    let mut wrapped = HashMap::new();
    for (instance, module) in links.modules() {
        for (index, body) in module.bodies.iter().enumerate() {
            let parameters = module.function_type(index).params().len();
            if let Some((table, entry)) = wrapper(links, instance, body, parameters)?
                && let Some(target) = entries.get(&(links.spaces[instance].tables[table as usize], entry))
            {
                wrapped.insert(Target::Defined { instance, index }, *target);
            }
        }
    }
    for spaces in &mut links.spaces {
        for target in &mut spaces.functions {
            // A wrapper may wrap a wrapper, but there is an end to it.
            for _ in 0..wrapped.len() {
                let Some(next) = wrapped.get(target) else { break };
                *target = *next;
            }
        }
    }
    Ok(())
}

/// Later segments write over earlier ones.
fn entries(links: &Links<'_, '_>) -> Result<Entries> {
    let mut entries = Entries::new();
    for (instance, module) in links.modules() {
        let spaces = &links.spaces[instance];
        for element in &module.elements {
            let ElementKind::Active { table_index, offset_expr } = &element.kind else {
                bail!("a table may change in a way that is not known how to link");
            };
            let ElementItems::Functions(functions) = &element.items else {
                bail!("a table is filled in a way that is not known how to link");
            };
            let table = spaces.tables[table_index.unwrap_or(0) as usize];
            let offset = links.constant(instance, offset_expr)?;
            for (place, function) in (offset..).zip(functions.clone()) {
                entries.insert((table, place), spaces.functions[function? as usize]);
            }
        }
    }
    Ok(entries)
}

/// Table and entry, if the function hands all of its parameters on to an entry of a table, and does nothing else.
fn wrapper(
    links: &Links<'_, '_>,
    instance: usize,
    body: &FunctionBody<'_>,
    parameters: usize,
) -> Result<Option<(u32, i32)>> {
    let mut operators = body.get_operators_reader()?;
    for parameter in 0..parameters {
        match operators.read()? {
            Operator::LocalGet { local_index } if local_index as usize == parameter => {}
            _ => return Ok(None),
        }
    }
    let entry = match operators.read()? {
        Operator::I32Const { value } => value,
        Operator::GlobalGet { global_index } if is_fixed(links, instance, global_index) => {
            links.global(instance, global_index)?
        }
        _ => return Ok(None),
    };
    let Operator::CallIndirect { table_index, .. } = operators.read()? else { return Ok(None) };
    let ends = matches!(operators.read()?, Operator::End) && operators.eof();
    Ok(ends.then_some((table_index, entry)))
}

fn is_fixed(links: &Links<'_, '_>, instance: usize, global: u32) -> bool {
    let Target::Defined { instance, index } = links.spaces[instance].globals[global as usize] else { return false };
    links.module(instance).is_some_and(|module| !module.globals[index].ty.mutable)
}
