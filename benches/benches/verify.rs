//! Signed chains: verified cold and remembered, and the next link minted.
#![allow(missing_docs, clippy::expect_used)]

use std::cell::Cell;
use std::hint::black_box;

use benches::chains::Chains;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn verify(criterion: &mut Criterion) {
    for (name, is_es256) in [("Ed25519", false), ("ES256", true)] {
        let chains = Chains::new(is_es256).expect("the chains verify");
        let mut group = criterion.benchmark_group(format!("chain {name}"));
        for links in [1, 2, 4, 8] {
            let epoch = Cell::new(0);
            group.bench_with_input(BenchmarkId::new("verify cold links", links), &links, |bencher, links| {
                bencher.iter(|| {
                    epoch.set(epoch.get() + 1);
                    black_box(chains.resume(*links, epoch.get()).expect("verifies"))
                });
            });
            group.bench_with_input(BenchmarkId::new("verify remembered links", links), &links, |bencher, links| {
                bencher.iter(|| black_box(chains.resume(*links, epoch.get()).expect("verifies")));
            });
        }
        let (task, signer) = chains.child(4).expect("delegates");
        group.bench_function("mint a link", |bencher| bencher.iter(|| black_box(task.export(&signer).expect("signs"))));
        group.finish();
    }
}

criterion_group! { name = benches; config = Criterion::default().sample_size(30); targets = verify }
criterion_main!(benches);
