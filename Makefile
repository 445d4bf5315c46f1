# Parley: `make demo` sets everything up and answers on a page; `make test` proves it.

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	command -v $$python >/dev/null && $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	&& echo $$python && break; done)
UV_VERSION := 0.13.9
# Folder of recorded speech with a manifest.jsonl, for the benches.
SPEECH ?= ../shared/speech
# Folder of disfl_qa_test.json.
TEXTS ?= ../shared/text
# Requests in which callers correct themselves.
REQUESTS := tests/data/self_repairs.jsonl
BENCHES := bench-asr bench-dialogue bench-disfluency bench-tts bench-turns bench-scenarios bench-agent
READY := .venv/.ready
BENCH_READY := .venv/.bench-ready

# uv knows no pip settings: hand it those for the index and the certificates.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif

.PHONY: help setup browser models demo test lint bench $(BENCHES)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) browser ## Python environment and test browser

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 to 3.13 was found: install one, or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@test -x .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv \
		|| { echo "$(PYTHON) cannot make a virtual environment: on Debian, apt-get install python3-venv." >&2; exit 1; }
	@echo "Installing Parley and what it needs into .venv (about 5 GB, most of it torch) ..."
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@.venv/bin/uv pip install --python .venv/bin/python --require-hashes -r requirements.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
	@touch $@

# Without dependencies: the lock says why.
$(BENCH_READY): requirements-bench.lock $(READY)
	@echo "Installing what only measuring needs ..."
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r $<
	@touch $@

browser:
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium for the browser test ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null \
		|| echo "chromium could not be installed: the browser test will be skipped." >&2; \
	else echo "No chromium here, so the browser test will be skipped: sudo apt-get install chromium brings it." >&2; fi

models: $(READY) ## the model files, fetched and verified
	@.venv/bin/parley models fetch

demo: models ## talk to it: prints the address of its page
	@.venv/bin/parley serve

test: setup models ## every test
	@.venv/bin/python -m pytest

lint: $(READY) ## ruff and mypy
	@.venv/bin/ruff check .
	@.venv/bin/mypy

bench: $(BENCHES) ## every figure in README, measured here; or one: make bench-asr

bench-asr: models
	@.venv/bin/python -m asr.bench $(SPEECH) "$$(.venv/bin/parley models path whisper-base)" "$$(.venv/bin/parley models path moonshine-tiny-en)"

bench-dialogue: models
	@.venv/bin/python -m dialogue.bench "$$(.venv/bin/parley models path qwen2.5-coder-0.5b)"/*.gguf

bench-disfluency: bench-disfluency-questions bench-disfluency-requests bench-disfluency-spoken bench-disfluency-alone

bench/out/heard.jsonl: models
	@mkdir -p bench/out
	@.venv/bin/python -m agent.spoken_requests $(REQUESTS) $@

bench-disfluency-spoken: private REQUESTS := bench/out/heard.jsonl
bench-disfluency-spoken: bench/out/heard.jsonl
bench-disfluency-%: models
	@.venv/bin/python -m dialogue.disfluency.bench $* $(TEXTS) $(REQUESTS) "$$(.venv/bin/parley models path qwen2.5-coder-0.5b)"/*.gguf "$$(.venv/bin/parley models path minilm-l6-v2)"

bench-tts: models $(BENCH_READY)
	@.venv/bin/parley models fetch kokoro-82m
	@.venv/bin/python -m tts.bench
	@.venv/bin/python -m tts.evaluation --only word-error --only dnsmos --only similarity --only level

bench-turns: models
	@.venv/bin/python -m agent.turn_bench $(SPEECH) --plot docs/end_of_turn.png

bench-agent: models
	@.venv/bin/python -m agent.bench $(SPEECH)

bench-scenarios: models
	@.venv/bin/python -m agent.scenarios --speech $(SPEECH)
