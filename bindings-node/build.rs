//! Hands the linker what an addon for Node needs on each platform.

fn main() {
    napi_build::setup();
}
