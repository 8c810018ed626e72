# Every target works on a fresh machine with Python 3.11 or newer and make; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMPS := var/stamps
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup web demo test check bench fmt generated clean

help: ## 列出目标 · list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## 安装虚拟环境与依赖 · virtual environment and dependencies

$(VENV)/.installed: requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" scripts/setup.sh

web: setup ## 构建网页（有改动时） · build the web pages when they changed
	@$(PY) scripts/web.py build

demo: web ## 启动演示 · run the demo: database, web, worker, simulation
	@exec $(PY) -m wangge.config.cli demo

test: web ## 全部测试，含浏览器流程 · all tests, browser journeys included
	@scripts/browser.sh
	@scripts/test.sh

check: setup ## 静态检查与生成文件核对 · lint, types, layers, generated files
	@scripts/check.sh

bench: web ## 性能比值，ONLY=名称 只跑一项 · benchmarks as ratios; ONLY=claim
	@$(PY) -m benchmarks $(ONLY)

generated: setup ## 重写生成的文件 · write the generated files again
	@scripts/generated.sh

fmt: setup ## 整理格式 · format
	@ruff check --fix-only --quiet . ; ruff format .

clean: ## 删除构建产物，保留数据 · remove what was built, keep data
	rm -rf wangge/config/static web/node_modules .mypy_cache .ruff_cache .import_linter_cache var/stamps var/test
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
