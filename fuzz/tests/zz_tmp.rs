#![allow(warnings)]
use bailiwick_fuzz::cedar::*;
#[test]
fn tmp() {
    for s in 0..1500 {
        let w = world(&mut Dice::new(&seeded(s)));
        if w.policies.name.ends_with("cedar") {
            println!("{}", w.policies.text);
        }
    }
}
