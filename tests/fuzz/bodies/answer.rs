//! A component may answer with any bytes of its memory: what it is asked ends in an answer that keeps the contract or in an
//! error, within the limits.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use provisor::sandbox::ticketing::{Draft, Message};
use provisor::sandbox::{
    Call, Component, Input, Limits, PageBuilder, Priority, Sandbox, SandboxConfig, Table, World,
};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    InstructionSink, MemArg, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wasmparser::{Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// Where in its memory a component finds its answers: first a byte for each function that says which.
const ANSWERS: u32 = 64 * 1024;

/// So many bytes of them.
const MOST: usize = 32 * 1024;

/// So many functions at most choose an answer of their own.
const CHOICES: usize = 16;

/// Where the settings are put when the component asks for them.
const SETTINGS: u32 = 1024;

/// Where the description lies.
const DESCRIPTION: u32 = 128;

/// Panics where the promise does not hold. The first byte says which world; the rest is the memory that answers are
/// taken from, and the first sixteen bytes of it say where the answer of each function lies.
pub fn hold(bytes: &[u8]) {
    let Some((world, memory)) = bytes.split_first() else {
        return;
    };
    if memory.len() < CHOICES {
        return;
    }
    static COMPONENTS: OnceLock<(tokio::runtime::Runtime, [Component; 4])> = OnceLock::new();
    let (runtime, components) = COMPONENTS.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let sandbox = Sandbox::new(SandboxConfig::default()).expect("a sandbox");
        let components = ["mapping", "policy", "reader", "ticketing"].map(|world| {
            let bytes = Outline::of(world).component();
            let component = runtime.block_on(sandbox.load(&bytes));
            component.expect("it describes itself as it should")
        });
        (runtime, components)
    });
    let letters = memory
        .iter()
        .take(MOST)
        .flat_map(|byte| [byte >> 4, byte & 15]);
    let call = Call {
        settings: letters.map(|half| char::from(b'a' + half)).collect(),
        limits: Limits {
            memory: 16 * 1024 * 1024,
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(60),
        },
        ..Call::default()
    };
    runtime.block_on(ask(
        &components[usize::from(*world) % components.len()],
        &call,
    ));
}

/// Asks a component for everything that its world can do.
async fn ask(component: &Component, call: &Call) {
    let _problems = component.check_settings(call).await;
    match component.world() {
        World::Mapping => map(component, call).await,
        World::Policy => decide(component, call).await,
        World::Reader => read(component, call).await,
        World::Ticketing => keep_tickets(component, call).await,
    }
}

async fn map(component: &Component, call: &Call) {
    let mapping = component.mapping().expect("a mapping");
    let Ok(mut run) = mapping.start(call).await else {
        return;
    };
    let Ok(accounts) = run.evaluate(&table("name")).await else {
        return;
    };
    assert_eq!(accounts.rows.row_count(), 1, "an account for each identity");
    let columns = accounts.rows.columns.len();
    assert!(
        accounts
            .rows
            .rows()
            .all(|row| row.cells().count() == columns)
    );
}

async fn decide(component: &Component, call: &Call) {
    let policy = component.policy().expect("a policy");
    let Ok(mut run) = policy.start(call).await else {
        return;
    };
    if let Ok(decisions) = run.decide(&table("operation")).await {
        assert_eq!(decisions.len(), 1, "a decision for each proposal");
    }
}

async fn read(component: &Component, call: &Call) {
    let reader = component.reader().expect("a reader");
    let input = Input {
        name: "export".to_owned(),
        size: 3,
        content: Box::new(&b"abc"[..]),
    };
    let Ok(mut reading) = reader.open(call, input).await else {
        return;
    };
    let columns = reading.shape().columns.len();
    for _ in 0..3 {
        let Ok(Some(batch)) = reading.next(10).await else {
            break;
        };
        let rows = batch.rows.rows(columns).count();
        // What was met between them and cannot be used comes on top.
        assert!(rows <= 10, "no more than asked for");
        assert_eq!(rows, batch.positions.len(), "each row has a position");
    }
    let _counted_by_the_host = reading.finish().await;
}

async fn keep_tickets(component: &Component, call: &Call) {
    let ticketing = component.ticketing().expect("one that keeps tickets");
    let draft = Draft {
        correlation_id: "prov-0123-4567".to_owned(),
        title: "Create the account ann".to_owned(),
        description: Vec::new(),
        priority: Priority::Normal,
        due: None,
        follow_up_of: None,
        facts: Vec::new(),
    };
    let message = Message {
        headers: Vec::new(),
        body: b"{}".to_vec(),
    };
    let references = ["7".to_owned(), "8".to_owned()];
    // What has failed in one instance does not speak for the next function.
    for function in 0..8 {
        let Ok(mut run) = ticketing.start(call).await else {
            return;
        };
        match function {
            0 => drop(run.behaviour().await),
            1 => drop(run.check_connection().await),
            2 => drop(run.create(&draft).await),
            3 => drop(run.find("prov-0123-4567").await),
            4 => {
                if let Ok(conditions) = run.status(&references).await {
                    assert_eq!(conditions.len(), 2, "a condition for each reference");
                }
            }
            5 => drop(run.comment("7", &[]).await),
            6 => drop(run.withdraw("7", "no longer wanted").await),
            _ => drop(run.receive(&message).await),
        }
    }
}

