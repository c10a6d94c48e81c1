# make help lists what there is to do.  The first target that needs it makes .venv.

PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: $(shell sed -nE 's/^([a-z-]+):.*\#\# .*/\1/p' $(MAKEFILE_LIST))

export CODEC MODEL SCALE

help: ## Show this list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /\1\t/' \
	  | expand -t 16 | sed 's/^/  make /'

setup: $(STAMP) ## Check the system's tools and install the pinned packages into .venv

# A comma inside an argument of $(call ...).
, := ,

# $(call need,test,what is missing,packages that bring it)
need = @$(1) >/dev/null 2>&1 || { echo "$(2) is missing: apt-get install $(3)" >&2; exit 1; }

$(STAMP): requirements.txt requirements-nodeps.txt
	$(call need,command -v $(PYTHON),$(PYTHON),python3 python3-venv)
	$(call need,$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3$(,) 11))',Python 3.11,python3.11 python3.11-venv)
	$(call need,$(PYTHON) -c 'import venv$(,) ensurepip',Python's venv,python3-venv)
	$(call need,command -v g++,g++,g++)
	$(call need,command -v perl,perl,perl)
	$(call need,command -v git,git,git)
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet -r requirements.txt
	$(PY) -m pip install --quiet --no-deps -r requirements-nodeps.txt
	touch $@

test: $(STAMP) lint ## Lint, then every model test, test bench and co-simulation test
	$(PY) -m pytest tests -n 2 --dist worksteal

quick: $(STAMP) lint ## Lint, the model tests and one short bench: under 3 minutes
	$(PY) -m pytest tests -m "not slow"

lint: $(STAMP) ## Ruff, Verilator -Wall, verible and a synthesis front end, on everything
	$(PY) -m scripts.lint

csr: $(STAMP) ## Make the register block, its Python module and its documents from rtl/csr/skv_csr.rdl
	$(PY) -m scripts.csr

tb-%: $(STAMP) ## Run the benches of tb/%: SEED=7 replays, TEST=name picks, WAVES=1 writes a VCD
	$(PY) -m tb $* $(if $(SEED),--seed $(SEED)) $(if $(TEST),--test $(TEST)) $(if $(WAVES),--waves)

wave: $(STAMP) ## A waveform around an event: RUN=top AT=error (or stall, ns, text of the log) TEST= SEED=
	$(PY) -m tb.wave

soak: $(STAMP) ## A million random coherent transactions, and each litmus test 10,000 times
	$(PY) -m tb.coherence.soak $(if $(SEED),--seed $(SEED))

mutate-%: $(STAMP) ## Break rtl/% in 120 places, one at a time, and see whether its benches notice: SIZE=300
	$(PY) -m scripts.mutate $* $(if $(SIZE),--size $(SIZE))

formal: $(STAMP) ## Prove the engines' invariants (yowasp-sby, Bitwuzla), and that broken ones fail: PROOF=name
	$(PY) -m scripts.formal $(PROOF)

synth: $(STAMP) ## Cells, logic depth and a routed frequency of every engine: hours; ENGINE=speckv
	$(PY) -m scripts.synth $(ENGINE)

trace: $(STAMP) ## Capture KV-cache traces from the LLM: MODEL=path for another than SmolLM2
	$(PY) -m cosim.trace

calibrate: $(STAMP) ## Make the speckv codec's tables for a model: MODEL=path for another than SmolLM2
	$(PY) -m models.calibration

cosim: $(STAMP) ## The main job: an LLM on the whole device in RTL, every study behind it, one report
	CODEC=speckv $(PY) -m cosim

cosim-codec: $(STAMP) ## The LLM's KV-cache through a codec in RTL: CODEC=int8rle for the paper's
	$(PY) -m cosim.codec

cosim-memory: $(STAMP) ## The LLM's KV-cache into device memory and back, the whole memory path in RTL
	$(PY) -m cosim.memory_path

cosim-prefetch: $(STAMP) ## Traced decode steps through the prefetch core in RTL, with a report
	$(PY) -m cosim.prefetch_path

cosim-system: $(STAMP) ## An LLM decodes with its KV-cache behind the whole device in RTL, driver and all
	$(PY) -m cosim.system

sweep: $(STAMP) ## The whole device over buffer sizes, memories and models: ARGS="--share 0.25 --memory cxl"
	$(PY) -m cosim.sweep $(ARGS)

rd-curve: $(STAMP) ## Ratio against accuracy, speckv beside other schemes: about 20 minutes
	$(PY) -m cosim.rd_curve

lossless: $(STAMP) ## speckv's lossless mode against the entropy and zstd, FP16 and BF16
	$(PY) -m cosim.lossless

capacity: $(STAMP) ## What of the bytes that the codec saves is capacity gained, over segment sizes
	$(PY) -m cosim.capacity

faults: $(STAMP) ## 100,000 damaged pages through the speckv decompressor in RTL
	$(PY) -m cosim.faults

faults-system: $(STAMP) ## 10,000 faults in everything around the whole device in RTL: SEED=7
	$(PY) -m cosim.system_faults

soak-dma: $(STAMP) ## A million random descriptors through the DMA engine in RTL, and its throughput
	$(PY) -m tb.dma soak $(if $(SIZE),--descriptors $(SIZE)) $(if $(SEED),--seed $(SEED))
	$(PY) -m tb.dma throughput
	$(PY) -m tb.dma curve

train-lstm: $(STAMP) ## Train and quantise the next-token predictor: under 30 minutes
	$(PY) -m models.lstm_training

lstm-accuracy: $(STAMP) ## How often the predictor is right, beside cheap baselines
	$(PY) -m models.lstm_report

prefetch-study: $(STAMP) ## Which pages are there when asked for, by ways to prefetch and buffer sizes
	$(PY) -m cosim.prefetch_study

serving: $(STAMP) ## What the engines would give LLM serving (modelled): TRACE=file.jsonl or .csv
	$(PY) -m cosim.serving $(if $(TRACE),--trace $(TRACE))

bench: $(STAMP) ## Speed of co-simulation, model and capture; cycles of the coherency engine; codec lanes
	$(PY) -m cosim.bench
	$(PY) -m tb.coherence
	$(PY) -m tb.top

clean: ## Remove build/
	rm -rf build
