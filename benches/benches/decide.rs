//! Whole decisions of a task, 1, 2 and 4 hops, beside one bare `is_authorized` over the same policies.
#![allow(missing_docs, clippy::expect_used)]

use benches::{Bare, Scenario};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn decide(criterion: &mut Criterion) {
    for policies in [10, 100, 1_000, 10_000] {
        let scenario = Scenario::new(policies, 4).expect("the scenario loads");
        let bare = Bare::new(policies).expect("the scenario loads");
        let mut group = criterion.benchmark_group(format!("{policies} policies"));
        group.bench_function("cedar is_authorized", |bencher| bencher.iter(|| bare.decide()));
        for hops in [1, 2, 4] {
            group.bench_with_input(BenchmarkId::new("task.decide hops", hops), &hops, |bencher, hops| bencher.iter(|| scenario.decide(*hops)));
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = Criterion::default().sample_size(30); targets = decide }
criterion_main!(benches);