fn table(column: &str) -> Table {
    let mut rows = PageBuilder::new();
    rows.cell(["create"]);
    Table {
        columns: vec![column.to_owned()],
        rows: rows.finish(),
    }
}

/// What a component of a world has on its outside, as a module.
struct Outline {
    world: &'static str,
    /// The contract, as `wit-component` keeps it in a module.
    contract: Vec<u8>,
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    /// From where, what, and of which type.
    imports: Vec<(String, String, u32)>,
    /// What, and of which type.
    exports: Vec<(String, u32)>,
}

impl Outline {
    fn of(world: &'static str) -> Self {
        // This file is compiled into the tests and into the fuzz targets, which lie at different depths.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let contract = root.map(|folder| folder.join("wit"));
        let contract = contract.into_iter().find(|folder| folder.is_dir());
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_dir(contract.expect("the contract"))
            .expect("the contract is read");
        let id = resolve
            .select_world(&[package], Some(world))
            .expect("a world");
        let module = dummy_module(&resolve, id, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
        let mut contract = Vec::new();
        embed_component_metadata(&mut contract, &resolve, id, StringEncoding::UTF8)
            .expect("the contract is written");
        let mut outline = Self {
            world,
            contract,
            types: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
        };
        let mut functions = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            match payload.expect("a module") {
                Payload::TypeSection(types) => {
                    for of in types.into_iter_err_on_gc_types() {
                        let of = of.expect("a type");
                        let list =
                            |types: &[wasmparser::ValType]| types.iter().map(value).collect();
                        outline.types.push((list(of.params()), list(of.results())));
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import.expect("an import");
                        if let TypeRef::Func(of) = import.ty {
                            let (module, name) = (import.module.to_owned(), import.name.to_owned());
                            functions.push(of);
                            outline.imports.push((module, name, of));
                        }
                    }
                }
                Payload::FunctionSection(types) => {
                    functions.extend(types.into_iter().map(|of| of.expect("a function")));
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export.expect("an export");
                        if export.kind == wasmparser::ExternalKind::Func
                            && export.name != "cabi_realloc"
                            && export.name != "_initialize"
                        {
                            let of = functions[export.index as usize];
                            outline.exports.push((export.name.to_owned(), of));
                        }
                    }
                }
                _ => {}
            }
        }
        outline
    }

    /// A component whose functions answer with what stands in its settings, two letters for each byte of memory.
    fn component(&self) -> Vec<u8> {
        let mut types = TypeSection::new();
        for (parameters, results) in &self.types {
            let (parameters, results) = (parameters.iter().copied(), results.iter().copied());
            types.ty().function(parameters, results);
        }
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        types.ty().function([], []);
        let of_realloc = self.types.len() as u32;
        let mut imports = ImportSection::new();
        for (module, name, of) in &self.imports {
            imports.import(module, name, EntityType::Function(*of));
        }
        let (mut functions, mut exports) = (FunctionSection::new(), ExportSection::new());
        let mut code = CodeSection::new();
        let first = self.imports.len() as u32;
        let realloc = first + self.exports.len() as u32;
        let mut answering = 0;
        for (index, (name, of)) in self.exports.iter().enumerate() {
            functions.function(*of);
            exports.export(name, ExportKind::Func, first + index as u32);
            let mut function = Function::new([]);
            let mut instructions = function.instructions();
            match self.types[*of as usize].1[..] {
                [] => {}
                [ValType::I32] if name.ends_with("#describe") => {
                    instructions.i32_const(DESCRIPTION as i32);
                }
                [ValType::I32] => {
                    // What it can make of its own is a handle.
                    let news = self.imports_that(|_, name| name.starts_with("[resource-new]"));
                    for new in news {
                        instructions.i32_const(0).call(new).drop();
                    }
                    instructions.call(realloc + 1);
                    choose(&mut instructions, answering);
                    answering += 1;
                }
                ref others => panic!("the contract has no function that gives {others:?}"),
            }
            instructions.end();
            code.function(&function);
        }
        assert!(answering as usize <= CHOICES, "each function has a choice");
        functions.function(of_realloc).function(of_realloc + 1);
        code.function(&give_memory());
        let mut settings =
            self.imports_that(|of, name| of.contains("/settings@") && name == "read");
        code.function(&read_settings(
            settings.next().expect("each world has settings"),
        ));
        exports.export("cabi_realloc", ExportKind::Func, realloc);
        exports.export("memory", ExportKind::Memory, 0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 4,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        let number = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        // From where memory is given out, and whether the settings were read.
        globals.global(number, &ConstExpr::i32_const(2 * ANSWERS as i32));
        globals.global(number, &ConstExpr::i32_const(0));
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(16), *b"any0.1.0Any.{}");
        let texts: [(u32, u32); 6] = [(16, 3), (19, 5), (24, 4), (0, 0), (28, 2), (0, 0)];
        let record = texts.iter().flat_map(|(at, length)| [*at, *length]);
        let record: Vec<u8> = record.flat_map(u32::to_le_bytes).collect();
        data.active(0, &ConstExpr::i32_const(DESCRIPTION as i32), record);
        let about = serde_json::json!({
            "world": self.world, "name": "any", "version": "0.1.0", "summary": "Any.",
            "capabilities": [], "settings-schema": {}, "origins": [],
        });
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module
            .section(&memories)
            .section(&globals)
            .section(&exports);
        module.section(&code).section(&data);
        module.section(&CustomSection {
            name: "provisor:about".into(),
            data: about.to_string().into_bytes().into(),
        });
        let mut module = module.finish();
        module.extend(&self.contract);
        ComponentEncoder::default()
            .module(&module)
            .and_then(|mut encoder| encoder.encode())
            .expect("a component")
    }

    /// The imported functions of such a place and name, by their numbers.
    fn imports_that(&self, has: impl Fn(&str, &str) -> bool) -> impl Iterator<Item = u32> {
        let imports = (0..).zip(&self.imports);
        imports.filter_map(move |(index, (of, name, _))| has(of, name).then_some(index))
    }
}

