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
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType,
    Module, TypeSection, ValType,
};
use wasmparser::{Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// Where in its memory a component finds its answers.
const ANSWERS: u32 = 64 * 1024;

/// So many bytes of them.
const MOST: usize = 32 * 1024;

/// So many functions at most choose an answer of their own.
const CHOICES: usize = 16;

/// Where the description lies.
const DESCRIPTION: u32 = 128;

/// Panics where the promise does not hold. The first byte says which world, the next sixteen which answer each function
/// gives, in the order in which the contract names them; the rest is the memory that answers are taken from.
pub fn hold(bytes: &[u8]) {
    let Some((head, memory)) = bytes.split_at_checked(1 + CHOICES) else {
        return;
    };
    let memory = &memory[..memory.len().min(MOST)];
    static SANDBOX: OnceLock<(tokio::runtime::Runtime, Sandbox)> = OnceLock::new();
    let (runtime, sandbox) = SANDBOX.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let sandbox = Sandbox::new(SandboxConfig::default()).expect("a sandbox");
        (runtime, sandbox)
    });
    let world = &outlines()[usize::from(head[0]) % outlines().len()];
    runtime.block_on(async {
        let bytes = world.component(&head[1..], memory);
        let component = sandbox.load(&bytes).await;
        ask(&component.expect("it describes itself as it should")).await;
    });
}

/// Asks a component for everything that its world can do.
async fn ask(component: &Component) {
    let call = Call {
        limits: Limits {
            memory: 16 * 1024 * 1024,
            cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(60),
        },
        ..Call::default()
    };
    let _problems = component.check_settings(&call).await;
    match component.world() {
        World::Mapping => map(component, &call).await,
        World::Policy => decide(component, &call).await,
        World::Reader => read(component, &call).await,
        World::Ticketing => keep_tickets(component, &call).await,
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
        assert!(rows + batch.rejected.len() <= 10, "no more than asked for");
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

fn outlines() -> &'static [Outline] {
    static OUTLINES: OnceLock<Vec<Outline>> = OnceLock::new();
    OUTLINES.get_or_init(|| {
        ["mapping", "policy", "reader", "ticketing"]
            .map(Outline::of)
            .into()
    })
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

    /// A component whose functions answer as they choose, with what lies in its memory.
    fn component(&self, choices: &[u8], memory: &[u8]) -> Vec<u8> {
        let mut types = TypeSection::new();
        for (parameters, results) in &self.types {
            let (parameters, results) = (parameters.iter().copied(), results.iter().copied());
            types.ty().function(parameters, results);
        }
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        let mut imports = ImportSection::new();
        for (module, name, of) in &self.imports {
            imports.import(module, name, EntityType::Function(*of));
        }
        let (mut functions, mut exports) = (FunctionSection::new(), ExportSection::new());
        let mut code = CodeSection::new();
        let first = self.imports.len() as u32;
        let mut answering = 0;
        for (index, (name, of)) in self.exports.iter().enumerate() {
            functions.function(*of);
            exports.export(name, ExportKind::Func, first + index as u32);
            let results = &self.types[*of as usize].1;
            let answer = match (name.ends_with("#describe"), results.is_empty()) {
                (true, _) => DESCRIPTION,
                (false, true) => 0,
                (false, false) => {
                    answering += 1;
                    match u32::from(choices[(answering - 1) % choices.len()]) {
                        small @ 0..16 => small,
                        large => ANSWERS + 8 * (large - 16),
                    }
                }
            };
            code.function(&self.function(results, answer));
        }
        functions.function(self.types.len() as u32);
        code.function(&realloc());
        let last = first + self.exports.len() as u32;
        exports.export("cabi_realloc", ExportKind::Func, last);
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
        let counter = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(counter, &ConstExpr::i32_const(2 * ANSWERS as i32));
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(16), *b"any0.1.0Any.{}");
        let texts: [(u32, u32); 6] = [(16, 3), (19, 5), (24, 4), (0, 0), (28, 2), (0, 0)];
        let record = texts.iter().flat_map(|(at, length)| [*at, *length]);
        let record: Vec<u8> = record.flat_map(u32::to_le_bytes).collect();
        data.active(0, &ConstExpr::i32_const(DESCRIPTION as i32), record);
        data.active(0, &ConstExpr::i32_const(ANSWERS as i32), memory.to_vec());
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

    /// A function that makes what it can make of its own (a handle), and answers.
    fn function(&self, results: &[ValType], answer: u32) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        for (index, (_, name, _)) in self.imports.iter().enumerate() {
            if name.starts_with("[resource-new]") && !results.is_empty() {
                code.i32_const(0).call(index as u32).drop();
            }
        }
        match results {
            [] => {}
            [ValType::I32] => drop(code.i32_const(answer as i32)),
            others => panic!("the contract has no function that gives {others:?}"),
        }
        code.end();
        function
    }
}

/// Gives memory out, page by page, and takes none back.
fn realloc() -> Function {
    let mut function = Function::new([]);
    function
        .instructions()
        // The place is the counter, made even by the largest alignment that there is.
        .global_get(0)
        .global_get(0)
        .local_get(3)
        .i32_add()
        .i32_const(15)
        .i32_add()
        .i32_const(-16)
        .i32_and()
        .global_set(0)
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
