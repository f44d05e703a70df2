#![allow(missing_docs, clippy::unwrap_used)]
use provisor_sandbox::*;
use std::time::Instant;
#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap();
    let mode = args.next().unwrap();
    let settings = args.next().unwrap_or("{}".into());
    let input = args.next();
    let dir = std::path::PathBuf::from("/tmp/kl/cache");
    let sandbox = Sandbox::new(SandboxConfig {
        cache: Some(CacheConfig {
            directory: dir.clone(),
            key_file: "/tmp/kl/cache.key".into(),
        }),
        ..Default::default()
    })
    .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let t = Instant::now();
    let component = match sandbox.load(&bytes).await {
        Ok(c) => c,
        Err(e) => {
            println!("LOAD: {e:?} {e}");
            return;
        }
    };
    println!("loaded in {:?}", t.elapsed());
    let call = Call {
        settings,
        ..Call::default()
    };
    match mode.as_str() {
        "check" => {
            let t = Instant::now();
            println!("{:#?}", component.check_settings(&call).await);
            println!("{:?}", t.elapsed());
        }
        "mapping" => {
            let table = table(&input.unwrap());
            let t = Instant::now();
            let mut run = component.mapping().unwrap().start(&call).await.unwrap();
            let r = run.evaluate(&table).await;
            println!("first {:?}", t.elapsed());
            match r {
                Ok(a) => {
                    println!("{}", show(&a.rows));
                    println!("{:?}", a.remarks);
                }
                Err(e) => println!("{e:?}\n{e}"),
            }
            println!("{:#?}", run.report());
            let t = Instant::now();
            for _ in 0..100 {
                let _ = run.evaluate(&table).await;
            }
            println!("each {:?}", t.elapsed() / 100);
        }
        "policy" => {
            let table = table(&input.unwrap());
            let mut run = component.policy().unwrap().start(&call).await.unwrap();
            println!("{:#?}", run.decide(&table).await);
        }
        "reader" => {
            let text = std::fs::read(input.unwrap()).unwrap();
            let t = Instant::now();
            let mut reading = match component
                .reader()
                .unwrap()
                .open(
                    &call,
                    Input {
                        name: "x".into(),
                        size: text.len() as u64,
                        content: Box::new(std::io::Cursor::new(text)),
                    },
                )
                .await
            {
                Ok(r) => r,
                Err(e) => {
                    println!("{e:?} {e}");
                    return;
                }
            };
            println!("{:?} after {:?}", reading.shape(), t.elapsed());
            let mut n = 0;
            loop {
                match reading.next(4096).await {
                    Ok(Some(b)) => {
                        if n == 0 {
                            println!(
                                "{:?} {:?}",
                                &b.positions[..b.positions.len().min(9)],
                                b.rejected
                            );
                            for row in b.rows.rows(reading.shape().columns.len()).take(5) {
                                println!(
                                    "{:?}",
                                    row.cells()
                                        .map(|c| c.values().map(str::to_owned).collect::<Vec<_>>())
                                        .collect::<Vec<_>>()
                                );
                            }
                        }
                        n += b.positions.len();
                    }
                    Ok(None) => break,
                    Err(e) => {
                        println!("{e:?} {e}");
                        return;
                    }
                }
            }
            println!("{:?}", reading.report());
            println!("{n} {:?} {:?}", reading.finish().await, t.elapsed());
        }
        _ => {}
    }
}
fn table(json: &str) -> Table {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(json).unwrap();
    let mut columns: Vec<String> = vec![];
    for r in &rows {
        for k in r.keys() {
            if !columns.contains(k) {
                columns.push(k.clone());
            }
        }
    }
    let mut page = PageBuilder::new();
    for r in &rows {
        for c in &columns {
            let v: Vec<String> = match r.get(c) {
                None | Some(serde_json::Value::Null) => vec![],
                Some(serde_json::Value::String(s)) => vec![s.clone()],
                Some(v) => v
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|v| v.as_str().unwrap().to_owned())
                    .collect(),
            };
            page.cell(v);
        }
    }
    Table {
        columns,
        rows: page.finish(),
    }
}
fn show(t: &Table) -> String {
    let mut out = format!("{:?}\n", t.columns);
    for row in t.rows().take(5) {
        out += &format!(
            "{:?}\n",
            row.cells()
                .map(|c| c.values().map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        );
    }
    out
}