/// Answers with the byte that chooses, where it is small, and else with a place: eight bytes for each number.
fn choose(code: &mut InstructionSink<'_>, index: i32) {
    let choice = MemArg {
        offset: u64::from(ANSWERS),
        align: 0,
        memory_index: 0,
    };
    code.i32_const(index)
        .i32_load8_u(choice)
        .i32_const(16)
        .i32_lt_u()
        .if_(BlockType::Result(ValType::I32))
        .i32_const(index)
        .i32_load8_u(choice)
        .else_()
        .i32_const(index)
        .i32_load8_u(choice)
        .i32_const(8)
        .i32_mul()
        .i32_const(ANSWERS as i32 + CHOICES as i32 - 128)
        .i32_add()
        .end();
}

/// Gives memory out, page by page, and takes none back.
fn give_memory() -> Function {
    let mut function = Function::new([]);
    function
        .instructions()
        .global_get(0)
        .global_get(0)
        .local_get(3)
        .i32_add()
        // The next place is even by the largest alignment that there is.
        .i32_const(15)
        .i32_add()
        .i32_const(-16)
        .i32_and()
        .global_set(0)
        .end();
    function
}

/// Puts the bytes that the settings spell where the answers lie, once.
fn read_settings(read: u32) -> Function {
    let word = |offset| MemArg {
        offset,
        align: 2,
        memory_index: 0,
    };
    let byte = |offset| MemArg {
        offset,
        align: 0,
        memory_index: 0,
    };
    // Where the letters are and where they end; where the next byte goes.
    let (letter, end, place) = (0, 1, 2);
    let mut function = Function::new([(3, ValType::I32)]);
    function
        .instructions()
        .global_get(1)
        .if_(BlockType::Empty)
        .return_()
        .end()
        .i32_const(1)
        .global_set(1)
        .i32_const(SETTINGS as i32)
        .call(read)
        .i32_const(SETTINGS as i32)
        .i32_load(word(0))
        .local_tee(letter)
        .i32_const(SETTINGS as i32)
        .i32_load(word(4))
        .i32_add()
        .local_set(end)
        .loop_(BlockType::Empty)
        .local_get(letter)
        .local_get(end)
        .i32_lt_u()
        .if_(BlockType::Empty)
        .local_get(place)
        .local_get(letter)
        .i32_load8_u(byte(0))
        .i32_const(i32::from(b'a'))
        .i32_sub()
        .i32_const(4)
        .i32_shl()
        .local_get(letter)
        .i32_load8_u(byte(1))
        .i32_const(i32::from(b'a'))
        .i32_sub()
        .i32_or()
        .i32_store8(byte(u64::from(ANSWERS)))
        .local_get(place)
        .i32_const(1)
        .i32_add()
        .local_set(place)
        .local_get(letter)
        .i32_const(2)
        .i32_add()
        .local_set(letter)
        .br(1)
        .end()
        .end()
        .end();
    function
}

fn value(of: &wasmparser::ValType) -> ValType {
    match of {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        other => panic!("the contract has no {other} on its outside"),
    }
}
