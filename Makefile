# A machine with Rust 1.90, Python 3.10 and Node 20 (or later) needs nothing else installed by hand.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test generated lint rust python node handover bench bench-peers bench-intent bench-catalogs golden oracle fuzz clean

## Replays recorded agent runs under the policies of a bank and an office.
demo:
	cargo run --quiet --release --locked -p bailiwick-cli -- demo

## Everything: generated files, lints, and the Rust, Python and Node suites.
test: generated lint rust python node handover

generated: $(BIN)/pytest
	$(PYTHON) testdata/make_cases.py --check
	$(BIN)/python testdata/make_chains.py --check

lint:
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

rust:
	cargo test --workspace --locked

# The virtual environment, with what the tests need, and the binding built into it.
$(BIN)/pytest: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet 'cryptography>=42' 'hypothesis>=6.100' 'maturin>=1.16,<2' 'mypy>=1.10' 'pytest>=8' 'ruff>=0.6'
	touch $(BIN)/pytest

python: $(BIN)/pytest
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --locked
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest --quiet

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --no-fund --no-audit
	touch $@

node: node_modules/.package-lock.json
	npm test

## A chain is made and signed in Python, and decided on in Node.
handover: python node
	$(BIN)/python examples/python/handover.py target/handover.json
	node examples/node/receive.mjs target/handover.json

## Ten minutes of fuzzing a target, as in `make fuzz TARGET=evidence`; needs nightly Rust and cargo-fuzz. An input that takes five
## seconds, with the sanitizer, is a finding.
fuzz:
	mkdir -p fuzz/corpus/$(TARGET)
	cargo +nightly fuzz run --features libfuzzer $(TARGET) fuzz/corpus/$(TARGET) fuzz/seeds/$(TARGET) -- -max_total_time=600 -max_len=20000 -timeout=5

## Prints decision times beside bare Cedar's and those of signed chains, which it writes into the documents, and of loading.
bench:
	cargo run --quiet --release --locked -p benches --bin decision -- --readme README.md
	cargo run --quiet --release --locked -p benches --bin chain -- --into FORMATS.md
	cargo run --quiet --release --locked -p benches --bin load
	cargo run --quiet --release --locked -p benches --bin limits
	cargo bench --quiet -p benches

## The same beside other packages that hold Cedar policies in Python and Node; writes both tables into the README.
bench-peers: $(BIN)/pytest node_modules/.package-lock.json
	$(BIN)/python -m pip install --quiet -r benches/peers/requirements.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --release --locked
	$(BIN)/python benches/peers/python.py --readme README.md
	npm run build -w bindings-node
	npm ci --prefix benches/peers
	node benches/peers/node.mjs --readme README.md

## Replays recorded attacks against the intent stage, on AgentDojo's runs and on invented industries; writes INTENT.md.
bench-intent:
	cargo run --quiet --release --locked -p eval --bin intent -- ../shared/data/intent --into INTENT.md
	cargo run --quiet --release --locked -p eval --bin intent -- eval/intent/unseen --ablate --into INTENT.md
	cargo run --quiet --release --locked -p eval --bin intent -- eval/intent/held_out --ablate --into INTENT.md --as held_out
	cargo run --quiet --release --locked -p benches --bin latency -- --into INTENT.md

## What the library makes of real lists of tools, beside labels made by hand: what loads, what is guessed, what is guessed wrong.
CATALOGS ?= ../shared/data/mcp
bench-catalogs:
	cargo run --quiet --release --locked -p eval --bin catalogs -- $(CATALOGS)

## Compares what is decided on every call of the intent corpora with what was written down; prints each difference.
golden:
	cargo run --quiet --release --locked -p eval --bin golden -- --compare eval/intent/golden.json eval/intent/unseen
	cargo run --quiet --release --locked -p eval --bin golden -- --compare eval/intent/golden_held_out.json --digests eval/intent/held_out
	@if [ -n "$(CORPORA)" ]; then cargo run --quiet --release --locked -p eval --bin golden -- --compare eval/intent/golden_corpora.json $(CORPORA); fi

## A million questions about random policies and entities, put to the compiled evaluator and to Cedar.
oracle:
	cargo run --quiet --release --locked -p bailiwick-fuzz --bin oracle -- --comparisons 1000000

clean:
	rm -rf target $(VENV) node_modules bindings-node/*.node
