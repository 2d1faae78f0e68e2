# `make X` is `./run X`; the habits live there.
HABITS := build demo test lint format fuzz bench spec cover clean help
.PHONY: $(HABITS)
.DEFAULT_GOAL := build
$(HABITS):
	@./run $@
