# Thin: every target is a plain command that works without make too.
PYTHON ?= python3
VENV = .venv/bin
SEEDS ?= 0-19999

.DEFAULT_GOAL := help
.PHONY: help run test soak soak-sim soak-crashes soak-zoo soak-kills drill lint bench messages lock clean dev

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 13

run: ## everything, from a fresh clone: chat, admin, worker, local peers
	@$(PYTHON) bootstrap.py
	@exec $(VENV)/python manage.py up

test: dev ## all tests but the long ones, on a PostgreSQL of their own
	@$(VENV)/python manage.py test

soak: soak-sim soak-crashes soak-zoo soak-kills ## the next four: hours

soak-sim: dev ## 20,000 simulated histories on all cores, an hour and a half on two; stops at the first that breaks a promise and says how to see it again
	$(VENV)/python -m tests.simulation --seeds $(SEEDS) --jobs $$(nproc)

soak-crashes: dev ## every flow of money with a death at each of its 10,000 points; an hour on two cores
	$(VENV)/python -m tests.simulation --crashes --jobs $$(nproc)

soak-zoo: dev ## every planted bug until it is caught, however long that takes
	$(VENV)/python -m tests.simulation --zoo

soak-kills: dev ## 400 real kill -9 under load, ten stacks one after the other; a quarter of an hour
	@SOAK_KILLS=400 $(VENV)/python manage.py test tests/faults/test_kill_minus_nine.py -s

drill: ## twenty rolling restarts, a crash and a stopped bot under load, beside whatever runs here; what people noticed
	@$(PYTHON) bootstrap.py
	@$(VENV)/python manage.py drill

lint: dev ## format, lint, types, import contract
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/python -m trt.testing $(VENV)/mypy .
	$(VENV)/lint-imports

bench: ## what the idle stack costs, a webhook beside its peers, an answer, moving money, a generation, a dead worker
	@$(PYTHON) bootstrap.py
	@$(VENV)/python -m bench.footprint
	@$(VENV)/python -m bench.webhook
	@$(VENV)/python -m bench.dispatch
	@$(VENV)/python -m bench.ledger
	@$(VENV)/python -m bench.jobs
	@$(VENV)/python -m bench.orphans

messages: dev ## bring the Russian catalogues up to the code; says what wants a translation
	$(VENV)/python -m bot.texts
	$(VENV)/python -m trt.console.texts

lock: dev ## requirements*.txt anew from requirements*.in
	$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements.in -o requirements.txt
	$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url bench/requirements.in -o bench/requirements.txt

clean: ## caches; data in .trt and the environment stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

dev:
	@$(PYTHON) bootstrap.py --dev
