//! tmp
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let hops: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let scenario = benches::Scenario::new(n, hops).unwrap();
    scenario.policy_stage(hops, |ask| {
        let start = std::time::Instant::now();
        let rounds = 4_000_000;
        for _ in 0..rounds {
            assert!(ask());
        }
        println!("{:?} per stage", start.elapsed() / rounds);
    });
}
