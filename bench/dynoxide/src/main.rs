// The best peer in its own embedded mode, no JavaScript and no JSON text: typed requests are made
// before the clock starts. Reads a workload (peers.mjs writes it), prints microseconds a call.
use dynoxide::Database;
use serde_json::{json, Value};
use std::time::Instant;

fn requests<T: serde::de::DeserializeOwned>(list: &[Value]) -> Vec<T> {
    list.iter().map(|v| serde_json::from_value(v.clone()).expect("request")).collect()
}

/// Microseconds a call: the median of five rounds over the same requests.
fn timed<T, R>(list: &[Value], run: impl Fn(T) -> R) -> f64
where
    T: serde::de::DeserializeOwned,
{
    let mut rounds: Vec<f64> = (0..5)
        .map(|_| {
            let ready: Vec<T> = requests(list);
            let count = ready.len() as f64;
            let start = Instant::now();
            for request in ready {
                std::hint::black_box(run(request));
            }
            start.elapsed().as_secs_f64() * 1e6 / count
        })
        .collect();
    rounds.sort_by(|a, b| a.partial_cmp(b).unwrap());
    rounds[2]
}

fn main() {
    let path = std::env::args().nth(1).expect("workload file");
    let text = std::fs::read_to_string(path).expect("workload");
    let work: Value = serde_json::from_str(&text).expect("json");
    let list = |name: &str| work[name].as_array().expect("list").clone();
    let db = Database::memory().expect("database");
    db.create_table(serde_json::from_value(work["CreateTable"].clone()).unwrap()).unwrap();
    for request in requests(&list("load")) {
        db.put_item(request).unwrap();
    }
    let out = json!({
        "GetItem": timed(&list("GetItem"), |r| db.get_item(r).unwrap()),
        "PutItem": timed(&list("PutItem"), |r| db.put_item(r).unwrap()),
        "UpdateItem": timed(&list("UpdateItem"), |r| db.update_item(r).unwrap()),
        "Query": timed(&list("Query"), |r| db.query(r).unwrap()),
        "BatchWriteItem": timed(&list("BatchWriteItem"), |r| db.batch_write_item(r).unwrap()),
        "TransactWriteItems": timed(&list("TransactWriteItems"), |r| db.transact_write_items(r).unwrap()),
    });
    println!("{out}");
}
