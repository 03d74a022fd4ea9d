fn main() { let s = benches::Scenario::new(1000, 4).unwrap(); let n: usize = std::env::args().nth(1).unwrap().parse().unwrap(); for _ in 0..n { assert!(s.decide(4)); } }
