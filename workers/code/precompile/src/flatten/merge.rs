//! Writes the one module that all of them become. It imports nothing: it reaches the host through a table of its own,
//! which is filled once the host's functions are there.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, Instruction, MemorySection, RefType, TableSection, TableType, TypeSection,
};
use wasmparser::{DataKind, ElementKind, FuncType, Operator};
use wasmtime::{Result, format_err};

use super::image::Image;
use super::immortal;
use super::link::{Links, Spaces, Target};
use super::live::{Live, function_of, parts_of};
use super::module::Module;
use super::numbers::{Global, Numbers};

/// The exports that the component around the module uses.
pub(super) const MEMORY: &str = "memory";
pub(super) const HOSTS: &str = "hosts";

/// The one module.
pub(super) struct Merged {
    pub(super) module: wasm_encoder::Module,
    /// The name that each function is exported by.
    pub(super) exports: HashMap<Target, String>,
}

impl Merged {
    pub(super) fn write(links: &Links<'_, '_>, live: &Live) -> Result<Self> {
        let mut numbers = Numbers::assign(links, live)?;
        let mut module = wasm_encoder::Module::new();
        let functions = functions(links, &mut numbers)?;
        let (code, elements, data) = (code(links, &mut numbers)?, elements(links, &mut numbers)?, data(links)?);
        let globals = globals(links, &mut numbers)?;
        let (exports, names) = exports(links, &numbers)?;
        module.section(&types(&numbers)?).section(&functions).section(&tables(links, &numbers)?);
        module.section(&memories(links, &numbers)?).section(&globals).section(&exports).section(&elements);
        module.section(&DataCountSection { count: data.len() }).section(&code).section(&data);
        Ok(Self { module, exports: names })
    }
}

impl Numbers {
    fn writer<'w>(&'w mut self, links: &'w Links<'_, '_>, instance: usize, module: &'w Module<'_>) -> Writer<'w> {
        Writer { numbers: self, spaces: &links.spaces[instance], types: &module.types }
    }
}

/// Writes the inside of one instance with the numbers of the one module.
struct Writer<'w> {
    numbers: &'w mut Numbers,
    spaces: &'w Spaces,
    types: &'w [FuncType],
}

impl Reencode for Writer<'_> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers.functions[&self.spaces.functions[index as usize]])
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers.tables[&self.spaces.tables[index as usize]])
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers.memories[&self.spaces.memories[index as usize]])
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        match self.numbers.globals[&self.spaces.globals[index as usize]] {
            Global::Number(number) => Ok(number),
            // Nothing but `global.get` names a global that never changes.
            Global::Constant(_) => Err(Error::InvalidConstExpr),
        }
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers.type_number(&self.types[index as usize]))
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error<Infallible>> {
        if let Operator::GlobalGet { global_index } = operator
            && let Global::Constant(value) = self.numbers.globals[&self.spaces.globals[global_index as usize]]
        {
            return Ok(Instruction::I32Const(value));
        }
        utils::instruction(self, operator)
    }
}

fn types(numbers: &Numbers) -> Result<TypeSection> {
    let mut section = TypeSection::new();
    for ty in &numbers.types {
        section.ty().func_type(&RoundtripReencoder.func_type(ty.clone())?);
    }
    Ok(section)
}

fn functions(links: &Links<'_, '_>, numbers: &mut Numbers) -> Result<FunctionSection> {
    let mut section = FunctionSection::new();
    for target in numbers.order.clone() {
        section.function(numbers.type_number(function_type(links, target)?));
    }
    Ok(section)
}

fn function_type<'l>(links: &'l Links<'_, '_>, target: Target) -> Result<&'l FuncType> {
    match target {
        Target::Host(host) => {
            links.host_types.get(&host).ok_or_else(|| format_err!("nobody imports a host's function"))
        }
        Target::Defined { instance, index } => {
            let module = links.module(instance).ok_or_else(|| format_err!("a bundle defines nothing"))?;
            Ok(module.function_type(index))
        }
    }
}

fn tables(links: &Links<'_, '_>, numbers: &Numbers) -> Result<TableSection> {
    let mut section = TableSection::new();
    for (_, module) in links.modules() {
        for table in &module.tables {
            section.table(RoundtripReencoder.table_type(table.ty)?);
        }
    }
    debug_assert_eq!(section.len(), numbers.hosts_table);
    let hosts = links.parts.hosts.len() as u64;
    let element_type = RefType::FUNCREF;
    section.table(TableType { element_type, table64: false, minimum: hosts, maximum: Some(hosts), shared: false });
    Ok(section)
}

