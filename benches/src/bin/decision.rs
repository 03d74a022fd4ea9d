//! Prints the tables of decision times: ours beside bare Cedar, in one run. With `--readme FILE` it also writes them
//! there, between `<!-- bench:decision -->` and `<!-- /bench -->`.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::{Catalog, Engine, SealKey, Source};
use benches::table::{Series, machine, micros, write_into};
use benches::{Bare, Scenario};

/// Rounds of all series, one after the other.
const ROUNDS: usize = 25;
/// Decisions to one reading of the clock, which takes as long as a tenth of one.
const BATCH: u32 = 8;
/// Readings of a series in each round.
const READINGS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut times = String::from(
        "| policies | Cedar, all | Cedar, slice | gates, 1 hop | gates, 4 hops | `decide`, 1 hop | `decide`, 4 hops | from raw arguments | Cedar, all ÷ gates, 4 hops |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut sizes = String::from("| policies | load | heap | per policy | allocations, gates | allocations, `decide` |\n|--:|--:|--:|--:|--:|--:|\n");
    for policies in [10, 100, 1_000, 10_000] {
        let scenario = Scenario::new(policies, 4)?;
        let bare = Bare::new(policies)?;
        let sliced = bare.sliced()?;
        let [mut all, mut slice, mut gates_one, mut gates_four, mut one, mut four, mut raw] = [(); 7].map(|()| Series::default());
        for _ in 0..ROUNDS {
            // What costs much is asked less often; each series meets the caches as its own steady run would.
            let readings = (READINGS * 10 / policies).clamp(3, READINGS);
            all.read(readings, 1, &|| bare.decide());
            slice.read(READINGS, BATCH, &|| sliced.decide());
            for (hops, gates, whole) in [(1, &mut gates_one, &mut one), (4, &mut gates_four, &mut four)] {
                scenario.policy_stage(hops, |ask| gates.read(READINGS, BATCH, ask)).ok_or("the call must come to the gates")?;
                whole.read(READINGS, BATCH, &|| scenario.decide(hops));
            }
            raw.read(READINGS, BATCH, &|| scenario.decide_raw(4, "a-1", 42.5));
        }
        let ratio = all.median().as_nanos() as f64 / gates_four.median().as_nanos() as f64;
        let series = [&all, &slice, &gates_one, &gates_four, &one, &four, &raw].map(Series::to_string);
        writeln!(times, "| {policies} | {} | {ratio:.0}× |", series.join(" | "))?;

        let in_gates = scenario.policy_stage(4, |ask| allocation_counter::measure(|| assert!(ask(), "the call is permitted")));
        let in_gates = in_gates.ok_or("the call must come to the gates")?.count_total;
        let in_decide = allocation_counter::measure(|| assert!(scenario.decide(4), "the call is allowed")).count_total;
        let (load, heap) = load(policies)?;
        let (_, without) = load_none()?;
        let per_policy = heap.saturating_sub(without) / policies as u64;
        writeln!(
            sizes,
            "| {policies} | {:.0} ms | {:.1} MB | {per_policy} B | {in_gates} | {in_decide} |",
            load.as_secs_f64() * 1e3,
            heap as f64 / 1e6
        )?;
    }
    let text = format!(
        "{times}\nMedians, and after the stroke the 99th percentiles, of batches of {BATCH}; all calls are allowed, all reasons named. Columns: bare \
         `is_authorized` over all policies, and over only those whose scope fits; all gates of a chain; a whole `task.decide` of a \
         call that is there, and (4 hops) of one built from its arguments.\n\n{sizes}\n{}\n{}\n\n{}.\n",
        threads()?,
        changes()?,
        machine()
    );
    println!("{text}");
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        ["--readme", path] => write_into(path, "decision", &text),
        _ => Err("usage: decision [--readme FILE]".into()),
    }
}

/// How long it takes to load an engine, and what it then holds.
fn load(policies: usize) -> Result<(Duration, u64), Box<dyn Error>> {
    let (catalog, text) = (benches::catalog(), benches::policy_text(policies));
    loaded(&catalog, &text)
}

fn load_none() -> Result<(Duration, u64), Box<dyn Error>> {
    loaded(&benches::catalog(), "")
}

fn loaded(catalog: &str, text: &str) -> Result<(Duration, u64), Box<dyn Error>> {
    let (mut engine, start) = (None, Instant::now());
    let held = allocation_counter::measure(|| {
        let build =
            || Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(catalog)?).policies([Source::new("bench.cedar", text)]).build();
        engine = Some(build());
    });
    let took = start.elapsed();
    engine.ok_or("nothing was built")??;
    Ok((took, u64::try_from(held.bytes_current)?))
}

/// Decisions a second of one thread, and of two with a task each.
fn threads() -> Result<String, Box<dyn Error>> {
    const TIME: Duration = Duration::from_secs(2);
    let scenario = Scenario::new(1_000, 4)?;
    let count = |hops: usize| {
        let (start, mut count) = (Instant::now(), 0_u64);
        while start.elapsed() < TIME {
            count += (0..64).map(|_| u64::from(scenario.decide(hops))).sum::<u64>();
        }
        count as f64 / start.elapsed().as_secs_f64()
    };
    let mut ratios = Vec::new();
    let (mut alone, mut together) = (0.0, 0.0);
    for _ in 0..3 {
        alone = count(4);
        together = std::thread::scope(|scope| {
            let other = scope.spawn(|| count(3));
            count(4) + other.join().unwrap_or_default()
        });
        ratios.push(together / alone);
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios.get(1).copied().unwrap_or_default();
    Ok(format!("One thread decides {:.0},000 calls a second (4 hops, 1,000 policies), two {:.0},000: {ratio:.2}×.", alone / 1e3, together / 1e3))
}

/// The time to change one resource among many.
fn changes() -> Result<String, Box<dyn Error>> {
    const COUNT: usize = 100_000;
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(&benches::catalog())?)
        .schema([Source::new("host.cedarschema", "entity Folder in [Folder]; entity Doc in [Folder] { size: Long };")])
        .build()?;
    let doc = |index: usize, size: usize| {
        format!(
            r#"{{"uid": {{"type": "Doc", "id": "doc-{index}"}}, "attrs": {{"size": {size}}}, "parents": [{{"type": "Folder", "id": "folder-{}"}}]}}"#,
            index % 100
        )
    };
    let all: Vec<_> = (0..COUNT).map(|index| doc(index, index)).collect();
    let mut resources = engine.resources(&format!("[{}]", all.join(",")))?;
    let mut times = Vec::new();
    for index in 0..201 {
        let text = format!("[{}]", doc(index * 400, 1));
        let start = Instant::now();
        resources = engine.change_resources(&resources, &text, &[])?;
        times.push(start.elapsed());
    }
    times.sort();
    let (median, worst) = (times.get(times.len() / 2).copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    Ok(format!("To change one of 100,000 resources takes {} (at most {}).", micros(median), micros(worst)))
}
