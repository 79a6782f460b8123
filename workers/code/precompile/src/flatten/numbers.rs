//! The indices that things have in the one module.

use std::collections::HashMap;

use wasmparser::{ExternalKind, FuncType, ValType};
use wasmtime::{Result, ensure, format_err};

use super::link::{Links, Target};
use super::live::Live;

/// What stands for a global.
#[derive(Clone, Copy)]
pub(super) enum Global {
    Number(u32),
    /// It never changes.
    Constant(i32),
}

/// The indices that things have in the one module.
pub(super) struct Numbers {
    pub(super) types: Vec<FuncType>,
    type_numbers: HashMap<FuncType, u32>,
    pub(super) functions: HashMap<Target, u32>,
    pub(super) order: Vec<Target>,
    pub(super) tables: HashMap<Target, u32>,
    pub(super) memories: HashMap<Target, u32>,
    pub(super) globals: HashMap<Target, Global>,
    pub(super) hosts_table: u32,
}

impl Numbers {
    pub(super) fn assign(links: &Links<'_, '_>, live: &Live) -> Result<Self> {
        let mut numbers = Self {
            types: Vec::new(),
            type_numbers: HashMap::new(),
            functions: HashMap::new(),
            order: Vec::new(),
            tables: HashMap::new(),
            memories: HashMap::new(),
            globals: HashMap::new(),
            hosts_table: 0,
        };
        for (instance, module) in links.modules() {
            let defined = |kind| (0..module.defined(kind)).map(move |index| Target::Defined { instance, index });
            numbers.order.extend(defined(ExternalKind::Func).filter(|target| live.functions.contains(target)));
            defined(ExternalKind::Table).for_each(|target| number(&mut numbers.tables, target));
            defined(ExternalKind::Memory).for_each(|target| number(&mut numbers.memories, target));
        }
        numbers
            .order
            .extend((0..links.parts.hosts.len()).map(Target::Host).filter(|host| live.functions.contains(host)));
        numbers.functions = numbers.order.iter().copied().zip(0..).collect();
        numbers.hosts_table = u32::try_from(numbers.tables.len())?;
        numbers.assign_globals(links, live)?;
        ensure!(numbers.memories.len() == 1, "the modules of a component share one memory");
        Ok(numbers)
    }

    fn assign_globals(&mut self, links: &Links<'_, '_>, live: &Live) -> Result<()> {
        let mut next = 0..;
        for (instance, module) in links.modules() {
            for (index, global) in module.globals.iter().enumerate() {
                let target = Target::Defined { instance, index };
                let fixed = global.ty.content_type == ValType::I32 && !live.changing.contains(&target);
                let stands_for = if fixed {
                    Global::Constant(links.constant(instance, &global.init_expr)?)
                } else {
                    Global::Number(next.next().ok_or_else(|| format_err!("too many globals"))?)
                };
                self.globals.insert(target, stands_for);
            }
        }
        Ok(())
    }

    /// The number of a type; a new one for a type that is new.
    pub(super) fn type_number(&mut self, ty: &FuncType) -> u32 {
        if let Some(number) = self.type_numbers.get(ty) {
            return *number;
        }
        let number = u32::try_from(self.types.len()).expect("a component has few types");
        self.types.push(ty.clone());
        self.type_numbers.insert(ty.clone(), number);
        number
    }
}

fn number(numbers: &mut HashMap<Target, u32>, target: Target) {
    let next = u32::try_from(numbers.len()).expect("a component has few tables");
    numbers.insert(target, next);
}