fn memories(links: &Links<'_, '_>, _: &Numbers) -> Result<MemorySection> {
    let mut section = MemorySection::new();
    for (_, module) in links.modules() {
        for memory in &module.memories {
            section.memory(RoundtripReencoder.memory_type(*memory)?);
        }
    }
    Ok(section)
}

fn globals(links: &Links<'_, '_>, numbers: &mut Numbers) -> Result<GlobalSection> {
    let mut section = GlobalSection::new();
    for (instance, module) in links.modules() {
        for (index, global) in module.globals.iter().enumerate() {
            if let Global::Number(_) = numbers.globals[&Target::Defined { instance, index }] {
                let ty = RoundtripReencoder.global_type(global.ty)?;
                let value = numbers.writer(links, instance, module).const_expr(global.init_expr.clone())?;
                section.global(ty, &value);
            }
        }
    }
    Ok(section)
}

fn elements(links: &Links<'_, '_>, numbers: &mut Numbers) -> Result<ElementSection> {
    let mut section = ElementSection::new();
    for (instance, module) in links.modules() {
        for element in &module.elements {
            let ElementKind::Active { table_index, offset_expr } = &element.kind else { continue };
            let offset = ConstExpr::i32_const(links.constant(instance, offset_expr)?);
            let mut writer = numbers.writer(links, instance, module);
            let table = writer.table_index(table_index.unwrap_or(0))?;
            section.active(Some(table), &offset, writer.element_items(element.items.clone())?);
        }
    }
    Ok(section)
}

/// One segment: the memory as the component's pre-initialisation left it.
fn data(links: &Links<'_, '_>) -> Result<DataSection> {
    let mut image = Image::default();
    for (instance, module) in links.modules() {
        for data in &module.data {
            let DataKind::Active { offset_expr, .. } = &data.kind else {
                return Err(format_err!("passive data is not known how to link"));
            };
            image.write(links.constant(instance, offset_expr)?, data.data)?;
        }
    }
    immortal::make(&mut image)?;
    let mut section = DataSection::new();
    let (offset, bytes) = image.written();
    section.active(0, &ConstExpr::i32_const(offset), bytes.iter().copied());
    Ok(section)
}

fn code(links: &Links<'_, '_>, numbers: &mut Numbers) -> Result<CodeSection> {
    let mut section = CodeSection::new();
    for target in numbers.order.clone() {
        match target {
            Target::Defined { instance, index } => {
                let module = links.module(instance).ok_or_else(|| format_err!("a bundle defines nothing"))?;
                let body = module.bodies[index].clone();
                numbers.writer(links, instance, module).parse_function_body(&mut section, body)?;
            }
            Target::Host(host) => {
                let ty = function_type(links, target)?;
                section.function(&call_host(host, ty, numbers.type_number(ty), numbers.hosts_table)?);
            }
        }
    }
    Ok(section)
}

/// A function that hands its parameters to a function of the host's.
fn call_host(host: usize, ty: &FuncType, type_index: u32, table_index: u32) -> Result<Function> {
    let mut function = Function::new([]);
    for parameter in 0..u32::try_from(ty.params().len())? {
        function.instruction(&Instruction::LocalGet(parameter));
    }
    function.instruction(&Instruction::I32Const(i32::try_from(host)?));
    function.instruction(&Instruction::CallIndirect { type_index, table_index });
    function.instruction(&Instruction::End);
    Ok(function)
}

/// The memory, the table of the host's functions, and each function that the component around it names.
fn exports(links: &Links<'_, '_>, numbers: &Numbers) -> Result<(ExportSection, HashMap<Target, String>)> {
    let mut section = ExportSection::new();
    section.export(MEMORY, ExportKind::Memory, 0).export(HOSTS, ExportKind::Table, numbers.hosts_table);
    let mut named = BTreeSet::new();
    for function in links.parts.lifts.iter().chain(&links.parts.hosts) {
        let (core, options) = parts_of(function);
        for index in core.into_iter().chain(options.iter().filter_map(function_of)) {
            named.insert(numbers.functions[&links.function(index)?]);
        }
    }
    let name = |number: u32| (numbers.order[number as usize], format!("function-{number}"));
    let names: HashMap<_, _> = named.iter().map(|number| name(*number)).collect();
    for number in named {
        section.export(&name(number).1, ExportKind::Func, number);
    }
    Ok((section, names))
}
