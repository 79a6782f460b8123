//! Links the many core modules of a component into one, ahead of time.
//!
//! The build tool links CPython as an operating system would: a dozen libraries that import from each other, find
//! their own data through a base address, and the data of others through a table of addresses. All of that is settled
//! once the component has been pre-initialised. Settled for good, an instance is one module to make instead of
//! fourteen, a call from one library to another is a call, and an address is a constant.
//!
//! It optimises nothing else. What it does not know how to link, it refuses.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the sections and instructions of WebAssembly are not ours, and there are hundreds of them"
)]

mod component;
mod image;
mod immortal;
mod link;
mod live;
mod merge;
mod module;
mod numbers;
mod rewrap;
mod wrappers;

use wasmtime::Result;

use component::Parts;
use link::Links;
use live::Live;
use merge::Merged;

/// The same component, with all of its core modules in one.
pub fn flatten(component: &[u8]) -> Result<Vec<u8>> {
    let parts = Parts::parse(component)?;
    let mut links = Links::resolve(&parts)?;
    wrappers::bypass(&mut links)?;
    let live = Live::find(&links)?;
    let merged = Merged::write(&links, &live)?;
    rewrap::rewrap(component, &links, &merged)
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};
    use wasmtime::component::{Component, Linker};
    use wasmtime::{Config, Engine, Store};

    use super::flatten;

    /// Two libraries that need each other, as the build tool links them: the first calls the second through a wrapper
    /// over the table, finds its data through a base address, and the host through a shim.
    const COMPONENT: &str = r#"
(component
  (import "double" (func $double (param "n" u32) (result u32)))
  (core module $env
    (type $f (func (param i32) (result i32)))
    (memory (export "memory") 1)
    (table (export "table") 4 funcref)
    (global (export "base") i32 (i32.const 64))
    (global (export "address") (mut i32) (i32.const 8))
    (global (export "count") (mut i32) (i32.const 0))
    (func (export "later") (param i32) (result i32) local.get 0 i32.const 1 call_indirect (type $f))
    (data (i32.const 72) "\2a\00\00\00"))
  (core module $first
    (import "env" "memory" (memory 1))
    (import "env" "base" (global $base i32))
    (import "env" "address" (global $address (mut i32)))
    (import "env" "count" (global $count (mut i32)))
    (import "env" "later" (func $later (param i32) (result i32)))
    (import "host" "double" (func $double (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      global.get $count i32.const 1 i32.add global.set $count
      global.get $base global.get $address i32.add i32.load
      local.get 0 call $later i32.add
      global.get $count call $double i32.add)
    (func (export "dead") global.get $count global.set $address))
  (core module $second
    (import "env" "table" (table 4 funcref))
    (func $add (export "add") (param i32) (result i32) local.get 0 i32.const 1000 i32.add)
    (elem (offset (i32.const 1)) $add))
  (core instance $e (instantiate $env))
  (core func $lowered (canon lower (func $double)))
  (core instance $h (export "double" (func $lowered)))
  (core instance $f (instantiate $first (with "env" (instance $e)) (with "host" (instance $h))))
  (core instance $s (instantiate $second (with "env" (instance $e))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $f "run"))))
"#;

    fn core_modules(component: &[u8]) -> usize {
        let payloads = Parser::new(0).parse_all(component);
        payloads.filter(|payload| matches!(payload, Ok(Payload::ModuleSection { .. }))).count()
    }

    fn run(component: &[u8]) -> Vec<u32> {
        let engine = Engine::new(&Config::new()).expect("an engine");
        let component = Component::new(&engine, component).expect("it is valid");
        let mut linker = Linker::new(&engine);
        let double = |_: wasmtime::StoreContextMut<'_, ()>, (n,): (u32,)| Ok((2 * n,));
        linker.root().func_wrap("double", double).expect("it is imported");
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component).expect("it can be made");
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").expect("it is exported");
        (1..4).map(|n| run.call(&mut store, (n,)).expect("it runs").0).collect()
    }

    #[test]
    fn one_module_does_what_many_did() {
        let many = wat::parse_str(COMPONENT).expect("it is WebAssembly");
        let one = flatten(&many).expect("it is known how to link");
        assert_eq!((core_modules(&many), core_modules(&one)), (3, 2));
        assert_eq!(run(&many), [1045, 1048, 1051]);
        assert_eq!(run(&one), run(&many));
    }

    #[test]
    fn what_is_not_known_how_to_link_is_refused() {
        let start = r#"(func $start) (start $start) (func (export "dead")"#;
        let grow = "(drop (table.grow 0 (ref.null func) (i32.const 1))) local.get 0 i32.const 1000";
        for (from, to, complaint) in [
            (r#"(func (export "dead")"#, start, "a section that is not known"),
            ("local.get 0 i32.const 1000", grow, "a table may change"),
        ] {
            let other = wat::parse_str(COMPONENT.replace(from, to)).expect("it is WebAssembly");
            let error = flatten(&other).expect_err("it is refused").to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }
}
