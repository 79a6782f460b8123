//! The one `wasmtime::Config`: a runner compiled with other settings than the worker's is refused at load.

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Stack a guest may use; CPython's parser and `re` recurse in C.
const GUEST_STACK_BYTES: usize = 8 * 1024 * 1024;
/// CPython's pre-initialised heap is one image of about 20 MiB: mapped copy-on-write, never copied.
const IMAGE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Written pages that stay mapped when a slot is reused; `PAGEMAP_SCAN` finds and restores exactly those.
const KEEP_RESIDENT_BYTES: usize = 32 * 1024 * 1024;
/// The component is one core module, which all of CPython is linked into, and a small one that fills its table of host
/// functions. The rest is room for the next CPython.
const CORE_INSTANCES_MAX: u32 = 4;
const TABLES_MAX: u32 = 4;
const TABLE_ELEMENTS_MAX: usize = 30_000;
const INSTANCE_METADATA_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many runs live at once, and how large each may grow.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// Instances alive at the same time.
    pub slots: u32,
    /// Linear memory of one instance, in bytes.
    pub memory_bytes_max: usize,
}

impl Default for Pool {
    fn default() -> Self {
        Self { slots: 4, memory_bytes_max: 256 * 1024 * 1024 }
    }
}

/// Settings of the engine, for compiling and for running alike.
#[must_use]
pub fn config(pool: Pool) -> Config {
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pooling(pool)))
        .async_stack_size(2 * GUEST_STACK_BYTES)
        .concurrency_support(false)
        .epoch_interruption(true)
        // Nobody looks at a guest's stack: without the maps for it the runner is a third smaller, and sooner read.
        .generate_address_map(false)
        .native_unwind_info(false)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .memory_guaranteed_dense_image_size(IMAGE_BYTES_MAX)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .wasm_component_model(true);
    config
}

fn pooling(pool: Pool) -> PoolingAllocationConfig {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .max_component_instance_size(INSTANCE_METADATA_BYTES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(1)
        .max_memory_size(pool.memory_bytes_max)
        .max_tables_per_component(TABLES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .pagemap_scan(Enabled::Auto)
        .table_elements(TABLE_ELEMENTS_MAX)
        .table_keep_resident(TABLE_ELEMENTS_MAX * size_of::<usize>())
        .total_component_instances(pool.slots)
        .total_core_instances(pool.slots * CORE_INSTANCES_MAX)
        .total_memories(pool.slots)
        .total_tables(pool.slots * TABLES_MAX);
    pooling
}
